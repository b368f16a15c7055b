"""What was counted table by table when a job restored or proved something, as it is kept beside its record.

What is kept of one job is bounded: of very many tables the first, and those that differ come first.

Anybody may have edited the file it comes from, so it is hostile input until `parse_counts` has taken it.
"""

from __future__ import annotations

from typing import Annotated, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.comparison import Comparison, CountPair
from bak_tui.core.errors import FileProblem
from bak_tui.core.foreign import visible
from bak_tui.core.outcomes import WORST_FIRST, Outcome, Report

MOST_COUNTS = 10_000
"""Tables of one job, of all its databases together."""
_LONGEST = 300
"""Characters of a table's name: schema and name have 63 bytes each, which may be escaped."""

_Count = Annotated[int, Field(ge=0, lt=10**19)] | None
_Row = tuple[str, _Count, _Count, _Count, bool, bool | None]
"""Name, rows expected and restored, bytes, whether it is a table, whether its content is the same."""


@runtime_checkable
class Compared(Protocol):
    """A result, or an error, that has counts."""

    @property
    def comparison(self) -> Comparison | None:
        """None when there was nothing to compare with."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ItemCounts(_Kept):
    """The counts of one database (or file)."""

    subject: str
    tables: _Count = 0
    """How many were compared, whether or not they are all kept."""
    matching: _Count = 0
    rows: tuple[_Row, ...] = Field(default=(), max_length=MOST_COUNTS)

    @property
    def pairs(self) -> tuple[CountPair, ...]:
        """Those that are kept, the differing first."""
        return tuple(
            CountPair(visible(name, limit=_LONGEST), expected, restored, size, is_table, is_same)
            for name, expected, restored, size, is_table, is_same in self.rows
        )


class JobCounts(_Kept):
    """The counts of one job."""

    items: tuple[ItemCounts, ...] = ()

    def of(self, subject: str) -> ItemCounts | None:
        """What was counted of one of its databases, as a record names it; None when nothing was."""
        return next((item for item in self.items if visible(item.subject) == subject), None)


def counts_of(report: Report[object]) -> JobCounts | None:
    """What is kept of a job that has ended; None when nothing was counted."""
    items = []
    left = MOST_COUNTS
    for outcome in sorted(report.outcomes, key=lambda outcome: WORST_FIRST.index(outcome.state)):
        comparison = _compared(outcome)
        if comparison is not None and left:
            item = _item(outcome.subject, comparison, left)
            left -= len(item.rows)
            items.append(item)
    return JobCounts(items=tuple(items)) if items else None


def parse_counts(body: bytes) -> JobCounts:
    """Read back. Raises FileProblem when it is not what `counts_of` makes."""
    try:
        return JobCounts.model_validate_json(body)
    except ValidationError as error:
        raise FileProblem("no counts of a job", kind="bad_record") from error


def _compared(outcome: Outcome[object]) -> Comparison | None:
    told = next((each for each in (outcome.result, outcome.error) if isinstance(each, Compared)), None)
    return told.comparison if told is not None else None


def _item(subject: str, comparison: Comparison, most: int) -> ItemCounts:
    tables = comparison.tables
    return ItemCounts(
        subject=visible(subject),
        tables=len(tables),
        matching=sum(pair.matches for pair in tables),
        rows=tuple(
            (
                visible(pair.name, limit=_LONGEST),
                pair.expected,
                pair.restored,
                pair.size,
                pair.is_table,
                pair.has_same_content,
            )
            for pair in comparison.pairs[:most]
        ),
    )
