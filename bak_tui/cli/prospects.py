"""`bak restore --plan`: created, replaced, kept, lost, the checks, how long, and the line that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bak_tui.cli import output
from bak_tui.core.command_line import bak_line
from bak_tui.core.plan import Change, Mode, Prospect, Verdict
from bak_tui.core.wording import age, duration, size

if TYPE_CHECKING:
    from bak_tui.cli.session import Session

_MARKS = {Verdict.OK: "ok", Verdict.WARN: "look", Verdict.BAD: "FAILS", Verdict.UNKNOWN: "unknown"}


def print_prospects(prospects: Sequence[Prospect], session: Session) -> None:
    """All of them, as text or as one document. What is run later is a run of its own, with its own time."""
    if session.is_json:
        output.document("plan", {"restores": [_fields(each, session) for each in prospects]})
        return
    for index, prospect in enumerate(prospects):
        if index:
            output.say("")
        _print(prospect, session)
    if any(each.mode in {Mode.NEW, Mode.SWAP} for each in prospects):
        session.note("a name with a time in it has the time of the run itself")


def _print(prospect: Prospect, session: Session) -> None:
    taken = f"{prospect.taken.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    output.say(f"{prospect.source}  {taken}  {size(prospect.dump_size)}")
    output.say(f"into {prospect.database} on {session.server}: {prospect.mode}")
    output.say("")
    rows = [
        (change.word.value, change.what or "nothing", _amount(change), change.remark)
        for change in prospect.changes
    ]
    output.table(("plan", "what", "size", ""), rows, right=frozenset({2}))
    output.say("")
    output.table(
        ("check", "", ""), [(check.label, _MARKS[check.verdict], check.fact) for check in prospect.checks]
    )
    output.say("")
    took = "unknown" if prospect.seconds is None else f"about {duration(prospect.seconds)}, as before"
    output.say(f"time: {took}")
    output.say(f"$ {_line(prospect, session)}")


def _amount(change: Change) -> str:
    if change.age is not None:
        return age(change.age)
    if change.size is None:
        return "unknown" if change.is_estimate else ""
    return f"{'~' * change.is_estimate}{size(change.size)}"


def _line(prospect: Prospect, session: Session) -> str:
    profile = session.profile
    if not session.said.get("bucket") and Path(prospect.reference).exists():
        # With a bucket named, the file would be taken for a key.
        profile = replace(profile, given_target=None)
    return bak_line("restore", profile, *prospect.arguments, operands=[prospect.reference])


def _fields(prospect: Prospect, session: Session) -> dict[str, Any]:
    return {
        "source": prospect.source,
        "taken": prospect.taken.astimezone(UTC).isoformat(),
        "size": prospect.dump_size,
        "database": prospect.database,
        "mode": prospect.mode.value,
        "needs_confirmation": prospect.needs_name,
        "needs_as_superuser": prospect.must_be_said,
        "changes": [
            {
                "word": change.word.value,
                "what": change.what or None,
                "size": change.size,
                "is_estimate": change.is_estimate,
                "age_seconds": None if change.age is None else int(change.age.total_seconds()),
                "remark": change.remark,
            }
            for change in prospect.changes
        ],
        "checks": [
            {"label": check.label, "verdict": check.verdict.value, "fact": check.fact}
            for check in prospect.checks
        ],
        "verdict": prospect.verdict.value,
        "seconds": prospect.seconds,
        "command": _line(prospect, session),
    }
