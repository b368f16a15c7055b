"""`bak doctor`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.findings import findings_fields, print_findings
from bak_tui.cli.housekeeping import cleaned_up, databases_dropped, leftover_fields
from bak_tui.cli.restore_options import confirm_option, yes_option
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.errors import ExitCode

if TYPE_CHECKING:
    from bak_tui.core.leftovers import Cleaned


@click.command("doctor")
@options.server_options
@options.target_options
@options.tools_option
@click.option("--clean", is_flag=True, help="Remove what killed runs have left, where it is provably ours.")
@click.option(
    "--older-than",
    type=options.Age(),
    metavar="AGE",
    help="With --clean: also unknown uploads under our names that are older (default 7d).",
)
@click.option(
    "--upload", "uploads", multiple=True, metavar="ID", help="With --clean: this open upload, whosever."
)
@click.option(
    "--object",
    "objects",
    multiple=True,
    metavar="KEY",
    help="With --clean: this manifest or folder of checks, when its dump is gone; a half-filled database"
    " is told no more.",
)
@click.option(
    "--drop",
    "drops",
    multiple=True,
    metavar="NAME",
    help="Drop this kept or scratch database; wants --confirm NAME.",
)
@confirm_option
@yes_option
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    clean: bool,
    older_than: timedelta | None,
    uploads: tuple[str, ...],
    objects: tuple[str, ...],
    drops: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Say which client programs are found, where each setting came from, and what can be reached.

    What killed runs have left is told: open uploads, dumps without their manifest, manifests without their
    dump, scratch databases, partial files; and databases of yours that a restore was filling, which are never
    touched. --clean shows what would go, asks (--yes), and removes what is
    provably ours and dead: what this machine's journal knows of processes that have ended, scratch databases
    that nobody works on, uploads under our names older than 7 days. --drop NAME drops a database that a swap
    has kept. Nothing is removed for a read-only profile.
    """
    if (older_than or uploads or objects) and not clean:
        raise click.UsageError("--older-than, --upload and --object belong to --clean")
    if dry_run and not (clean or drops):
        raise click.UsageError("--dry-run belongs to --clean and --drop; without them nothing is done")
    from bak_tui.core.leftovers import ABANDONED, Claims

    claims = Claims(older_than or ABANDONED, frozenset(uploads), frozenset(objects))
    with session.bak(needs_server=True) as bak:
        dropped = databases_dropped(session, bak, drops, dry_run=dry_run) if drops else ()
        cleaned = cleaned_up(session, bak, claims, dry_run=dry_run) if clean else ()
        if dry_run:
            return
        findings = bak.examine(session.profile)
    origins = session.settings.origins
    if session.is_json:
        output.document(
            "doctor",
            {
                "settings": [
                    {"name": origin.name, "value": origin.value, "source": origin.source}
                    for origin in origins
                ],
                "findings": findings_fields(findings),
                "cleaned": [_cleaned_fields(each) for each in cleaned],
                "dropped": [each.name for each in dropped],
            },
        )
    else:
        rows = [(origin.name, origin.value, origin.source) for origin in origins]
        output.table(("setting", "value", "from"), rows)
        output.say("")
        print_findings(findings)
    failed = next((each.error.exit_code for each in cleaned if each.error), ExitCode.DONE)
    click.get_current_context().exit(int(findings.exit_code or failed))


def _cleaned_fields(each: Cleaned) -> dict[str, Any]:
    return {
        **leftover_fields(each.leftover),
        "error": output.error_fields(each.error) if each.error else None,
    }
