"""A file of ours is replaced whole or not at all; what a killed process was writing is nobody's at once."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bak_tui.core.journal import FileTrace
from bak_tui.services.history import History
from bak_tui.services.journal import Journal, ProcessTable
from bak_tui.services.last_place import LastPlaceFile
from bak_tui.services.replacing import forget_drafts, replace_file

KILLED = """
import os, pathlib, signal, sys
from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.journal import FileTrace
from bak_tui.core.last_place import NOWHERE
from bak_tui.services.history import History
from bak_tui.services.journal import Journal, ProcessTable
from bak_tui.services.last_place import LastPlaceFile

state = pathlib.Path(sys.argv[2])
history = History(state, processes=ProcessTable())
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
match sys.argv[1]:
    case "journal":
        Journal(state).entry(FileTrace("file:///x")).__enter__()
    case "last-job":
        history.next_number()
    case "begun":
        history.begin(JobStatus(JobId(7), "backup", "new", JobState.RUN))
    case "last-place":
        LastPlaceFile(state).keep(NOWHERE)
"""


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("what", ["journal", "last-job", "begun", "last-place"])
def test_what_a_killed_process_was_writing_goes_with_the_next_look(tmp_path: Path, what: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, what, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (draft,) = files(tmp_path) - {"history.lock"}
    assert draft.startswith("."), draft
    Journal(tmp_path).past()
    history = History(tmp_path, processes=ProcessTable())
    history.next_number()
    history.read()
    LastPlaceFile(tmp_path).keep(LastPlaceFile(tmp_path).read())
    assert files(tmp_path) == {"history.lock", "last-job", "last-place.json"}


def test_what_somebody_still_writes_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync
    seen: list[set[str]] = []

    def look(handle: int) -> None:
        forget_drafts(tmp_path)
        seen.append(files(tmp_path))
        sync(handle)

    monkeypatch.setattr(os, "fsync", look)
    replace_file(tmp_path / "place", b"whole")
    assert seen[0] != set()
    assert (tmp_path / "place").read_bytes() == b"whole"
    assert files(tmp_path) == {"place"}


def test_a_draft_that_was_taken_before_it_was_locked_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    taken: list[bool] = []

    def late(handle: int, how: int) -> None:
        if not taken:
            taken.append(True)
            forget_drafts(tmp_path)
            assert files(tmp_path) == set()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    replace_file(tmp_path / "place", b"whole")
    assert taken
    assert (tmp_path / "place").read_bytes() == b"whole"
    assert files(tmp_path) == {"place"}


def test_without_locks_only_an_old_draft_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none_here)
    for name in (".place.01234567", ".place.89abcdef"):
        (tmp_path / name).write_bytes(b"half")
    os.utime(tmp_path / ".place.01234567", (0, 0))
    replace_file(tmp_path / "place", b"whole")
    assert files(tmp_path) == {"place", ".place.89abcdef"}


def test_nothing_but_drafts_of_that_name_is_taken(tmp_path: Path) -> None:
    others = {".other.01234567", ".place", ".place.0123456", ".place.0123456g", "place.01234567"}
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / ".place.00000000").symlink_to(tmp_path / ".other.01234567")
    (tmp_path / ".place.11111111").mkdir()
    before = os.umask(0)
    try:
        replace_file(tmp_path / "place", b"whole")
    finally:
        os.umask(before)
    assert files(tmp_path) >= {"place", *others}
    assert (tmp_path / ".place.11111111").is_dir()
    assert stat.S_IMODE((tmp_path / "place").stat().st_mode) == 0o600


def test_the_journal_reads_no_draft(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.entry(FileTrace("file:///x")):
        (journal.folder / ".0123456789abcdef.json.01234567").write_bytes(b"{")
        past = journal.past()
    assert (len(past.entries), past.problems) == (1, ())
