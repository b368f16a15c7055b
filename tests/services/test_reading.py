"""A small file, whatever lies in its place."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bak_tui.services import reading
from bak_tui.services.reading import TooLong, read_whole


def test_a_file_is_read_whole_and_no_longer_than_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 200_000)
    assert read_whole(path, 200_000) == b"x" * 200_000
    with pytest.raises(TooLong):
        read_whole(path, 199_999)
    with pytest.raises(TooLong):
        read_whole(Path("/dev/zero"), 1 << 20)


def test_what_is_no_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path, tmp_path / "loop", tmp_path / "none"):
        with pytest.raises(OSError, match=r".+"):
            read_whole(path, 10)


def test_a_pipe_is_read_until_its_writer_ends(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb") as writer:
            writer.write(b"a" * 100_000)

    thread = threading.Thread(target=write)
    thread.start()
    assert read_whole(pipe, 1 << 20) == b"a" * 100_000
    thread.join()


def test_a_pipe_that_nobody_writes_into_or_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TimeoutError, match="nobody writes"):
        read_whole(pipe, 10)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(TimeoutError, match="does not end"):
            read_whole(pipe, 10, patience=0.1)
    finally:
        os.close(writer)
