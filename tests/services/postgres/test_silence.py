"""A server that took the question and then says nothing: its process is stopped, its kernel answers on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.counter import Counter
from tests.servers.fixtures import MakeDatabase
from tests.services.postgres.conftest import run
from tests.waiting import until


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
    assert time.monotonic() - began < 10
    assert connection.closed


def test_a_server_that_can_still_tell_ends_a_slow_question_itself(server: Server) -> None:
    connector = Connector(server, statement_timeout=1)
    with pytest.raises(ServerError) as caught, connector.session() as connection:
        connection.execute("SELECT pg_sleep(30)")
    assert caught.value.kind == "sqlstate_57014"


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
            until(lambda: connection.patience is None)
            counter.interrupt()
            counting.join(timeout=20)
    assert [error.kind for error in failures] == ["silent"]
