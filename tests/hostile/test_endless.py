"""Answers without an end, and of a byte now and then, to whatever is asked: given up and told, not kept."""

from __future__ import annotations

import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from bak_tui.core.errors import BakError, ServerError
from bak_tui.services.postgres import bounded as bounded_module
from bak_tui.services.s3 import Bucket, S3Options
from tests.fakes.odd_server import OddServer, said
from tests.fakes.telling_postgres import NOTICE, TellingPostgres, instance_at, message
from tests.hostile.holding import refusals, shown
from tests.hostile.test_answers import ASKED, CONTENT, ERROR, SPAN

PATIENCE = 60.0
"""Seconds that any of it may take here; for ever is longer."""
QUICK = S3Options(
    connect_timeout=1,
    read_timeout=0.3,
    attempts=1,
    part_attempts=1,
    retry_pause=0.01,
    workers=1,
    completion=1,
)
_KEPT = 200 << 20
"""Bytes that memory may grow by: eight clients at once hold 13 MB each, and the first in a process what it
imports. What nobody bounds takes as much within a second."""
HEAD = b"HTTP/1.1 %d Odd\r\nContent-Type: application/xml\r\nConnection: close\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a body": (HEAD % 200 + b"\r\n<ListBucketResult>", b"<Contents><Key>k</Key></Contents>" * 2000),
    "a body of a length": (HEAD % 200 + b"Content-Length: 99999999999999\r\n\r\n<a>", b" " * 65536),
    "an error's body": (HEAD % 403 + b"\r\n<Error><Code>AccessDenied</Code><Message>", b"no " * 20_000),
    "chunks": (
        HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\n",
        (b"40\r\n" + b"<a/>" * 16 + b"\r\n") * 900,
    ),
    "one chunk": (HEAD % 503 + b"Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"x" * 65536),
    "a trailer": (HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 9000),
    "headers": (b"HTTP/1.1 200 Odd\r\n", b"X: y\r\n" * 9000),
    "a header": (b"HTTP/1.1 200 Odd\r\nX: ", b"y" * 65536),
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "a status": (b"HTTP/1.1 200 ", b"y" * 65536),
}


class EndlessServer(OddServer):
    """Sends `answer`, then `rest` again and again, with a pause or without."""

    def __init__(self) -> None:
        super().__init__()
        self.rest = b""
        self.pause = 0.0
        self.ended = threading.Event()

    def _exchange(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (more := connection.recv(1 << 16)):
                head += more
            threading.Thread(target=self._drain, args=(connection,), daemon=True).start()
            connection.sendall(self.answer)
            while not self.ended.wait(self.pause):
                connection.sendall(self.rest[:1] if self.pause else self.rest)

    def _drain(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while connection.recv(1 << 16):
                pass


@pytest.fixture
def endless() -> Iterator[EndlessServer]:
    server = EndlessServer()
    with server:
        yield server
        server.ended.set()


def is_refused(asked: str, server: EndlessServer, folder: Path) -> None:
    """In time, in one sentence, and in little memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    with refusals():
        ASKED[asked](Bucket.open(server.target, QUICK), folder)
    assert time.monotonic() - begun < PATIENCE
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown << 10 < _KEPT, f"{grown} kB more"


ASKED_HERE = ("head", "list", "read", "probe", "delete two", "upload in parts", "stream", "download")
"""One of each kind of request."""


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_an_end_is_given_up(endless: EndlessServer, tmp_path: Path, what: str) -> None:
    endless.answer, endless.rest = ENDLESS[what]
    for asked in ASKED_HERE:
        is_refused(asked, endless, tmp_path)


@pytest.mark.parametrize("what", ["a body", "an error's body", "chunks", "headers", "continues"])
def test_an_answer_of_a_byte_now_and_then_is_given_up(
    endless: EndlessServer, tmp_path: Path, what: str
) -> None:
    endless.answer, endless.rest = ENDLESS[what]
    endless.pause = 0.05
    with ThreadPoolExecutor(len(ASKED_HERE)) as pool:  # all it takes is waiting
        folders = [tmp_path / asked for asked in ASKED_HERE]
        for folder in folders:
            folder.mkdir()
        for done in [
            pool.submit(is_refused, asked, endless, folder)
            for asked, folder in zip(ASKED_HERE, folders, strict=True)
        ]:
            done.result()


def test_an_object_that_comes_too_slowly_is_given_up(endless: EndlessServer, tmp_path: Path) -> None:
    endless.answer = said(206, b"", SPAN, f"Content-Length: {len(CONTENT)}", length=False)
    endless.rest, endless.pause = CONTENT, 0.25
    for asked in ("stream", "download", "read"):
        is_refused(asked, endless, tmp_path)


def test_a_slow_error_that_ends_is_understood(endless: EndlessServer, tmp_path: Path) -> None:
    """The pace is one of what takes long, and of nothing that is said at once."""
    endless.answer = said(403, ERROR)
    with pytest.raises(BakError) as refused:
        ASKED["read"](Bucket.open(endless.target, QUICK), tmp_path)
    assert refused.value.kind == "access_denied"


_COLUMN = message(b"T", struct.pack("!h", 1) + b"name\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
_ROW = message(b"D", struct.pack("!hi", 1, 60_000) + b"x" * 60_000)
POSTGRES: dict[str, tuple[bytes, bytes]] = {
    "rows": (_COLUMN, _ROW),
    "notices": (_COLUMN, NOTICE * 100),
    "a row": (_COLUMN + b"D" + struct.pack("!i", 0x3FFFFFF0), b"x" * 65536),
    "nothing": (b"", b""),
}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are as patient as these tests."""
    limit: Callable[..., None] = bounded_module.BoundedConnection.limit
    monkeypatch.setattr(
        bounded_module.BoundedConnection, "limit", lambda self, _seconds, **_more: limit(self, 1, grace=1.0)
    )
    monkeypatch.setattr(bounded_module.BoundedConnection, "patience", 1.0)
    monkeypatch.setattr(bounded_module, "MOST_BYTES", 20 << 20)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("pause", [0.0, 0.05])
@pytest.mark.parametrize("what", POSTGRES)
def test_a_server_that_does_not_end_an_answer_is_given_up(what: str, pause: float) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    with TellingPostgres(*POSTGRES[what], pause=pause) as server, pytest.raises(ServerError) as refused:
        instance_at(server).databases()
    shown(refused.value.message, refused.value.hint)
    assert time.monotonic() - begun < PATIENCE
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10 < _KEPT


@pytest.mark.usefixtures("hurried")
def test_a_server_that_greets_for_ever_is_given_up() -> None:
    begun = time.monotonic()
    with TellingPostgres(b"", b"", greets=False) as server, pytest.raises(ServerError) as refused:
        instance_at(server).databases()
    shown(refused.value.message, refused.value.hint)
    assert time.monotonic() - begun < PATIENCE
