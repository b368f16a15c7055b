"""How far a running COPY is: what moves progress inside one huge table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunningCopy:
    """One COPY of one table, as the server counts it."""

    table: str
    """`schema.name`, as pg_dump and pg_restore print it."""
    bytes: int
    """Of text, done."""
    rows: int
    """Done."""
    expected_rows: int | None = None
    """The planner's estimate of the whole table; None where it has none."""
