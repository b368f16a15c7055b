"""A TCP proxy before PostgreSQL that loses the server's answer to a COMMIT."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType


class CommitProxy:
    """Forwards all to `port`; once `is_armed`, the first COMMIT is passed on and its client cut off.

    Afterwards it forwards again, or refuses everybody when `stays_down`. With `at_commit` the client is not
    cut off: that is called instead, just before the COMMIT is passed on.
    """

    def __init__(
        self, port: int, *, stays_down: bool = False, at_commit: Callable[[], None] | None = None
    ) -> None:
        self._upstream = ("127.0.0.1", port)
        self._stays_down = stays_down
        self._at_commit = at_commit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.is_armed = threading.Event()
        self.has_cut = threading.Event()

    def __enter__(self) -> CommitProxy:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._done.is_set():
            if not select.select([self._listener], [], [], 0.1)[0]:
                continue
            client, _ = self._listener.accept()
            if self.has_cut.is_set() and self._stays_down:
                client.close()
                continue
            self._threads.append(threading.Thread(target=self._forward, args=(client,)))
            self._threads[-1].start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream) as server, suppress(OSError):
            while not self._done.is_set():
                readable, _, _ = select.select([client, server], [], [], 0.1)
                for source in readable:
                    data = source.recv(65536)
                    if not data:
                        return
                    is_lost = source is client and self._is_to_be_lost(data)
                    (server if source is client else client).sendall(data)
                    if is_lost:
                        client.close()
                        server.recv(65536)  # until it has answered, the transaction may not be done
                        return

    def _is_to_be_lost(self, data: bytes) -> bool:
        if b"COMMIT\0" not in data or not self.is_armed.is_set() or self.has_cut.is_set():
            return False
        self.has_cut.set()
        if self._at_commit is not None:
            self._at_commit()
            return False
        return True
