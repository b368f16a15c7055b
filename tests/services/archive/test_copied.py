"""COPY's text format, read as PostgreSQL writes it; and what is none, without harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.services.archive.copied import LONGEST_VALUE, MOST_COLUMNS, columns_of, lines_of, rows_of

END = b"\\.\n\n\n"


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("COPY public.t (a, b) FROM stdin;\n", ("a", "b")),
        ('COPY public."t (x, y)" (a, "b"", c)") FROM stdin;\n', ("a", 'b", c)')),
        ('COPY "a;b".t ("line\nend", "(") FROM stdin;\n', ("line\nend", "(")),
        ("COPY public.bare  FROM stdin;\n", ()),
        ("", ()),
        ('COPY t ("never closed', ("never", "closed")),
    ],
)
def test_the_columns_are_those_of_the_statement(statement: str, columns: tuple[str, ...]) -> None:
    assert columns_of(statement) == columns


def test_columns_without_end_are_not_followed() -> None:
    assert len(columns_of(f"COPY t ({'a, ' * 5000}a) FROM stdin;")) == MOST_COLUMNS


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"plain", "plain"),
        (b"", ""),
        (rb"\N", None),
        (rb"\\N", r"\N"),
        (rb"a\tb\nc\\d\r\b\f\v", "a\tb\nc\\d\r\b\f\v"),
        (rb"\101\x41\9\q", "AA9q"),
        (b"\\", "\\"),
        ("é漢".encode(), "é漢"),
        (b"\xff", "\udcff"),
        (b"x" * 2000, "x" * LONGEST_VALUE + "…"),
    ],
)
def test_a_value_is_what_it_was_in_the_table(raw: bytes, value: str | None) -> None:
    assert rows_of(raw + b"\n" + END, 10, is_whole=True) == (((value,),), True)


def test_rows_end_at_their_end_at_most_or_where_they_are_cut() -> None:
    text = b"1\ta\n2\tb\n3\tc\n"
    every = (("1", "a"), ("2", "b"), ("3", "c"))
    assert rows_of(text + END, 10, is_whole=True) == (every, True)
    assert rows_of(text + END, 3, is_whole=True) == (every, True)
    assert rows_of(text + END, 2, is_whole=True) == (every[:2], False)
    assert rows_of(text + b"4\tc", 10, is_whole=False) == (every, False)
    assert rows_of(text + b"4\tc", 10, is_whole=True) == ((*every, ("4", "c")), True)
    assert rows_of(b"", 10, is_whole=False) == ((), False)
    assert rows_of(END, 10, is_whole=False) == ((), True)


def test_statements_are_lines_and_blank_ones_are_none() -> None:
    text = b"INSERT 1;\n\nINSERT 2;\nINSERT 3;\n"
    first = (("INSERT 1;",), ("INSERT 2;",))
    assert lines_of(text, 2, is_whole=True) == (first, False)
    assert lines_of(text, 3, is_whole=True) == ((*first, ("INSERT 3;",)), True)
    assert lines_of(text + b"INSE", 9, is_whole=False) == ((*first, ("INSERT 3;",)), False)


def test_statements_that_are_not_looked_at_are_not_taken_for_none() -> None:
    text = b"".join(b"INSERT %d %s;\n" % (number, b"x" * 10_000) for number in range(50))
    rows, is_all = lines_of(text, 100, is_whole=True)
    assert (len(rows) < 50, is_all) == (True, False)
    assert all(len(value or "") == LONGEST_VALUE + 1 for (value,) in rows)


@given(st.binary(max_size=2000), st.booleans())
def test_whatever_it_is_it_comes_to_an_end_and_is_bounded(text: bytes, is_whole: bool) -> None:
    rows, _ = rows_of(text, 5, is_whole=is_whole)
    assert len(rows) <= 5
    assert all(value is None or len(value) <= LONGEST_VALUE + 1 for row in rows for value in row)
    assert len(columns_of(text.decode("latin-1"))) <= MOST_COLUMNS
