"""A part of a dump: exactly what was named, with what belongs to it, and only that is compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.core.comparison import DROPPED_AGAIN
from bak_tui.core.errors import ExitCode, UsageError
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode
from bak_tui.core.portion import Portion
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.restoring import Restored
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, restore
from tests.samples import databases_of, drop, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection

_SHOP = """
CREATE SCHEMA shop; CREATE SCHEMA "Odd.";
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.users (id serial PRIMARY KEY, name text);
CREATE TABLE shop.orders (id serial PRIMARY KEY, mood shop.mood DEFAULT 'good', buyer int REFERENCES users,
                          total numeric CHECK (total >= 0));
CREATE INDEX orders_total ON shop.orders (total);
CREATE TRIGGER touched BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE VIEW shop.big AS SELECT * FROM shop.orders WHERE total > 5;
CREATE TABLE shop.users (id int);
CREATE TABLE shop.events (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2025 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.events_2026 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "Odd."."t%_.*" (id int);
INSERT INTO users (name) SELECT 'u' || i FROM generate_series(1, 20) i;
INSERT INTO shop.orders (buyer, total) SELECT i, i FROM generate_series(1, 20) i;
INSERT INTO shop.events SELECT '2025-12-31'::date + i, 'x' FROM generate_series(0, 9) i;
INSERT INTO "Odd."."t%_.*" SELECT i FROM generate_series(1, 3) i;
SELECT lo_from_bytea(0, 'large object'::bytea);
"""


SHOP_TABLES = ("orders", "users", "events", "events_2025", "events_2026")


@pytest.fixture
def shop(house: House, make_database: MakeDatabase, tmp_path: Path) -> str:
    """A database with a dump in `tmp_path`."""
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(_SHOP.encode())
    dump_of(house, name, tmp_path)
    return name


@pytest.fixture
def target(house: House, shop: str) -> Iterator[str]:
    yield f"{shop}_part"
    drop(house.server, f"{shop}_part")


def part(house: House, folder: Path, target: str, **names: tuple[str, ...]) -> Outcome[Restored]:
    (outcome,) = restore(house.bak(), house, folder, into=target, portion=Portion(**names)).outcomes
    return outcome


def ask(house: House, database: str, question: str) -> list[object]:
    with open_connection(house.server, database) as connection:
        return [row[0] for row in connection.execute(question.encode())]


def test_a_table_comes_with_what_belongs_to_it_and_nothing_else(
    house: House, shop: str, target: str, tmp_path: Path
) -> None:
    outcome = part(house, tmp_path, target, tables=("shop.orders",))
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    assert outcome.result is not None
    assert rows_of(house.server, target) == {"shop.orders": 20}
    assert "only shop.orders" in outcome.sentence
    assert [pair.name for pair in outcome.result.comparison.pairs if pair.expected] == ["shop.orders"]  # type: ignore[union-attr]  # compared
    made = ask(house, target, "SELECT indexname FROM pg_indexes WHERE schemaname = 'shop'")
    assert set(made) == {"orders_pkey", "orders_total"}
    kinds = "SELECT contype FROM pg_constraint WHERE conrelid = 'shop.orders'::regclass AND contype <> 'n'"
    assert set(ask(house, target, kinds)) == {"p", "c"}
    assert ask(house, target, "SELECT tgname FROM pg_trigger") == ["touched"]
    assert ask(house, target, "INSERT INTO shop.orders (total) VALUES (1) RETURNING id") == [21]


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        ({"tables": ("shop.events",)}, {"shop.events_2025": 1, "shop.events_2026": 9, "shop.events": 10}),
        ({"tables": ("shop.events_2026",)}, {"shop.events_2026": 9, "shop.events": 9}),
        ({"tables": ("shop.orders", "public.users")}, {"shop.orders": 20, "public.users": 20}),
        ({"tables": ("shop.big",)}, {"shop.orders": 0}),
        ({"tables": ("Odd..t%_.*",)}, {"Odd..t%_.*": 3}),
        ({"tables": ("users",), "schemas": ("shop",)}, {"shop.users": 0}),
        ({"schemas": ("Odd.", "public")}, {"Odd..t%_.*": 3, "public.users": 20}),
        (
            {"sections": ("pre-data",), "schemas": ("shop",)},
            dict.fromkeys([f"shop.{name}" for name in SHOP_TABLES], 0),
        ),
    ],
)
def test_exactly_what_was_named_comes_back(
    house: House, shop: str, target: str, tmp_path: Path, names: dict[str, tuple[str, ...]], rows: object
) -> None:
    outcome = part(house, tmp_path, target, **names)
    assert outcome.exit_code is ExitCode.DONE, (outcome.error, outcome.warnings)
    assert rows_of(house.server, target) == rows


def test_two_tables_with_a_foreign_key_between_them_keep_it(
    house: House, shop: str, target: str, tmp_path: Path
) -> None:
    part(house, tmp_path, target, tables=("shop.orders", "public.users"))
    keys = ask(house, target, "SELECT conname FROM pg_constraint WHERE contype = 'f'")
    assert keys == ["orders_buyer_fkey"]


def test_a_materialised_view_is_filled_only_from_tables_that_come_with_their_rows(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE TABLE sales AS SELECT generate_series(1, 20) AS n")
        connection.execute("CREATE VIEW sold AS SELECT n FROM sales")
        connection.execute("CREATE MATERIALIZED VIEW total AS SELECT sum(n) AS n FROM sold")
    dump_of(house, name, tmp_path)
    target = f"{name}_part"
    try:
        alone = part(house, tmp_path, target, tables=("total",))
        (warning,) = alone.warnings
        assert "materialised view public.total was not filled" in warning
        assert ask(house, target, "SELECT relispopulated FROM pg_class WHERE relname = 'total'") == [False]
        drop(house.server, target)
        together = part(house, tmp_path, target, tables=("total", "sales"))
        assert (together.exit_code, ask(house, target, "SELECT n FROM total")) == (ExitCode.DONE, [210])
    finally:
        drop(house.server, target)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"tables": ("shop.order",)}, "no table shop.order "),
        ({"tables": ("shop.order*",)}, r"no table shop.order\*"),
        ({"tables": ("users",)}, "means 2 tables"),
        ({"schemas": ("sho_",)}, "no schema sho_"),
        ({"schemas": ("shop",), "tables": ("Odd..t%_.*",)}, "no table"),
    ],
)
def test_a_name_that_is_not_there_is_an_error_before_anything_is_made(
    house: House, shop: str, target: str, tmp_path: Path, names: dict[str, tuple[str, ...]], said: str
) -> None:
    outcome = part(house, tmp_path, target, **names)
    assert isinstance(outcome.error, UsageError)
    assert outcome.error.args
    with pytest.raises(UsageError, match=said):
        raise outcome.error
    assert not [name for name in databases_of(house.server) if name.startswith(target)]


def test_one_table_is_put_back_in_place_and_all_others_stay(house: House, shop: str, tmp_path: Path) -> None:
    ask(house, shop, "DELETE FROM shop.orders WHERE id > 5 RETURNING id")
    ask(house, shop, "INSERT INTO users (name) VALUES ('later') RETURNING id")
    how = {"over": Mode.CLEAN, "confirmed": {shop}, "portion": Portion(tables=("shop.orders",))}
    (refused,) = restore(house.bak(), house, tmp_path, **how).outcomes
    assert "depend" in str(refused.error)
    assert "rolled back" in refused.error.left  # type: ignore[union-attr]  # it failed
    assert rows_of(house.server, shop)["shop.orders"] == 5
    with open_connection(house.server, shop) as connection:
        connection.execute("DROP VIEW shop.big")
    (outcome,) = restore(house.bak(), house, tmp_path, **how).outcomes
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    rows = rows_of(house.server, shop)
    assert (rows["shop.orders"], rows["public.users"]) == (20, 21)


def test_a_part_is_never_swapped_for_a_whole(house: House, shop: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole database"):
        restore(
            house.bak(), house, tmp_path, over=Mode.SWAP, confirmed={shop}, portion=Portion(schemas=("shop",))
        )


_FAR = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{port}', dbname '{name}');
CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '{user}', password '{password}');
CREATE TABLE near (id int PRIMARY KEY);
INSERT INTO near SELECT generate_series(1, 7);
CREATE FOREIGN TABLE there (id int) SERVER far OPTIONS (table_name 'near');
CREATE MATERIALIZED VIEW seen AS SELECT id FROM there;
ALTER SERVER far OPTIONS (SET port '1')
"""


def test_a_view_over_what_cannot_be_reached_fails_with_what_to_do_and_that_does_it(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name, server = make_database(), house.server
    password = server.password.reveal() if server.password else ""
    far = _FAR.format(host=server.host, port=server.port, name=name, user=server.user, password=password)
    with open_connection(server, name) as connection:
        for statement in far.split(";"):
            connection.execute(statement.encode())
    dump_of(house, name, tmp_path)
    target = f"{name}_part"
    try:
        whole = part(house, tmp_path, target)
        assert isinstance(whole.error, HarmfulComplaints), whole.sentence
        assert whole.error.hint.startswith("let this server reach what the view is made of")
        assert whole.error.left == DROPPED_AGAIN
        assert target not in databases_of(server)
        assert "--section pre-data --section data" in whole.error.hint
        rows = part(house, tmp_path, target, sections=("pre-data", "data"))
        assert (rows.exit_code, rows_of(server, target)) == (ExitCode.DONE, {"public.near": 7}), rows.error
        drop(server, target)
        assert "--table" in whole.error.hint
        table = part(house, tmp_path, target, tables=("near",))
        assert (table.exit_code, rows_of(server, target)) == (ExitCode.DONE, {"public.near": 7}), table.error
    finally:
        drop(server, target)
