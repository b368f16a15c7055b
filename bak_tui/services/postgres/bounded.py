"""A session that does not wait for ever, also when the server stalls and none of its time-outs ends it.

Keepalives notice a machine that is gone; they are answered by the kernel of one whose PostgreSQL is stopped.
So every answer has a deadline here, too, later than the server's, which tells more when it still can; whether
nothing comes or bytes without an end. Where there is one, there is a longest length, too.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen

from bak_tui.core.wording import size
from bak_tui.services.postgres.received import MOST_BYTES, received

T = TypeVar("T")
_LOOK_EVERY = 0.1
"""Seconds; psycopg resumes a waiting question that often."""


class NoAnswer(OperationalError):
    """The server was asked, and its answer did not end in time, or at all. The session is closed."""


class BoundedConnection(Connection[tuple[Any, ...]]):
    """A psycopg connection whose questions raise NoAnswer after `patience` seconds; None waits on."""

    patience: float | None = 30.0
    _deadline: float | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Left by an error it is closed at once, which ends its transaction, too.

        psycopg's own rollback waits for an answer that a server which has just gone never gives.
        """
        if kind is not None:
            self.close()
        super().__exit__(kind, error, trace)

    @classmethod
    def briefly(cls, conninfo: str, *, patience: float = 5.0) -> BoundedConnection:
        """One for a question or two."""
        connection = cls.connect(conninfo, autocommit=True)
        connection.patience = patience
        return connection

    def limit(self, seconds: int, *, grace: float = 10.0) -> None:
        """A statement may take so long; the server ends it, and `grace` seconds later so do we."""
        self.execute(f"SET statement_timeout = '{seconds}s'".encode())
        self.patience = seconds + grace

    def hurry(self, seconds: float) -> None:
        """From any thread: what is waited for now, and later, has so many seconds left."""
        self.patience = seconds
        self._deadline = time.monotonic() + seconds

    def wait(self, gen: PQGen[T], interval: float = _LOOK_EVERY, timeout: float | None = None) -> T:
        """As psycopg's, with the deadline; psycopg itself calls it for whatever it sends."""
        patience = self.patience if timeout is None else timeout
        self._deadline = None if patience is None else time.monotonic() + patience
        try:
            return super().wait(self._bounded(gen), interval)
        except NoAnswer:
            self.pgconn.finish()  # else leaving the session would wait for it again
            raise

    def _bounded(self, gen: PQGen[T]) -> PQGen[T]:
        began = time.monotonic()
        came = None if self._deadline is None else received(self.pgconn.socket)
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if self._deadline is not None and time.monotonic() > self._deadline:
                    # It may be sending all the while: what has no end is no answer.
                    raise NoAnswer(f"no answer for {time.monotonic() - began:.0f} s")
                if came is not None and ready and received(self.pgconn.socket) - came > MOST_BYTES:
                    raise NoAnswer(f"an answer that goes on after {size(MOST_BYTES)}")
                wanted = gen.send(ready)
        except StopIteration as end:
            value: T = end.value
            return value
