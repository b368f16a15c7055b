"""The contents of a table as one number."""

from __future__ import annotations

import pytest

from bak_tui.core.profile import Server
from bak_tui.services.postgres import Instance
from tests.servers.fixtures import MakeDatabase
from tests.services.postgres.conftest import run

_TABLE = """
CREATE TABLE t (
  id int, t text, f float8, at timestamptz, raw bytea, lasts interval, cost money, r regclass
)
"""
_ROWS = """
INSERT INTO t SELECT i, repeat(chr(8364), i), i / 7.0, '2026-01-01Z'::timestamptz + i * interval '1 min',
  decode(md5(i::text), 'hex'), make_interval(days => i, secs => 1.5), i, 't' FROM generate_series(1, 50) i
"""


def hash_of(server: Server, database: str) -> str:
    with Instance(server).counting(database) as counter:
        return counter.count(hashes_contents=True).hashes["public", "t"]


def test_neither_order_nor_a_databases_own_settings_change_it(
    each_server: Server, make_database: MakeDatabase
) -> None:
    first, second = make_database(server=each_server), make_database(server=each_server)
    run(each_server, first, _TABLE, f"{_ROWS} ORDER BY i")
    run(
        each_server,
        second,
        f"ALTER DATABASE {second} SET DateStyle = 'German'",
        f"ALTER DATABASE {second} SET IntervalStyle = 'iso_8601'",
        f"ALTER DATABASE {second} SET TimeZone = 'Asia/Tokyo'",
        f"ALTER DATABASE {second} SET bytea_output = 'escape'",
        f"ALTER DATABASE {second} SET extra_float_digits = -3",
        f"ALTER DATABASE {second} SET search_path = public, pg_catalog",
        _TABLE,
        f"{_ROWS} ORDER BY i DESC",
    )
    assert hash_of(each_server, first) == hash_of(each_server, second)
    assert hash_of(each_server, first).startswith("UTF8/")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET f = f + 1e-12 WHERE id = 7",
        "UPDATE t SET t = NULL WHERE id = 7",
        "UPDATE t SET id = CASE id WHEN 7 THEN 8 WHEN 8 THEN 7 ELSE id END",
    ],
)
def test_any_changed_value_changes_it(server: Server, make_database: MakeDatabase, change: str) -> None:
    name = make_database()
    run(server, name, _TABLE, _ROWS)
    before = hash_of(server, name)
    run(server, name, change)
    assert hash_of(server, name) != before


def test_an_empty_table_has_one_and_unasked_there_is_none(
    server: Server, make_database: MakeDatabase
) -> None:
    name = make_database()
    run(server, name, _TABLE)
    assert hash_of(server, name) == "UTF8/0"
    with Instance(server).counting(name) as counter:
        assert counter.count().hashes == {}


def test_no_cast_that_an_owner_has_made_is_called(each_server: Server, make_database: MakeDatabase) -> None:
    plain, trapped = make_database(server=each_server), make_database(server=each_server)
    for name in (plain, trapped):
        run(
            each_server,
            name,
            "CREATE TABLE t (id int, v text)",
            "INSERT INTO t VALUES (1, 'x\", y'), (2, NULL)",
        )
    run(
        each_server,
        trapped,
        "CREATE FUNCTION trap(t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$",
        "CREATE CAST (t AS text) WITH FUNCTION trap(t)",
    )
    assert hash_of(each_server, trapped) == hash_of(each_server, plain)
