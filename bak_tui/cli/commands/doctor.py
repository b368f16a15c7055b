"""`bak doctor`."""

from __future__ import annotations

import click

from bak_tui.cli import options, output
from bak_tui.cli.session import Session, pass_session


@click.command("doctor", short_help="Check tools, settings, server and bucket")
@options.server_options
@options.target_options
@options.tools_option
@options.manner_options
@pass_session
def command(session: Session) -> None:
    """Say which client programs are found, where each setting came from, and what can be reached."""
    settings = session.settings
    with session.bak(needs_server=True) as bak:
        findings = bak.examine(session.profile)
    if session.is_json:
        output.document(
            "doctor",
            {
                "settings": [
                    {"name": origin.name, "value": origin.value, "source": origin.source}
                    for origin in settings.origins
                ],
                "findings": [
                    {
                        "what": finding.what,
                        "said": finding.said,
                        "error": output.error_fields(finding.error) if finding.error else None,
                    }
                    for finding in findings.findings
                ],
            },
        )
    else:
        origins = [(origin.name, origin.value, origin.source) for origin in settings.origins]
        output.table(("setting", "value", "from"), origins)
        output.say("")
        rows = [
            ("FAILED" if finding.error else "OK", finding.what, finding.said) for finding in findings.findings
        ]
        output.table(("", "looked at", "found"), rows)
        for finding in findings.findings:
            if finding.error is not None and finding.error.hint:
                output.note(f"{finding.what}: {finding.error.hint}")
    click.get_current_context().exit(int(findings.exit_code))
