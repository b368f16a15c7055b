"""The board: both ends joined, worst first, and neither hiding the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import sql

from bak_tui.core.jobs import JobState
from bak_tui.core.names import dump_path, manifest_path
from bak_tui.core.profile import Profile, Server
from bak_tui.core.selection import Selection
from bak_tui.core.standing import Day
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bucket.board import Board, BoardRow, dump_verdicts
from tests.operations.conftest import House
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase, open_connection

NOON = datetime(2020, 11, 23, 12, tzinfo=UTC)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def rows_of(board: Board, *names: str) -> list[BoardRow]:
    """Only these: other tests' databases may be on the server too."""
    return [row for row in board.rows if row.database in names]


def back_up(house: House, *names: str, when: datetime | None = None) -> None:
    bak = house.bak() if when is None else house.bak(clock=at(when))
    job = bak.backup(house.profile, Selection(names), BackupOptions())
    job.result()
    assert job.status.state is JobState.OK


def standings(board: Board, *names: str) -> dict[str, str]:
    return {row.database: row.verdict.standing for row in rows_of(board, *names) if row.verdict}


def test_every_standing_worst_first_and_what_is_only_in_the_bucket_last(
    house: House, make_database: MakeDatabase
) -> None:
    prefix = make_database()
    names = [make_database(f"{prefix}_{name}") for name in ("ok", "none", "stray", "shrunk")]
    ok, none, stray, shrunk = names
    fill(house.server, shrunk)
    back_up(house, shrunk)
    with open_connection(house.server, shrunk) as connection:
        connection.execute("DELETE FROM grants")
        connection.execute("DELETE FROM users WHERE id > 10")
    back_up(house, ok)
    house.bucket.write(f"{stray}.sql", b"PGDMP")
    house.bucket.write("gone/gone-20201001T120000Z.sql", b"PGDMP")
    house.bucket.write("README.txt", b"hello")
    # The clock gives the second dump of `shrunk` another key; the manifest has the true time.
    back_up(house, shrunk, when=datetime.now(UTC) + timedelta(minutes=1))
    board = house.bak().board(house.profile)
    assert board.server_error is None
    assert board.store_error is None
    assert board.identity is not None
    assert board.inventory is not None
    assert [row.database for row in rows_of(board, *names, "gone")] == [none, shrunk, stray, ok, "gone"]
    assert standings(board, *names, "gone") == {
        ok: "OK",
        none: "NONE",
        stray: "UNVERIFIED",
        shrunk: "SHRUNK",
        "gone": "UNVERIFIED",
    }
    assert board.inventory.others == 1  # README.txt
    (row,) = rows_of(board, shrunk)
    assert row.days[-1] is Day.SHRUNK
    assert len(row.dumps) == 2
    assert row.dumps[0].taken > row.dumps[1].taken
    assert row.size
    assert row.owner == "postgres"
    (lost,) = rows_of(board, "gone")
    assert (lost.is_on_server, lost.counts, lost.size) == (False, False, None)
    verdicts = dump_verdicts(board.inventory)
    assert verdicts[row.dumps[0].path].standing == "SHRUNK"
    assert verdicts[row.dumps[1].path].standing == "OK"
    at_risk = [row for row in board.rows if row.counts and row.verdict and row.verdict.standing.is_at_risk]
    assert board.at_risk == len(at_risk) >= 2
    assert "template1" not in {row.database for row in board.rows}


def test_the_limit_is_the_profiles_and_may_be_overruled(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    back_up(house, name)
    later = house.bak(clock=at(datetime.now(UTC) + timedelta(hours=30)))
    assert standings(later.board(house.profile), name) == {name: "STALE"}
    assert standings(later.board(house.profile, timedelta(hours=48)), name) == {name: "OK"}
    patient = replace(house.profile, staleness=timedelta(days=2))
    assert standings(later.board(patient), name) == {name: "OK"}


def test_a_backup_whose_size_is_not_its_manifests_is_unverified(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    back_up(house, name)
    (key,) = (key for key in house.objects() if key.endswith(".sql"))
    house.bucket.write(key, b"PGDMP and little else")
    (row,) = rows_of(house.bak().board(house.profile), name)
    assert row.verdict is not None
    assert row.verdict.standing == "UNVERIFIED"
    assert "the object has 21" in row.verdict.why


def test_without_the_bucket_nothing_is_claimed(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    unreachable = replace(house.target, bucket="no-such-bucket-here")
    board = house.bak().board(replace(house.profile, given_target=unreachable))
    assert board.store_error is not None
    assert board.inventory is None
    assert board.at_risk == 0
    (row,) = rows_of(board, name)
    assert (row.verdict, row.days, row.dumps) == (None, (), ())
    assert row.is_on_server
    assert row.size


def test_without_the_server_the_dumps_are_told(house: House) -> None:
    house.bucket.write(dump_path("fence", NOON), b"PGDMP")
    nowhere = replace(house.server, port="1")
    board = house.bak().board(replace(house.profile, given_server=nowhere))
    assert board.server_error is not None
    assert board.identity is None
    (row,) = board.rows
    assert (row.database, row.is_on_server, row.counts) == ("fence", None, False)
    assert row.verdict is not None
    assert row.verdict.standing == "UNVERIFIED"
    assert board.at_risk == 0


def test_without_either_there_is_a_board_with_both_errors() -> None:
    nothing = Profile("x", Server(host="127.0.0.1", port="1"))
    house = House(nothing.server, None, None)  # type: ignore[arg-type]  # neither is asked for
    board = house.bak().board(nothing)
    assert board.rows == ()
    assert board.server_error is not None
    assert board.store_error is not None
    house.opened[0].engine.close()


def test_a_database_that_takes_no_connections_is_shown_and_not_counted(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    before = house.bak().board(house.profile).at_risk
    with open_connection(house.server, "postgres") as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    board = house.bak().board(house.profile)
    (row,) = rows_of(board, name)
    assert (row.accepts_connections, row.counts) == (False, False)
    assert board.at_risk == before - 1


def test_the_board_reads_manifests_and_no_dump(
    house: House, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_database()
    back_up(house, name)
    house.bucket.write("plain.sql", b"-- PostgreSQL database dump")
    house.bucket.write("empty.sql", b"")
    bak = house.bak()
    read: list[str] = []
    store = bak._with.store(house.target)
    for method in ("read", "read_head"):
        original = getattr(store, method)

        def counted(
            key: str, *rest: object, original: Callable[..., bytes] = original, **more: object
        ) -> bytes:
            read.append(key)
            return original(key, *rest, **more)

        monkeypatch.setattr(store, method, counted)
    bak._with = replace(bak._with, store=lambda _target: store)
    board = bak.board(house.profile)
    (key,) = (key for key in house.objects() if name in key and key.endswith(".sql"))
    assert read == [manifest_path(key)]
    assert {row.database for row in board.rows if row.dumps} == {name, "plain"}


def test_a_manifest_that_vanishes_meanwhile_costs_only_its_own_dump(
    house: House, make_database: MakeDatabase
) -> None:
    first, second = make_database(), make_database()
    back_up(house, first, second)
    bak = house.bak()
    store = bak._with.store(house.target)
    (lost,) = (key for key in house.objects() if first in key and key.endswith(".manifest.json"))
    original = store.pages

    def pages(prefix: str, **more: Any) -> object:
        yield from list(original(prefix, **more))
        house.bucket.delete([lost])

    store.pages = pages  # type: ignore[method-assign, assignment]
    bak._with = replace(bak._with, store=lambda _target: store)
    board = bak.board(house.profile)
    assert standings(board, first, second) == {first: "UNVERIFIED", second: "OK"}
