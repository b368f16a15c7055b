"""`bak doctor`."""

from __future__ import annotations

import click

from bak_tui.cli import options, output
from bak_tui.cli.findings import findings_fields, print_findings
from bak_tui.cli.session import Session, pass_session


@click.command("doctor", short_help="Check tools, settings, server and bucket")
@options.server_options
@options.target_options
@options.tools_option
@click.option("--clean", is_flag=True, help="Drop the scratch databases that killed runs left.")
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, *, clean: bool) -> None:
    """Say which client programs are found, where each setting came from, and what can be reached.

    Scratch databases that killed runs left are told, and dropped with --clean; what swaps have kept is told.
    """
    settings = session.settings
    with session.bak(needs_server=True) as bak:
        if clean:
            for name in bak.clean(session.server):
                session.note(f"{name} was dropped")
        findings = bak.examine(session.profile)
    if session.is_json:
        output.document(
            "doctor",
            {
                "settings": [
                    {"name": origin.name, "value": origin.value, "source": origin.source}
                    for origin in settings.origins
                ],
                "findings": findings_fields(findings),
            },
        )
    else:
        origins = [(origin.name, origin.value, origin.source) for origin in settings.origins]
        output.table(("setting", "value", "from"), origins)
        output.say("")
        print_findings(findings)
    click.get_current_context().exit(int(findings.exit_code))
