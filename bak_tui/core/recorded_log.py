"""A job's log as a file: one line a line, its fields apart by tabs, secrets struck out.

    2026-11-23T13:58:21.455000Z<tab>pg_dump<tab>!<tab>gecko-prod<tab>error: permission denied …

`!` marks what went wrong. Anybody may have edited the file, so a line of another form is only text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bak_tui.core.foreign import visible
from bak_tui.core.jobs import LogLine
from bak_tui.core.redaction import struck

LONGEST = 1_000_000
"""Bytes of one log; of a longer one the end is kept."""
_LONGEST_LINE = 2000
"""Characters, as a line of a running job has at most."""
_LONGEST_NAME = 300
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"
_FIELDS = 5
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


def log_body(lines: Sequence[LogLine]) -> bytes:
    """What is written of them."""
    body = struck("".join(_written(line) for line in lines)).encode("utf-8", "backslashreplace")
    if len(body) <= LONGEST:
        return body
    kept = body[-LONGEST:]
    return kept[kept.index(b"\n") + 1 :]


def parse_log(body: bytes) -> tuple[LogLine, ...]:
    """The lines read back, whatever they are."""
    return tuple(_read(line) for line in body.decode("utf-8", "backslashreplace").splitlines())


def _written(line: LogLine) -> str:
    fields = (line.source, "!" * line.is_error, line.subject, line.text)
    return "\t".join([f"{line.at.astimezone(UTC):{_AT}}", *map(visible, fields)]) + "\n"


def _read(line: str) -> LogLine:
    at, *fields = line.split("\t", _FIELDS - 1)
    try:
        moment = datetime.strptime(at, _AT).replace(tzinfo=UTC)
        source, mark, subject, text = fields
    except ValueError:
        return LogLine(_UNKNOWN, "", visible(line, limit=_LONGEST_LINE))
    return LogLine(
        moment,
        visible(source, limit=_LONGEST_NAME),
        visible(text, limit=_LONGEST_LINE),
        mark == "!",
        visible(subject, limit=_LONGEST_NAME),
    )
