"""A part of a dump: which of an archive's entries are meant by schemas and tables named exactly.

What is named comes with what belongs to it (rows, defaults, indexes, constraints, triggers, grants,
partitions) and with what it cannot exist without (schemas, types, functions; another table only as an empty
shell, as a view or an heir needs it). A foreign key to a table that was not named is left out, and so is the
filling of a materialised view from such a shell: it would hold what is not so. pg_restore's own `--table`
leaves out the indexes and constraints, and knows no schema and table together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from bak_tui.core.errors import UsageError

SECTIONS = ("pre-data", "data", "post-data")

RELATIONS = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"})
_NAMEABLE = RELATIONS | {"SEQUENCE"}
_HOLDS_ROWS = frozenset({"TABLE", "MATERIALIZED VIEW"})
_PARTS = frozenset(
    {
        *("TABLE DATA", "DEFAULT", "SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET"),
        *("CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "TABLE ATTACH"),
        *("TRIGGER", "RULE", "POLICY", "ROW SECURITY", "STATISTICS", "STATISTICS DATA"),
        *("MATERIALIZED VIEW DATA", "COMMENT", "ACL", "SECURITY LABEL"),
    }
)
"""What belongs to a relation (or to its parts) when it depends on it; `desc` as pg_dump writes it."""


class Entry(Protocol):
    """An entry of an archive's table of contents."""

    @property
    def dump_id(self) -> int: ...
    @property
    def desc(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def dependencies(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Portion:
    """What of a dump is meant. Names are exact; nothing in them is a pattern."""

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """`name` or `schema.name`; views, sequences and foreign tables, too."""
    sections: tuple[str, ...] = ()
    """Of SECTIONS; empty means all."""

    @property
    def names_something(self) -> bool:
        return bool(self.schemas or self.tables)

    @property
    def is_whole(self) -> bool:
        return not self.names_something and set(self.sections) in (set(), set(SECTIONS))

    @property
    def has_data(self) -> bool:
        """Whether rows come along."""
        return not self.sections or "data" in self.sections

    def __str__(self) -> str:
        schemas = [f"schema {name}" for name in self.schemas]
        return ", ".join([*schemas, *self.tables, *(f"section {name}" for name in self.sections)])


WHOLE = Portion()


@dataclass(frozen=True, slots=True)
class Picked:
    """The entries that are meant, by their dump ids."""

    ids: frozenset[int]
    left_out: tuple[str, ...]
    """What needs the rows of a table that was not named: `FK CONSTRAINT public.a b_fkey`."""


def pick(entries: Sequence[Entry], portion: Portion, *, with_needs: bool = True) -> Picked:
    """The entries `portion` names. Raises UsageError when a name is not there, or is there twice.

    `with_needs=False`: what they cannot exist without is there already, and stays as it is.
    """
    by_id = {entry.dump_id: entry for entry in entries}
    chosen = {entry.dump_id for entry in _roots(entries, portion)}
    _add_partitions(entries, by_id, chosen)
    everything = chosen | _closure(chosen, by_id)
    left_out = _add_parts(entries, by_id, chosen, everything, has_shells=with_needs)
    return Picked(frozenset(everything if with_needs else chosen), left_out)


def _roots(entries: Sequence[Entry], portion: Portion) -> list[Entry]:
    """What is named itself."""
    for schema in portion.schemas:
        if not any(schema == entry.namespace or _is_schema(entry, schema) for entry in entries):
            there = sorted({entry.namespace for entry in entries if entry.namespace})
            raise UsageError(f"there is no schema {schema} in this dump", hint=_nearest(schema, there))
    if portion.tables:
        return [entry for name in portion.tables for entry in _named(entries, name, portion.schemas)]
    return [
        entry
        for entry in entries
        if entry.desc not in _PARTS - {"SEQUENCE"}
        and any(schema == entry.namespace or _is_schema(entry, schema) for schema in portion.schemas)
    ]


def _named(entries: Sequence[Entry], name: str, schemas: Collection[str]) -> list[Entry]:
    found = [
        entry
        for entry in entries
        if entry.desc in _NAMEABLE
        and name in (entry.tag, f"{entry.namespace}.{entry.tag}")
        and (not schemas or entry.namespace in schemas)
    ]
    if not found:
        there = sorted(f"{each.namespace}.{each.tag}" for each in entries if each.desc in _NAMEABLE)
        raise UsageError(f"there is no table {name} in this dump", hint=_nearest(name, there))
    if len(found) > 1:
        names = ", ".join(f"{entry.namespace}.{entry.tag}" for entry in found)
        raise UsageError(f"{name} means {len(found)} tables: {names}", hint="say which, with its schema")
    return found


def _add_partitions(entries: Iterable[Entry], by_id: Mapping[int, Entry], chosen: set[int]) -> None:
    """A partitioned table comes with its partitions, to any depth."""
    attachments = [entry for entry in entries if entry.desc == "TABLE ATTACH"]
    has_grown = True
    while has_grown:
        before = len(chosen)
        for attachment in attachments:
            needed = [by_id[each] for each in attachment.dependencies if each in by_id]
            own = {each.dump_id for each in needed if _is_same(each, attachment)}
            if {each.dump_id for each in needed} - own & chosen:
                chosen |= own
        has_grown = len(chosen) > before


def _add_parts(
    entries: Sequence[Entry],
    by_id: Mapping[int, Entry],
    chosen: set[int],
    everything: set[int],
    *,
    has_shells: bool,
) -> tuple[str, ...]:
    """Put in what belongs to `chosen`, until nothing more does; what had to stay out is given back.

    `everything` is `chosen` and what it needs; of that there are shells of other tables (`has_shells`; else
    they are there with their rows). A foreign key to an empty one would not hold, a view filled from it lie.
    """
    candidates = {entry.dump_id: entry for entry in entries if entry.desc in _PARTS}
    has_grown = True
    while has_grown:
        has_grown = False
        for dump_id, entry in list(candidates.items()):
            if not chosen.intersection(entry.dependencies):
                continue
            needs = _closure({dump_id}, by_id) | {dump_id}
            there = chosen if entry.desc == "FK CONSTRAINT" else everything
            if any(by_id[each].desc in RELATIONS for each in needs - there):
                continue
            is_filling = entry.desc == "MATERIALIZED VIEW DATA" and has_shells
            if is_filling and any(by_id[each].desc in _HOLDS_ROWS for each in needs - chosen):
                continue
            del candidates[dump_id]
            chosen.add(dump_id)
            everything |= needs
            has_grown = True
    return tuple(
        f"{entry.desc} {entry.namespace}.{entry.tag}"
        for entry in candidates.values()
        if chosen.intersection(entry.dependencies)
    )


def _closure(ids: Collection[int], by_id: Mapping[int, Entry]) -> set[int]:
    """What those entries depend on, and so on."""
    found: set[int] = set()
    waiting = list(ids)
    while waiting:
        for needed in by_id[waiting.pop()].dependencies:
            if needed in by_id and needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def _is_schema(entry: Entry, name: str) -> bool:
    return entry.desc == "SCHEMA" and entry.tag == name


def _is_same(one: Entry, other: Entry) -> bool:
    return (one.namespace, one.tag) == (other.namespace, other.tag)


def _nearest(name: str, there: Sequence[str]) -> str:
    """`did you mean …`, or what there is."""
    close = get_close_matches(name, there, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"it has {', '.join(there[:8])}" + (f" and {len(there) - 8} more" if len(there) > 8 else "")
