"""`bak upload`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bak_tui.cli import options, plans
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.selection import Selection


@click.command("upload")
@options.target_options
@options.selection_options
@options.folder_option("The folder of dumps.")
@options.parallel_option
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    exclude: tuple[str, ...],
    folder: Path,
    parallel: int | None,
    dry_run: bool,
) -> None:
    """Upload every dump of a folder, with its manifest; files that are no dumps are left out and named.

    The key is the path relative to the folder, below the prefix.
    """
    target = session.target
    selection = Selection(names, exclude)
    with session.bak() as bak:
        if dry_run:
            found, notes = bak.folder_dumps(folder, selection)
            plans.print_dumps(found, notes, f"{target} would get", is_json=session.is_json)
            return
        width = parallel or os.cpu_count() or 1
        job = bak.upload(target, folder, selection, width, profile=session.profile.name)
        session.finish(bak, job, "upload")
