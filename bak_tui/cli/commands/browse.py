"""`bak browse`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.wording import size_cell

if TYPE_CHECKING:
    from bak_tui.operations.bucket.entries import BrowseEntry


@click.command("browse")
@click.argument("folder", default="")
@click.option(
    "--from", "start", metavar="NAME", default="", help="Begin at this name; skip what is before it."
)
@options.target_options
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, *, folder: str, start: str) -> None:
    """List what is in FOLDER (below the prefix; without it the top): folders, dumps, and other objects.

    A line as soon as it is known, in the bucket's order. A name that begins with --from need not be whole:
    a folder of millions is entered at any place, without reading what is before it.
    """
    target = session.target
    with session.bak() as bak:
        pages = bak.catalogue(target).browse(folder, start)
        if session.is_json:
            told = [_fields(entry) for page in pages for entry in page.entries]
            output.document("browse", {"target": str(target), "folder": folder, "entries": told})
            return
        is_empty = True
        for page in pages:
            for entry in page.entries:
                is_empty = False
                output.say(_line(entry))
    if is_empty:
        session.note(f"nothing is stored in {target}{folder}{f' from {start} on' if start else ''}")


def _line(entry: BrowseEntry) -> str:
    stored = f"{entry.modified.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if entry.modified else " " * 19
    number = size_cell(entry.size) if entry.size is not None else " " * 9
    kind = "backup" if entry.has_manifest else str(entry.kind)
    return f"{kind:<6}  {number}  {stored}  {entry.name}"


def _fields(entry: BrowseEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "path": entry.path,
        "kind": str(entry.kind),
        "size": entry.size,
        "modified": entry.modified.isoformat() if entry.modified else None,
        "has_manifest": entry.has_manifest,
    }
