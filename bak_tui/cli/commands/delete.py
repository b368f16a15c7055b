"""`bak delete`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options, output
from bak_tui.cli.choosing import dumps_by_key
from bak_tui.cli.restore_options import confirmed_by_typing
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.wording import size

if TYPE_CHECKING:
    from bak_tui.operations.bucket.delete import DeletePlan


@click.command("delete")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    metavar="NAME",
    help="The profile's exact name; without --profile the bucket's.",
)
@options.target_options
@options.parallel_option
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    keys: tuple[str, ...],
    confirmed: tuple[str, ...],
    parallel: int | None,
    dry_run: bool,
) -> None:
    """Delete dumps: the manifest first, then the data, then the results of checks.

    Wants the profile's name with --confirm, and says which databases would be left without a good backup.
    Nothing but dumps below the prefix is deleted; another KEY fails for itself and stops no other.

    What a store keeps (locks, versions) is not hidden: an object that is still there afterwards is a failure.
    """
    with session.bak() as bak:
        from bak_tui.operations.bucket.delete import DeleteOptions

        dumps = dumps_by_key(session, bak, keys)
        profile = session.bucket_profile
        if dry_run:
            _print(bak.plans.delete(profile, dumps), is_json=session.is_json)
            return
        typed = confirmed_by_typing(session, lambda: bak.plans.confirm_delete(profile, dumps, confirmed))
        how = DeleteOptions(frozenset(confirmed) | typed, parallel or os.cpu_count() or 1)
        session.finish(bak, bak.delete(profile, dumps, how), "delete")


def _print(plan: DeletePlan, *, is_json: bool) -> None:
    if is_json:
        dumps = [
            {"database": dump.database, "path": dump.path, "size": dump.stored.size, "good": dump.is_good}
            for dump in plan.dumps
        ]
        refused = [{"path": each.name, "error": output.error_fields(each.error)} for each in plan.refused]
        output.document("plan", {"dumps": dumps, "bared": list(plan.bared), "refused": refused})
        return
    rows = [(dump.database, size(dump.stored.size), dump.path) for dump in plan.dumps]
    output.table(("database", "size", "would be deleted"), rows, right=frozenset({1}))
    for each in plan.refused:
        output.note(f"bak: {each.name} would stay: {each.error}")
    for name in plan.bared:
        output.note(f"bak: no good backup would be left of {name}")
