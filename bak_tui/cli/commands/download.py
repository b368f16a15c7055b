"""`bak download`."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from bak_tui.cli import options, plans
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.errors import FileProblem
from bak_tui.core.selection import Selection
from bak_tui.operations.refused import Refused, raise_alone


@click.command("download")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@options.target_options
@options.selection_options
@options.newest_options
@options.folder_option("Where the dumps go; their paths below the prefix are kept.")
@options.parallel_option
@click.option("--yes", is_flag=True, help="Overwrite local files that differ.")
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    keys: tuple[str, ...],
    names: tuple[str, ...],
    exclude: tuple[str, ...],
    latest: bool,
    at: datetime | None,
    folder: Path,
    parallel: int | None,
    yes: bool,
    dry_run: bool,
) -> None:
    """Download dumps and their manifests; every part is checked against its manifest.

    A KEY that is no dump fails for itself and stops no other.
    """
    from bak_tui.operations.transfer.download import DownloadOptions

    target = session.target
    with session.bak() as bak:
        inventory = bak.catalogue(target).inventory()
        refused: list[Refused] = []
        if keys:
            inventory, refused = inventory.by_keys(keys, target)
            raise_alone([*inventory.dumps, *refused])
        inventory = inventory.narrowed(Selection(names, exclude), newest=latest, at=at)
        if not (inventory.dumps or refused):
            raise FileProblem(
                f"there is no such dump in {target}", hint="bak dumps lists them", kind="no_dumps"
            )
        if dry_run:
            found = bak.catalogue(target).sources(inventory.dumps)
            notes = [f"{each.name} would fail: {each.error}" for each in refused]
            plans.print_dumps(found, notes, f"{folder} would get", is_json=session.is_json)
            return
        job = bak.download(
            target,
            [*inventory.dumps, *refused],
            DownloadOptions(folder, parallel or os.cpu_count() or 1, overwrites=yes),
            session.bucket_profile.name,
        )
        session.finish(bak, job, "download")
