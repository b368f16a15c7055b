"""Row counts of a restored database held against its manifest: the fact behind the word OK."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.databases import Counts, LargeObjects
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest


@dataclass(frozen=True, slots=True)
class CountPair:
    """One thing counted on both sides; None where one side has none."""

    name: str
    expected: int | None
    restored: int | None

    @property
    def matches(self) -> bool:
        return self.expected == self.restored

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
    def rows(self) -> int:
        return sum(pair.restored or 0 for pair in self.pairs if not pair.name.startswith(LARGE_OBJECTS))


LARGE_OBJECTS = "large objects"


class CountsDiffer(IntegrityError):
    """A restored database holds something else than what was backed up; `comparison` has every count."""

    kind = "counts_differ"

    def __init__(self, comparison: Comparison, where: str) -> None:
        first = comparison.differing[0]
        more = f" and {len(comparison.differing) - 1} more" if len(comparison.differing) > 1 else ""
        super().__init__(
            f"{where}: {first.name}{more} differs: {_said(first.expected)} backed up,"
            f" {_said(first.restored)} restored",
            hint="the restored database was not put in place",
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
    expected = {(table.schema_name, table.name): table.rows for table in manifest.tables}
    pairs = _pairs(expected, dict(restored.tables))
    if manifest.large_objects is not None:
        pairs.append(CountPair(LARGE_OBJECTS, manifest.large_objects.number, restored.large_objects.number))
        if manifest.large_objects.bytes is not None and restored.large_objects.size is not None:
            pairs.append(
                CountPair(
                    f"{LARGE_OBJECTS}, bytes", manifest.large_objects.bytes, restored.large_objects.size
                )
            )
    views = {(view.schema_name, view.name): view.rows for view in manifest.materialized_views or []}
    return Comparison(
        tuple(sorted(pairs, key=lambda pair: pair.matches)),
        tuple(_pairs(views, dict(restored.materialized_views))),
    )


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
    )


def _pairs(
    expected: dict[tuple[str, str], int | None], restored: dict[tuple[str, str], int]
) -> list[CountPair]:
    names = sorted(expected.keys() | restored.keys())
    return [
        CountPair(f"{schema}.{name}", expected.get((schema, name)), restored.get((schema, name)))
        for schema, name in names
    ]


def _said(count: int | None) -> str:
    return "no such table" if count is None else f"{count:,}"
