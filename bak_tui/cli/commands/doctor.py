"""`bak doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.findings import findings_fields, print_findings
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.errors import ExitCode
from bak_tui.core.foreign import visible

if TYPE_CHECKING:
    from bak_tui.core.leftovers import Cleaned


@click.command("doctor", short_help="Check tools, settings, server and bucket")
@options.server_options
@options.target_options
@options.tools_option
@click.option("--clean", is_flag=True, help="Remove what killed runs have left, where it is provably ours.")
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, *, clean: bool) -> None:
    """Say which client programs are found, where each setting came from, and what can be reached.

    What killed runs have left is told: open uploads, dumps without their manifest, scratch databases, partial
    files. --clean removes what is provably ours and dead: what this machine's journal knows of processes that
    have ended, scratch databases that nobody works on, uploads under our names older than 7 days.
    """
    settings = session.settings
    cleaned: tuple[Cleaned, ...] = ()
    with session.bak(needs_server=True) as bak:
        if clean:
            cleaned = bak.clean(session.profile, bak.plans.clean(session.profile))
        findings = bak.examine(session.profile)
    for each in cleaned:
        said = f"could not be removed: {each.error}" if each.error else "was removed"
        session.note(f"{each.leftover.kind} {visible(each.leftover.where)} {said}")
    if session.is_json:
        output.document(
            "doctor",
            {
                "settings": [
                    {"name": origin.name, "value": origin.value, "source": origin.source}
                    for origin in settings.origins
                ],
                "findings": findings_fields(findings),
                "cleaned": [_cleaned_fields(each) for each in cleaned],
            },
        )
    else:
        origins = [(origin.name, origin.value, origin.source) for origin in settings.origins]
        output.table(("setting", "value", "from"), origins)
        output.say("")
        print_findings(findings)
    failed = next((each.error.exit_code for each in cleaned if each.error), ExitCode.DONE)
    click.get_current_context().exit(int(findings.exit_code or failed))


def _cleaned_fields(each: Cleaned) -> dict[str, Any]:
    return {
        "kind": each.leftover.kind,
        "where": each.leftover.where,
        "error": output.error_fields(each.error) if each.error else None,
    }
