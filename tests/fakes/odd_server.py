"""A server that answers every request with the same raw bytes, whatever they are, and hangs up."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

from bak_tui.core.profile import Target
from tests.fakes.listing_server import target_at

_MOST = 1 << 16


class OddServer:
    """`answer` may be changed between two requests."""

    def __init__(self, answer: bytes = b"") -> None:
        self.answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))

    @property
    def target(self) -> Target:
        """How to reach it."""
        return target_at(self._listening.getsockname()[1])

    def __enter__(self) -> OddServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._exchange, args=(connection,), daemon=True).start()

    def _exchange(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := connection.recv(_MOST)):
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        lengths = [
            int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")
        ]
        missing = sum(lengths) - len(body)
        while missing > 0 and (more := connection.recv(_MOST)):
            missing -= len(more)
        connection.sendall(self.answer)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)  # until it was read


def said(status: int, body: bytes = b"", *headers: str, length: bool = True) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status} Odd", *headers, "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(status: int, body: bytes, *headers: str) -> bytes:
    """The same in one chunk, which tells no length beforehand."""
    pieces = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    return said(status, pieces, "Transfer-Encoding: chunked", *headers, length=False)
