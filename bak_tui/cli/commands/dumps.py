"""`bak dumps`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.evidence import evidence_fields
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.selection import Selection
from bak_tui.core.wording import size

if TYPE_CHECKING:
    from bak_tui.operations.bucket.inventory import StoredDump


@click.command("dumps")
@options.target_options
@options.selection_options
@options.newest_options
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session, *, names: tuple[str, ...], exclude: tuple[str, ...], latest: bool, at: datetime | None
) -> None:
    """List the bucket's dumps, per database, newest first.

    A backup has a manifest that fits; a dump without one can be restored, but nothing vouches for it. What
    verify and prove have found stands under checked.
    """
    target = session.target
    with session.bak() as bak:
        inventory = (
            bak.catalogue(target).inventory().narrowed(Selection(names, exclude), newest=latest, at=at)
        )
    dumps = sorted(inventory.dumps, key=lambda dump: dump.database)
    if session.is_json:
        output.document("dumps", {"target": str(target), "dumps": [_fields(dump) for dump in dumps]})
        return
    now = datetime.now(UTC)
    rows = [
        (
            dump.database,
            dump.taken.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            size(dump.stored.size),
            "backup" if dump.is_backup else "dump",
            dump.evidence.words(now),
            dump.path,
        )
        for dump in dumps
    ]
    output.table(
        ("database", "taken, UTC", "size", "kind", "checked", "key below the prefix"),
        rows,
        right=frozenset({2}),
    )
    for dump in dumps:
        for trouble in filter(None, (dump.problem, dump.evidence.harm)):
            output.note(f"bak: {dump.path}: {trouble}")
    session.note(f"{len(dumps)} in {target}; {inventory.others} other objects")


def _fields(dump: StoredDump) -> dict[str, Any]:
    return {
        "database": dump.database,
        "key": dump.stored.key,
        "path": dump.path,
        "taken": dump.taken.isoformat(),
        "size": dump.stored.size,
        "is_backup": dump.is_backup,
        "problem": dump.problem,
        **evidence_fields(dump),
    }
