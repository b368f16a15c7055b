"""A file that is read while somebody else still writes it."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled, FileProblem
from bak_tui.operations.side_by_side import GivenUp
from bak_tui.services.folder.growing import GrowingFile
from tests.waiting import until

KIB = 1024


class Wanted:
    """A job that nobody cancels."""

    def check(self) -> None:
        """It goes on."""

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_every_byte_comes_once_and_in_order_however_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    content = os.urandom(1000 * KIB + 1)
    with path.open("wb") as writer, GrowingFile(path, Wanted()) as growing, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(lambda: list(iter(lambda: growing.read(64 * KIB), b"")))
        for start in range(0, len(content), 30_000):
            writer.write(content[start : start + 30_000])
            writer.flush()
        until(lambda: not growing.waiting)
        assert not reading.done()
        growing.complete()
        pieces = reading.result(60)
    assert b"".join(pieces) == content
    assert {len(piece) for piece in pieces[:-1]} == {64 * KIB}
    assert path.stat().st_size == len(content)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="holes are made on Linux")
def test_what_was_read_takes_no_disk_any_more(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(1024 * KIB))
    before = path.stat().st_blocks
    with GrowingFile(path, Wanted()) as growing:
        while growing.waiting > 128 * KIB:
            growing.read(64 * KIB)
        assert growing.waiting == 128 * KIB
    assert path.stat().st_blocks <= before // 4


def test_who_waits_for_more_is_woken_by_the_end_of_the_job(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.touch()
    cancellation = GivenUp(Wanted())
    with GrowingFile(path, cancellation) as growing, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(growing.read, 1)
        cancellation.give_up()
        with pytest.raises(Cancelled):
            reading.result(60)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="gone cannot be read"), GrowingFile(tmp_path / "gone", Wanted()):
        pass
