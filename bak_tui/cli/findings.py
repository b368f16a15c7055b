"""What was looked at and what was found, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bak_tui.cli import output

if TYPE_CHECKING:
    from bak_tui.operations.doctor.examining import Finding, Findings


def findings_fields(findings: Findings) -> list[dict[str, Any]]:
    """As a program reads them."""
    return [
        {
            "what": finding.what,
            "said": finding.said,
            "needs_look": finding.needs_look,
            "error": output.error_fields(finding.error) if finding.error else None,
        }
        for finding in findings.findings
    ]


def print_findings(findings: Findings) -> None:
    """A table on stdout, what to try on stderr."""
    rows = [(_word(finding), finding.what, finding.said) for finding in findings.findings]
    output.table(("", "looked at", "found"), rows)
    for finding in findings.findings:
        if finding.error is not None and finding.error.hint:
            output.note(f"{finding.what}: {finding.error.hint}")


def _word(finding: Finding) -> str:
    """As the check list of a plan has it: what was left, or given up, is no failure and not OK."""
    if finding.error:
        return "FAILED"
    return "LOOK" if finding.needs_look else "OK"
