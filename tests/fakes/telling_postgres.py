"""A PostgreSQL that answers whatever it is told to, in the server's own messages.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

from bak_tui.core.profile import Server
from bak_tui.services.postgres import Instance


def message(kind: bytes, body: bytes) -> bytes:
    """One of the server's, with its length."""
    return kind + struct.pack("!i", len(body) + 4) + body


READY = message(b"Z", b"I")
NOTICE = message(b"N", b"SWARNING\0C01000\0Mnothing\0\0")
_GREETING = message(b"R", struct.pack("!i", 0)) + b"".join(
    message(b"S", name + b"\0" + value + b"\0")
    for name, value in ((b"server_version", b"18.0"), (b"client_encoding", b"UTF8"), (b"DateStyle", b"ISO"))
)
_SET = message(b"C", b"SET\0")


class TellingPostgres:
    """Does what SET says; to all else it sends `begin`, then `rest` for ever, or its first byte every `pause`
    seconds.

    Without `greets` it never ends to greet; without `rest` it waits for the next question.
    """

    def __init__(self, begin: bytes, rest: bytes, *, greets: bool = True, pause: float = 0.0) -> None:
        self._begin, self._rest, self._greets, self._pause = begin, rest, greets, pause
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._ended = threading.Event()

    def __enter__(self) -> TellingPostgres:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._exchange, args=(connection,), daemon=True).start()

    def _exchange(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)  # a wish for TLS or GSS comes first, and none is met
            while self._greets or not self._ended.is_set():
                connection.sendall(_GREETING + READY if self._greets else _GREETING[:9] + NOTICE * 100)
                if self._greets:
                    break
            while asked := connection.recv(1 << 16):
                if b"SET " in asked or asked[:1] == b"B":
                    connection.sendall(_SET * asked.count(b"SET ") + READY)
                    continue
                connection.sendall(self._begin)
                while (self._rest or self._pause) and not self._ended.wait(self._pause):
                    connection.sendall(self._rest[:1] if self._pause else self._rest)


def instance_at(server: TellingPostgres) -> Instance:
    plain = {"sslmode": "disable", "gssencmode": "disable", "connect_timeout": "2"}
    return Instance(Server("127.0.0.1", str(server.port), "me", extra=plain))
