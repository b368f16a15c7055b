"""Row counts of a restored database held against its manifest: the fact behind the word OK."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bak_tui.core.databases import Counts, LargeObjects
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import LargeObjectsRecord, Manifest
from bak_tui.core.wording import plural

T = TypeVar("T")
_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CountPair:
    """One thing counted on both sides; None where one side has none."""

    name: str
    expected: int | None
    restored: int | None
    size: int | None = field(default=None, compare=False)
    """Bytes of the table where it was backed up."""
    is_table: bool = field(default=True, compare=False)
    """Not the large objects, which are counted beside the tables."""
    has_same_content: bool | None = field(default=None, compare=False)
    """By the hashes of both sides; None where they cannot be compared."""

    @property
    def matches(self) -> bool:
        return self.expected == self.restored and self.has_same_content is not False

    @property
    def difference(self) -> int:
        """Signed: rows too few are negative. What one side has not at all counts as none."""
        return (self.restored or 0) - (self.expected or 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every table (and the large objects), expected and restored; differing ones first."""

    pairs: tuple[CountPair, ...]
    views: tuple[CountPair, ...] = ()
    """Materialised views: refreshed by the restore, so that a difference is told but proves nothing."""

    @property
    def differing(self) -> tuple[CountPair, ...]:
        return tuple(pair for pair in self.pairs if not pair.matches)

    @property
    def matches(self) -> bool:
        return not self.differing

    @property
    def tables(self) -> tuple[CountPair, ...]:
        return tuple(pair for pair in self.pairs if pair.is_table)

    @property
    def hashed(self) -> int:
        """Tables whose contents were compared, too."""
        return sum(pair.has_same_content is not None for pair in self.tables)

    @property
    def sentence(self) -> str:
        """What a comparison without a difference proves."""
        return "all counts and contents match" if self.hashed == len(self.tables) > 0 else "all counts match"

    @property
    def differences(self) -> str:
        """What a comparison with a difference shows: how many tables, and how many rows of them all."""
        tables = [pair for pair in self.tables if not pair.matches]
        if not tables:
            return f"{self.differing[0].name} differ from what was backed up"
        surplus = sum(max(pair.difference, 0) for pair in tables)
        told = [f"{plural(self.missing, 'row')} {'is' if self.missing == 1 else 'are'} missing"]
        told = [*(told if self.missing else []), *([f"{plural(surplus, 'row')} too many"] if surplus else [])]
        does = "does" if len(tables) == 1 else "do"
        sentence = f"{len(tables)} of {plural(len(self.tables), 'table')} {does} not hold what was backed up"
        return ": ".join([sentence, *([", ".join(told)] if told else [])])

    @property
    def rows(self) -> int:
        """All that were restored, of all tables."""
        return sum(pair.restored or 0 for pair in self.tables)

    @property
    def missing(self) -> int:
        """Rows that were backed up and did not come back."""
        return -sum(min(pair.difference, 0) for pair in self.tables)


DROPPED_AGAIN = "what came back is dropped again; what was there before is as it was"
"""What a failed restore into a scratch database leaves."""
LARGE_OBJECTS = "large objects"


class CountsDiffer(IntegrityError):
    """A restored database holds something else than what was backed up; `comparison` has every count."""

    kind = "counts_differ"

    def __init__(self, comparison: Comparison, where: str) -> None:
        first = comparison.differing[0]
        more = f" and {len(comparison.differing) - 1} more" if len(comparison.differing) > 1 else ""
        what = f"{_said(first.expected)} backed up, {_said(first.restored)} restored"
        if first.expected == first.restored:
            what = f"as many rows ({_said(first.expected)}), but not the same contents"
        super().__init__(
            f"{where}: {first.name}{more} differs: {what}",
            hint="verify the backup, then restore another one: this one does not bring back what it counted",
            left=DROPPED_AGAIN,
        )
        self.comparison = comparison


def compare(manifest: Manifest, restored: Counts, *, is_shared: bool = False) -> Comparison | None:
    """Hold what was restored against the manifest; None when the manifest counted nothing.

    `is_shared`: the database holds other things, too; only what the manifest lists is looked at.
    """
    if manifest.rows is None or manifest.tables is None:
        return None
    if is_shared:
        restored = _listed(manifest, restored)
    named = {(table.schema_name, table.name): table for table in manifest.tables}
    where = restored.wandering
    sizes = _together({name: table.bytes for name, table in named.items()}, where, _sum)
    expected = _together({name: table.rows for name, table in named.items()}, where, _sum)
    hashes = _together({name: table.content_hash for name, table in named.items()}, where, _sum_of_hashes)
    found = _together(restored.tables, where, _sum)
    seen = _together(restored.hashes, where, _sum_of_hashes)
    pairs = [
        replace(pair, has_same_content=_is_same(hashes.get(name), seen.get(name)))
        for name, pair in _pairs(expected, found, sizes).items()
    ]
    if manifest.large_objects is not None:
        pairs += _objects(manifest.large_objects, restored.large_objects)
    views = {(view.schema_name, view.name): view.rows for view in manifest.materialized_views or []}
    return Comparison(
        tuple(sorted(pairs, key=lambda pair: pair.matches)),
        tuple(_pairs(views, restored.materialized_views, {}).values()),
    )


def _objects(expected: LargeObjectsRecord, restored: LargeObjects) -> list[CountPair]:
    """Number, and bytes where both sides could read them."""
    pairs = [CountPair(LARGE_OBJECTS, expected.number, restored.number, is_table=False)]
    if expected.bytes is not None and restored.size is not None:
        pairs.append(CountPair(f"{LARGE_OBJECTS}, bytes", expected.bytes, restored.size, is_table=False))
    return pairs


def _listed(manifest: Manifest, restored: Counts) -> Counts:
    """Of the counts those that the manifest has, too; large objects beyond its number are somebody else's."""
    tables = {(each.schema_name, each.name) for each in manifest.tables or []}
    views = {(each.schema_name, each.name) for each in manifest.materialized_views or []}
    objects, listed = restored.large_objects, manifest.large_objects
    if listed is not None and objects.number > listed.number:
        objects = LargeObjects(listed.number, None)
    return Counts(
        {name: rows for name, rows in restored.tables.items() if name in tables},
        {name: rows for name, rows in restored.materialized_views.items() if name in views},
        objects,
        restored.hashes,
        restored.wandering,
    )


def _together(
    facts: Mapping[_Name, T | None],
    where: Mapping[_Name, _Name],
    total: Callable[[Sequence[T | None]], T | None],
) -> dict[_Name, T | None]:
    """Partitions among which rows wander are compared as the one table they make."""
    groups: dict[_Name, list[T | None]] = {}
    for name, fact in facts.items():
        groups.setdefault(where.get(name, name), []).append(fact)
    return {name: group[0] if len(group) == 1 else total(group) for name, group in groups.items()}


def _sum(numbers: Sequence[int | None]) -> int | None:
    """None when one of them is not known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _sum_of_hashes(hashes: Sequence[str | None]) -> str | None:
    """A table's is a sum over its rows, so that of several is the sum of theirs."""
    parts = [written.rpartition("/") for written in hashes if written is not None]
    if len(parts) < len(hashes) or len({encoding for encoding, _, _ in parts}) > 1:
        return None
    return f"{parts[0][0]}/{sum(int(number) for _, _, number in parts)}"


def _pairs(
    expected: Mapping[_Name, int | None],
    restored: Mapping[_Name, int | None],
    sizes: Mapping[_Name, int | None],
) -> dict[_Name, CountPair]:
    return {
        name: CountPair(".".join(name), expected.get(name), restored.get(name), sizes.get(name))
        for name in sorted(expected.keys() | restored.keys())
    }


def _is_same(expected: str | None, restored: str | None) -> bool | None:
    """Whether two hashes are equal; None without both, or of texts in different encodings."""
    if expected is None or restored is None:
        return None
    encodings = {written.rpartition("/")[0] for written in (expected, restored)}
    return expected == restored if len(encodings) == 1 else None


def _said(count: int | None) -> str:
    return "no such table" if count is None else f"{count:,}"
