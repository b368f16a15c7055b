"""TCP proxies before PostgreSQL: one loses the answer to a COMMIT, one loses a connection amid its rows."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

_CHUNK = 65536


class TcpProxy:
    """Forwards everything to `port` of this machine, both ways, until it is left."""

    def __init__(self, port: int) -> None:
        self._upstream = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.has_cut = threading.Event()
        """The fault has hit."""

    def __enter__(self) -> TcpProxy:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def refuses(self) -> bool:
        """Whether nobody is let in any more."""
        return False

    def pass_on(
        self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket
    ) -> bool:
        """Let one piece through, or not; False ends the connection."""
        (server if source is client else client).sendall(data)
        return True

    def _accept(self) -> None:
        while not self._done.is_set():
            if not select.select([self._listener], [], [], 0.1)[0]:
                continue
            client, _ = self._listener.accept()
            if self.refuses():
                client.close()
                continue
            self._threads.append(threading.Thread(target=self._forward, args=(client,)))
            self._threads[-1].start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream) as server, suppress(OSError):
            while not self._done.is_set():
                readable, _, _ = select.select([client, server], [], [], 0.1)
                for source in readable:
                    data = source.recv(_CHUNK)
                    if not data or not self.pass_on(data, source, client, server):
                        return


class CommitProxy(TcpProxy):
    """Once it `is_armed`, the first COMMIT is passed on and its client cut off.

    Afterwards it forwards again, or refuses everybody when `stays_down`. With `at_commit` the client is not
    cut off: that is called instead, just before the COMMIT is passed on.
    """

    def __init__(
        self, port: int, *, stays_down: bool = False, at_commit: Callable[[], None] | None = None
    ) -> None:
        super().__init__(port)
        self._stays_down = stays_down
        self._at_commit = at_commit
        self.is_armed = threading.Event()

    def __enter__(self) -> CommitProxy:
        super().__enter__()
        return self

    def refuses(self) -> bool:
        return self.has_cut.is_set() and self._stays_down

    def pass_on(
        self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket
    ) -> bool:
        is_lost = source is client and self._is_to_be_lost(data)
        super().pass_on(data, source, client, server)
        if is_lost:
            client.close()
            server.recv(_CHUNK)  # until it has answered, the transaction may not be done
        return not is_lost

    def _is_to_be_lost(self, data: bytes) -> bool:
        if b"COMMIT\0" not in data or not self.is_armed.is_set() or self.has_cut.is_set():
            return False
        self.has_cut.set()
        if self._at_commit is not None:
            self._at_commit()
            return False
        return True


class RowsProxy(TcpProxy):
    """The connection that has carried so many bytes first is reset, or falls silent for good.

    `is_silent` says which; with `takes_all` every other connection falls silent with it, as when a cable is
    pulled, and nobody gets an answer any more.
    """

    def __init__(self, port: int, after: int, *, is_silent: bool = False, takes_all: bool = False) -> None:
        super().__init__(port)
        self._after = after
        self._is_silent = is_silent
        self._takes_all = takes_all
        self._carried: dict[socket.socket, int] = {}
        self._victim: socket.socket | None = None
        self.cut_at = 0.0
        """When, by the monotonic clock."""

    def __enter__(self) -> RowsProxy:
        super().__enter__()
        return self

    def pass_on(
        self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket
    ) -> bool:
        self._carried[client] = self._carried.get(client, 0) + len(data)
        if self._carried[client] >= self._after and not self.has_cut.is_set():
            self._victim = client
            self.cut_at = time.monotonic()
            self.has_cut.set()
        if not self.has_cut.is_set() or not (client is self._victim or self._takes_all):
            return super().pass_on(data, source, client, server)
        if self._is_silent:
            self._done.wait()
        else:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
