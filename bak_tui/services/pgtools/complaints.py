"""pg_restore's error lines, sorted: its exit code alone decides nothing.

Measured: exit 1 with "errors ignored" may be complete data (a missing role), so each line is sorted and the
row counts decide. What is not known to be harmless counts as harm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bak_tui.services.pgtools.untangling import untangled


class Category(StrEnum):
    """What an error line is about; the first three leave every row in place."""

    ROLE = "role"
    SETTING = "setting"
    OWNERSHIP = "owner or grant"
    EXTENSION = "extension"
    EXISTING = "existing object"
    CONNECTION = "connection"
    CONSTRAINT = "constraint"
    DATA = "data"
    VIEW = "filled view"
    """A materialised view could not be filled: what it is made of cannot be reached, or fails here."""
    LOST = "lost object"
    """It needed a role or a setting that is not there, and was not made."""
    LOCKS = "too many locks"
    """The server has no room for a lock on each thing that one transaction makes or drops."""
    MIXED = "several workers at once"
    """They spoke into each other's lines, and nobody can tell whether it is mild. One would be clear."""
    OTHER = "other"

    @property
    def is_mild(self) -> bool:
        """Roles, grants and unknown settings: the data is all there when the counts match."""
        return self in {Category.ROLE, Category.SETTING, Category.OWNERSHIP}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error of pg_restore, with the command it came from where that was told."""

    category: Category
    text: str
    command: str = ""


_ERROR = re.compile(r"pg_restore: (?:error|fatal): (?P<text>.*)", re.IGNORECASE)
_COMMAND = re.compile(r"Command was: (?P<command>.*)")
_QUOTED = re.compile(r'"(?:[^"]|"")*(?:"|$)')
"""A quoted name; one that goes on in the next line stays open. What it says is no SQL: `"a OWNER TO b"`."""
_MILD_COMMAND = re.compile(
    r"(ALTER\s.*\sOWNER\sTO|GRANT|REVOKE|ALTER\sDEFAULT\sPRIVILEGES|SET|COMMENT\sON\sEXTENSION)\b",
    re.IGNORECASE,
)
"""Commands, without quoted names, that, failed, leave every object and every row in place. A function or a
policy that failed over a role or a setting is a lost object, whatever its error says."""
_REFRESH = re.compile(r"REFRESH\s+MATERIALIZED\s+VIEW\b", re.IGNORECASE)
_RULES: tuple[tuple[Category, re.Pattern[str]], ...] = (
    # The whole text, or nothing: a failed COPY or login may quote the same words.
    (Category.ROLE, re.compile(r'^role ".*" does not exist$')),
    (Category.SETTING, re.compile(r'^unrecognized configuration parameter ".*"$')),
    (
        Category.EXTENSION,
        re.compile(
            r"could not open extension control file|extension \S+ (is not available|does not exist)"
            r'|^security label provider ".*" is not loaded$'
        ),
    ),
    (
        Category.CONNECTION,
        re.compile(
            r"server closed the connection|^(?:reconnection failed: )?connection to server "
            r"|terminating connection|no connection to the server"
            r"|could not (send data to|receive data from) server|the database system is "
        ),
    ),
    (Category.LOCKS, re.compile(r"^out of shared memory$")),
    (Category.EXISTING, re.compile(r"already exists")),
    (Category.CONSTRAINT, re.compile(r"violates|could not create unique index|is duplicated")),
    (Category.DATA, re.compile(r"COPY failed|invalid (input|byte)|could not (read|uncompress|find block)")),
)


_VERB = re.compile(
    r"(?P<verb>GRANT|REVOKE|SET|COMMENT\sON\sEXTENSION|ALTER\sDEFAULT\sPRIVILEGES)\b|ALTER\s.*\s(?P<owner>OWNER\sTO)\b",
    re.IGNORECASE,
)


def skipped(complaints: Iterable[Complaint]) -> str:
    """What was not done, by its SQL: `14 × GRANT, 2 × OWNER TO`; `1 × command` where that was not told."""
    verbs = Counter(
        " ".join((match["verb"] or match["owner"]).upper().split()) if match else "command"
        for match in (_VERB.match(_QUOTED.sub('""', complaint.command)) for complaint in complaints)
    )
    return ", ".join(f"{number} × {verb}" for verb, number in verbs.items())


def sort_complaints(lines: Iterable[str], *, of_workers: bool = False) -> tuple[Complaint, ...]:
    """Every error in pg_restore's output, in its order. `of_workers`: several spoke, perhaps at once."""
    complaints: list[Complaint] = []
    if of_workers:
        lines, is_clear = untangled(lines)
        complaints += [] if is_clear else [Complaint(Category.MIXED, "their messages cannot be told apart")]
    for line in lines:
        if match := _ERROR.match(line):
            text = match["text"].removeprefix("could not execute query: ").removeprefix("ERROR:").strip()
            complaints.append(Complaint(_category(text), text))
        elif complaints and (match := _COMMAND.match(line)):
            complaints[-1] = _told(complaints[-1], match["command"])
    return tuple(complaints)


def _told(complaint: Complaint, command: str) -> Complaint:
    """The complaint with its command, and what that makes of it.

    A name or a function in it may hold a line that looks like a second one: whichever is the true one, it is
    only mild when both are.
    """
    category, is_first = complaint.category, not complaint.command
    is_alive = category is not Category.CONNECTION
    if is_first and is_alive and not category.is_mild and _REFRESH.match(command):
        category = Category.VIEW
    elif not _MILD_COMMAND.match(_QUOTED.sub('""', command)):
        category = Category.LOST if category.is_mild else category
    elif category is Category.OTHER and is_first:
        category = Category.OWNERSHIP
    return Complaint(category, complaint.text, command if is_first else complaint.command)


def _category(text: str) -> Category:
    return next((category for category, pattern in _RULES if pattern.search(text)), Category.OTHER)
