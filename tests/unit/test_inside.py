"""What is inside a dump: told by its entries, folded and found."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.inside import Inside, inside
from bak_tui.tui.dialogs.peek_tree import Tree


@dataclass(frozen=True)
class Entry:
    """As an archive has it."""

    dump_id: int
    desc: str
    tag: str
    namespace: str = "public"
    has_data: bool = False


ENTRIES = (
    Entry(1, "SCHEMA", "empty", ""),
    Entry(2, "TABLE", "b"),
    Entry(3, "TABLE DATA", "b", has_data=True),
    Entry(4, "TABLE", "parted"),
    Entry(5, "TABLE DATA", "alone", "audit", has_data=True),
    Entry(6, "FUNCTION", "f()"),
    Entry(7, "ACL", "TABLE b"),
    Entry(8, "WHATEVER IS NEW", "x", ""),
    Entry(9, "ENCODING", "ENCODING", ""),
)


def told(spans: dict[int, tuple[int, int]]) -> Inside:
    return inside(ENTRIES, None, spans)


def test_tables_stand_in_their_schemas_with_what_is_known_of_each() -> None:
    found = told({3: (100, 150), 5: (150, 151)})
    assert [(schema.name, [table.name for table in schema.tables]) for schema in found.schemas] == [
        ("public", ["b", "parted"]),
        ("audit", ["alone"]),
        ("empty", []),
    ]
    public, audit, empty = found.schemas
    assert [(table.rows, table.size, table.data_id) for table in public.tables] == [
        (None, 50, 3),
        (None, None, None),
    ]
    assert (public.size, audit.size, empty.size) == (None, 1, None)
    assert found.sizes == "in the dump"
    assert told({}).sizes == ""
    assert [(kind.name, kind.names) for kind in found.kinds] == [
        ("functions", ("public.f()",)),
        ("grants", ("TABLE b in public",)),
        ("whatever is news", ("x",)),
    ]


def test_groups_are_folded_out_and_in_and_a_filter_shows_what_holds_it_and_where_that_is() -> None:
    tree = Tree(told({}))
    rows = tree.rows()
    assert [row.label for row in rows] == [
        *("public", "b", "parted", "audit", "alone", "empty"),
        *("functions", "grants", "whatever is news"),
    ]
    assert tree.fold(rows[1]) == rows[0].key, "what is in a group folds that"
    assert [row.label for row in tree.rows()][:2] == ["public", "audit"]
    tree.fold(tree.rows()[0])
    assert tree.rows() == rows
    assert [row.label for row in tree.rows("C.B")] == ["public", "b"]
    assert [row.label for row in tree.rows("able in")] == ["grants", "TABLE b in public"]
    assert tree.rows("nowhere") == []
    assert tree.names_of({rows[4].key, rows[1].key}) == ("public.b", "audit.alone")
