"""`bak undo`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options, output
from bak_tui.cli.restore_options import confirm_option, confirmed_by_typing, terminate_option, yes_option
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.wording import size

if TYPE_CHECKING:
    from bak_tui.operations.restore.undo import UndoPlan


@click.command("undo")
@click.argument("database")
@options.server_options
@click.option("--kept", metavar="NAME", help="This kept database, not the newest.")
@click.option("--at", "at", type=options.Moment(), help="The newest that was kept up to this time (UTC).")
@click.option("--keep-as", metavar="NAME", help="What the present one is called then; else DATABASE__old_….")
@confirm_option
@terminate_option
@yes_option
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    database: str,
    kept: str | None,
    at: datetime | None,
    keep_as: str | None,
    dry_run: bool,
) -> None:
    """Give DATABASE back what bak restore --swap has kept of it, in one transaction.

    What it is now is kept in its turn, so that undo can be undone. Nothing is dropped. Changes made since the
    swap stay in the one that is put aside. Wants --confirm DATABASE.
    """
    with session.bak(needs_server=True) as bak:
        from bak_tui.operations.restore.undo import UndoOptions

        said = session.said
        how = UndoOptions(
            kept, at, keep_as, frozenset(said.get("confirm", ())), terminates=bool(said.get("terminate"))
        )
        typed = confirmed_by_typing(session, lambda: bak.plans.undo(session.server, database, how))
        how = replace(how, confirmed=frozenset(how.confirmed) | typed)
        if dry_run:
            _print(bak.plans.undo(session.server, database, how), is_json=session.is_json)
            if not keep_as:
                session.note("the name it is kept under has the time of the run itself; --keep-as says one")
            return
        job = bak.undo(session.server, database, how, profile=session.profile.name)
        session.finish(bak, job, "undo")


def _print(plan: UndoPlan, *, is_json: bool) -> None:
    """Which database would get the name, and what the present one would be called."""
    since = plan.back.mark.at.astimezone(UTC)
    if is_json:
        sessions = [
            {"pid": each.pid, "user": each.user, "application": each.application} for each in plan.sessions
        ]
        fields = {
            "database": plan.database,
            "back": plan.back.name,
            "kept_since": since.isoformat(),
            "size": plan.back.size,
            "keep_as": plan.keep_as if plan.exists else None,
            "sessions": sessions,
        }
        output.document("plan", fields)
        return
    rows = [(plan.back.name, plan.database, size(plan.back.size), f"kept since {since:%Y-%m-%d %H:%M:%S}")]
    if plan.exists:
        rows.append((plan.database, plan.keep_as, "", "kept in its turn"))
    output.table(("database", "would be called", "size", ""), rows, right=frozenset({2}))
    for session in plan.sessions:
        output.note(f"bak: connected to {plan.database}: {session}")
