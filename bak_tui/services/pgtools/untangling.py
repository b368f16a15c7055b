"""The messages of pg_restore's workers, which share one stderr, made whole lines again.

A message is written in pieces (src/common/logging.c): `pg_restore:`, a blank, `error: `, and then all the
rest with its line end at once. So a line holds the beginnings of any workers' messages and the rest of one
exactly, and what is lost is only which beginning was whose. What the rest says tells whether it is an error;
that as many errors were begun as were found tells whether this was right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_BEGINNINGS = re.compile(r"(?:pg_restore:|error:|warning:|fatal:|detail:|hint:| )*")
_BEGUN = re.compile(r"\b(?:error|fatal):")
_ERRORS = re.compile(
    r"could not |COPY failed for table|query failed: |error returned by |connection to (?:server|database)"
)
"""How most of pg_restore's errors go on (src/bin/pg_dump/pg_backup_*.c)."""
_WORK = re.compile(
    r"(?:launching|processing|finished|skipping|creating|dropping|restoring|executing|connecting to|entering"
    r"|finished|setting|disabling|enabling|starting|while|from TOC entry|implied|no item|transferring|reading"
    r"|errors ignored|restored|clearing|item )"
)
"""How its reports of what it does go on: no errors, whatever beginning they stand behind."""


def is_of_errors(line: str) -> bool:
    """Whether a line has to do with errors: with it `untangled` can do its work without the many others."""
    return "error:" in line or "fatal:" in line or line.startswith("Command was:") or _is_error(line)


def untangled(lines: Iterable[str]) -> tuple[list[str], bool]:
    """Each error as `pg_restore: error: …` on a line of its own, and whether that is beyond doubt."""
    found: list[str] = []
    begun = errors = 0
    for line in lines:
        if line.startswith("Command was:"):
            found.append(line)
            continue
        begun += len(_BEGUN.findall(_beginnings(line)))
        if _is_error(line):
            errors += 1
            found.append(f"pg_restore: error: {line[len(_beginnings(line)) :]}")
    return found, begun == errors


def _is_error(line: str) -> bool:
    beginnings = _beginnings(line)
    rest = line[len(beginnings) :]
    if _WORK.match(rest):
        return False
    return bool(_ERRORS.match(rest) or (rest and _BEGUN.search(beginnings)))


def _beginnings(line: str) -> str:
    match = _BEGINNINGS.match(line)
    return match[0] if match else ""
