"""A child's output loses nothing and holds nothing up, however it is written."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import sys
import threading
from collections.abc import Iterator
from typing import IO, NoReturn

import pytest

from bak_tui.services.pgtools.output import Output

KIB = 1024
WRITTEN_AT_ONCE = 4 * KIB
"""pg_dump's pieces."""
ENDLESS = 600.0


@pytest.fixture
def ends() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Where a child writes, and where we read."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as ours, os.fdopen(writing, "wb", buffering=0) as theirs:
        yield theirs, ours


def all_of(output: Output, size: int) -> bytes:
    """Everything to the end, and that it is the end."""
    pieces = []
    while output.comes(ENDLESS) and (piece := output.read(size)):
        assert len(piece) <= size
        pieces.append(piece)
    assert output.comes(0)
    assert output.read(size) == b""
    return b"".join(pieces)


def writing_in_pieces(theirs: IO[bytes], data: bytes) -> threading.Thread:
    def write() -> None:
        view, chance = memoryview(data), random.Random(7)  # noqa: S311
        with theirs:
            while view:
                view = view[os.write(theirs.fileno(), view[: chance.choice((1, 100, 4096, 60_000))]) :]

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes pipes wider")
def test_small_pieces_that_are_there_come_in_one_read(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    theirs, ours = ends
    output = Output(ours)
    pieces = [bytes([number]) * WRITTEN_AT_ONCE for number in range(64)]
    for piece in pieces:  # four times what a pipe usually holds: nobody reads yet, and nobody waits
        theirs.write(piece)
    assert output.read(KIB * KIB) == b"".join(pieces)


def test_no_more_comes_than_was_asked_for(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    theirs, ours = ends
    output = Output(ours)
    theirs.write(b"abcdefgh")
    assert output.read(3) == b"abc"
    assert output.read(100) == b"defgh"


def test_nothing_and_the_end_are_two_things(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    theirs, ours = ends
    output = Output(ours)
    assert not output.comes(0)
    theirs.close()
    assert output.comes(ENDLESS)
    assert output.read(10) == b""


@pytest.mark.parametrize("size", [1000, 256 * KIB])
def test_all_bytes_come_in_order_however_they_were_written(
    ends: tuple[IO[bytes], IO[bytes]], size: int
) -> None:
    theirs, ours = ends
    data = random.Random(size).randbytes(3_000_000)  # noqa: S311
    output = Output(ours)
    thread = writing_in_pieces(theirs, data)
    found = all_of(output, size)
    thread.join()
    assert found == data


def test_a_pipe_that_may_not_be_wide_does_as_well(
    ends: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def refuse(*asked: object) -> NoReturn:
        refused.append(asked)
        raise OSError(errno.EPERM, "Operation not permitted")

    theirs, ours = ends
    monkeypatch.setattr(fcntl, "fcntl", refuse)
    output = Output(ours)
    assert len(refused) == (sys.platform == "linux")
    data = random.Random(1).randbytes(500_000)  # noqa: S311
    thread = writing_in_pieces(theirs, data)
    found = all_of(output, 64 * KIB)
    thread.join()
    assert found == data
