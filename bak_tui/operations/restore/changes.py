"""Created, replaced, kept, lost: the four lines of a plan, by the mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bak_tui.core.manifest import Manifest
from bak_tui.core.marks import KEPT_LABEL, SCRATCH_LABEL
from bak_tui.core.names import derived_name
from bak_tui.core.plan import Change, Mode, PlanWord
from bak_tui.core.wording import plural

RowEstimates = Mapping[tuple[str, str], int | None]
"""By schema and name, the planner's guess of a table's rows; None where it has none."""


_NAMED = 3


class _Surplus(NamedTuple):
    """A table that holds more than the backup does."""

    rows: int
    table: str


@dataclass(frozen=True)
class TargetFacts:
    """What is known of a target and of the dump that is to go into it."""

    database: str
    mode: Mode
    taken: datetime
    manifest: Manifest | None
    live_size: int | None
    """Bytes of the target as it is; None when it does not exist, or may not be asked."""
    live_rows: RowEstimates
    now: datetime
    named_at: datetime
    """What is made, or put aside, has this time in its name."""

    @property
    def restored_size(self) -> int | None:
        """About how large it will be: its tables as they were, without indexes."""
        if self.manifest is None or self.manifest.tables is None:
            return None
        return sum(table.bytes for table in self.manifest.tables)

    @property
    def listed(self) -> dict[tuple[str, str], int | None]:
        """Rows of the backup's tables."""
        tables = self.manifest.tables or [] if self.manifest else []
        return {(table.schema_name, table.name): table.rows for table in tables}


def changes(facts: TargetFacts) -> tuple[Change, ...]:
    """Always four, in this order."""
    match facts.mode:
        case Mode.NEW:
            return _new(facts)
        case Mode.EXISTING:
            return _existing(facts)
        case Mode.SWAP:
            return _swap(facts)
        case Mode.CLEAN:
            return _clean(facts)


def _new(facts: TargetFacts) -> tuple[Change, ...]:
    scratch = derived_name(facts.database, SCRATCH_LABEL, facts.named_at)
    created = Change(
        PlanWord.CREATED,
        facts.database,
        facts.restored_size,
        is_estimate=True,
        remark=f"filled and counted as {scratch}, named when every count matches",
        shorter=("named when every count matches", "counted, then named"),
    )
    return created, Change(PlanWord.REPLACED), Change(PlanWord.KEPT), Change(PlanWord.LOST)


def _existing(facts: TargetFacts) -> tuple[Change, ...]:
    created = Change(
        PlanWord.CREATED,
        f"the dump's objects in {facts.database}",
        facts.restored_size,
        is_estimate=True,
        remark="it is empty; filled directly, and not emptied again on failure",
        shorter=("not emptied again on failure", "no undo on failure"),
    )
    kept = Change(
        PlanWord.KEPT,
        facts.database,
        facts.live_size,
        remark="its owner, grants and settings",
        shorter=("owner and settings",),
    )
    return created, Change(PlanWord.REPLACED), kept, Change(PlanWord.LOST)


def _swap(facts: TargetFacts) -> tuple[Change, ...]:
    return (
        Change(
            PlanWord.CREATED,
            derived_name(facts.database, SCRATCH_LABEL, facts.named_at),
            facts.restored_size,
            is_estimate=True,
            remark="filled and counted before anything is touched",
            shorter=("filled and counted first", "counted first"),
        ),
        Change(
            PlanWord.REPLACED,
            facts.database,
            facts.live_size,
            remark="only if every count matches; about 1 s without it",
            shorter=("only if every count matches", "if counts match"),
        ),
        Change(
            PlanWord.KEPT,
            derived_name(facts.database, KEPT_LABEL, facts.named_at),
            facts.live_size,
            remark="today's database under this name: undo swaps back",
            shorter=("undo swaps back",),
        ),
        _lost(facts, "they stay in the kept one", "in the kept one"),
    )


def _clean(facts: TargetFacts) -> tuple[Change, ...]:
    others = sorted(".".join(name) for name in facts.live_rows.keys() - facts.listed.keys())
    kept = plural(len(others), "other table") if others else ""
    if facts.manifest is None:
        kept = "what the dump does not have"
    return (
        Change(PlanWord.CREATED),
        Change(
            PlanWord.REPLACED,
            f"what the dump has in {facts.database}",
            facts.restored_size,
            is_estimate=True,
            remark="in one transaction; an error undoes all of it, a count that differs is told",
            shorter=("in one transaction", "one transaction"),
        ),
        Change(PlanWord.KEPT, kept, remark=_some(others) if facts.manifest else ""),
        _lost(facts, "for good: nothing is kept", "for good"),
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _lost(facts: TargetFacts, fate: str, in_short: str) -> Change:
    surplus = _surplus(facts)
    holds = f"{surplus.table} holds ~{surplus.rows:,} rows more than the backup; " if surplus else ""
    rows = [f"~{surplus.rows:,} rows or more", f"~{surplus.rows:,} rows"] if surplus else []
    if facts.mode is Mode.CLEAN:  # elsewhere what is kept says so
        rows = [f"{in_short}, {said}" for said in rows]
    return Change(
        PlanWord.LOST,
        f"changes since {facts.taken.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        age=max(facts.now - facts.taken, facts.now - facts.now),
        remark=holds + fate,
        shorter=(*rows, in_short),
    )


def _surplus(facts: TargetFacts) -> _Surplus | None:
    found = [
        _Surplus(live - backed_up, ".".join(name))
        for name, live in facts.live_rows.items()
        if live is not None and (backed_up := facts.listed.get(name)) is not None and live > backed_up
    ]
    return max(found, default=None)
