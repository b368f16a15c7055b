"""A server that took the question and then says nothing: its process is stopped, its kernel answers on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import pytest
from psycopg import Connection

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server
from bak_tui.services.postgres import counter as counter_room
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.counter import Counter
from bak_tui.services.postgres.renaming import Rename, Renaming
from tests.faults.pg_proxy import CommitProxy
from tests.samples import databases_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import run
from tests.waiting import PATIENCE, until


@contextmanager
def stopped(backend: int) -> Iterator[None]:
    os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend, signal.SIGCONT)


def test_a_stopped_backend_is_given_up_after_its_time(server: Server) -> None:
    began = time.monotonic()
    with (
        pytest.raises(ServerError) as caught,
        Connector(server, statement_timeout=1, grace=0.2).session() as connection,
        stopped(connection.info.backend_pid),
    ):
        connection.execute("SELECT 1")
    assert caught.value.kind == "silent"
    assert "no answer for 1 s" in caught.value.message
    assert time.monotonic() - began < PATIENCE
    assert connection.closed


def test_a_session_that_an_error_ends_does_not_wait_for_a_stopped_backend(server: Server) -> None:
    began = time.monotonic()
    with ExitStack() as silence, suppress(KeyError), Connector(server).session() as connection:
        connection.execute("BEGIN")
        silence.enter_context(stopped(connection.info.backend_pid))
        raise KeyError
    assert time.monotonic() - began < PATIENCE
    assert connection.closed


def test_a_server_that_can_still_tell_ends_a_slow_question_itself(server: Server) -> None:
    connector = Connector(server, statement_timeout=1)
    with pytest.raises(ServerError) as caught, connector.session() as connection:
        connection.execute("SELECT pg_sleep(300)")
    assert caught.value.kind == "sqlstate_57014"


def test_a_count_on_a_stopped_backend_is_given_up(
    server: Server, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.services.postgres.counter._AT_LEAST", 0.5)
    name = make_database()
    run(server, name, "CREATE TABLE t AS SELECT 1 AS x")
    with Counter.opened(Connector(server), name, 5) as counter:
        assert counter.count().tables == {("public", "t"): 1}
        with pytest.raises(ServerError) as caught, stopped(counter._connection.info.backend_pid):
            counter.count()
    assert caught.value.kind == "silent"


class Stopping:
    """Stops the backend that renames exactly when its COMMIT is on the way."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pid = 0

    def __call__(self) -> None:
        with open_connection(self.server, "postgres") as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COMMENT ON DATABASE%'"
                " AND state = 'idle in transaction'"
            ).fetchone()
            assert row
            self.pid = row[0]
            os.kill(self.pid, signal.SIGSTOP)

    def let_go(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


@pytest.mark.parametrize("goes_on", [True, False], ids=["goes on", "stays stopped"])
def test_what_became_of_a_rename_is_told_as_it_is_when_the_backend_is_stopped_at_its_commit(
    server: Server, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch, goes_on: bool
) -> None:
    monkeypatch.setattr("bak_tui.services.postgres.renaming._SETTLES", 20.0 if goes_on else 0.3)
    name = make_database()
    stop = Stopping(server)
    with CommitProxy(int(str(server.port)), at_commit=stop) as proxy:
        proxy.is_armed.set()
        connector = Connector(replace(server, port=str(proxy.port)), statement_timeout=1, grace=0.2)
        renaming = Renaming(connector, [Rename(name, f"{name}_new")], patience=5)
        look = Renaming._bearers

        def looking(connection: Connection, names: Sequence[str]) -> list[int | None]:
            """The backend goes on when it was looked for once: its answer comes too late."""
            found = look(connection, names)
            if goes_on and stop.pid:
                stop.let_go()
            return found

        monkeypatch.setattr(Renaming, "_bearers", staticmethod(looking))
        error = None
        try:
            renaming()
        except ServerError as failure:
            error = failure
        finally:
            stop.let_go()
        assert proxy.has_cut.is_set()
    with open_connection(server, "postgres") as connection:
        gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        until(lambda: connection.execute(gone, (stop.pid,)).fetchone() == (0,))
    (bears,) = {name, f"{name}_new"} & databases_of(server)
    if goes_on:  # it commits, or is ended before it does
        assert (error is None) == (bears == f"{name}_new")
    else:
        assert error is not None
        assert error.kind == "rename_unknown"
        assert f"process {stop.pid} of" in error.message


def test_an_interrupted_count_on_a_stopped_backend_ends(
    server: Server, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.services.postgres.counter._GIVING_UP", 0.3)
    name = make_database()
    run(server, name, "CREATE TABLE t AS SELECT 1 AS x")
    failures: list[ServerError] = []
    with Counter.opened(Connector(server), name, 5) as counter:
        connection = counter._connection

        def count() -> None:
            try:
                counter.count()
            except ServerError as error:
                failures.append(error)

        with stopped(connection.info.backend_pid):
            counting = threading.Thread(target=count)
            counting.start()
            until(lambda: connection.patience == counter_room._AT_LEAST + 8192 / counter_room._SLOWEST)
            counter.interrupt()
            counting.join(timeout=PATIENCE)
    assert [error.kind for error in failures] == ["silent"]
