"""The journal: on disk before the thing exists, gone with it, shared safely, and never a reason to fail."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bak_tui.core.journal import (
    Entry,
    FileTrace,
    Life,
    Process,
    UploadTrace,
    life_of,
    parse_entry,
    without_user,
)
from bak_tui.core.objects import OpenUpload
from bak_tui.services.journal import Journal
from bak_tui.services.journal.process import started, this_process

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UPLOAD = UploadTrace("https://s3.example.org", "backups", "a/a-20261123T120000Z.sql", "0123456789abcdef")
OURS = Process(7, "100", "db1", "boot-1", "pid:[1]")
ENTRY = Entry("0011", "bak-12345678", OURS, NOW, UPLOAD)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state")


def test_an_entry_is_there_while_its_thing_is_in_the_making_and_only_for_the_user(journal: Journal) -> None:
    before = os.umask(0)
    try:
        with journal.entry(UPLOAD, "bak-12345678") as entry:
            (file,) = journal.folder.iterdir()
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700
            entry.begun(OpenUpload(UPLOAD.key, "id-1", NOW))
            ((told, life),) = Journal(journal.folder.parent).past().entries
            assert told.trace == replace(UPLOAD, upload_id="id-1")
            assert told.job == "bak-12345678"
            assert life is Life.ALIVE
    finally:
        os.umask(before)
    assert list(journal.folder.iterdir()) == []


def test_an_entry_outlives_its_run_while_an_answer_is_lost(journal: Journal) -> None:
    with journal.entry(UPLOAD) as entry:
        entry.unanswered()
        ((told, life),) = Journal(journal.folder.parent).past().entries
        assert told.trace == replace(UPLOAD, has_lost_answer=True)
        entry.answered()
    assert journal.past().entries == ()
    with journal.entry(UPLOAD) as entry:
        entry.unanswered()
    ((told, life),) = journal.past().entries
    assert (told.is_abandoned, life) == (True, Life.DEAD)


def test_an_entry_outlives_a_failure_only_when_something_remains(journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), journal.entry(UPLOAD):
        raise ZeroDivisionError
    assert journal.past().entries == ()
    with journal.entry(UPLOAD) as entry:
        entry.remains()
    ((told, life),) = journal.past().entries
    assert (told.is_abandoned, life) == (True, Life.DEAD)
    journal.close(told.id)
    assert journal.past().entries == ()


def test_the_entry_of_a_killed_process_is_a_dead_ones(journal: Journal) -> None:
    program = (
        "import os, sys, pathlib; from bak_tui.services.journal import Journal;"
        "from bak_tui.core.journal import FileTrace\n"
        "with Journal(pathlib.Path(sys.argv[1])).entry(FileTrace('file:///x')): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, journal.folder.parent], check=False)
    assert done.returncode == -9
    ((told, life),) = journal.past().entries
    assert (told.trace, life) == (FileTrace("file:///x"), Life.DEAD)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1}', b"\xff\0", b"[" * 9000]
)
def test_a_damaged_entry_is_named_and_kept_aside(journal: Journal, body: bytes) -> None:
    journal.folder.mkdir(parents=True)
    (journal.folder / "aa.json").write_bytes(body)
    with journal.entry(UPLOAD):
        past = journal.past()
    assert [entry.trace for entry, _ in past.entries] == [UPLOAD]
    assert "aa.json.damaged" in past.problems[0]
    assert (journal.folder / "aa.json.damaged").read_bytes() == body
    assert "aa.json.damaged" in journal.past().problems[0]


def test_a_journal_that_cannot_be_written_says_so_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    journal = Journal(tmp_path / "state")
    with journal.entry(UPLOAD) as entry:
        entry.begun(OpenUpload(UPLOAD.key, "id", NOW))
    assert journal.problem is not None
    assert "BAK_STATE_DIR" in journal.problem


def test_an_entry_reads_back_as_it_was_written() -> None:
    assert parse_entry(ENTRY.to_json(), "x") == ENTRY


@pytest.mark.parametrize(
    ("here", "now_started", "life"),
    [
        (OURS, "100", Life.ALIVE),
        (OURS, None, Life.DEAD),
        (OURS, "200", Life.DEAD),  # the number was given to another process
        (replace(OURS, boot="boot-2"), "100", Life.DEAD),  # restarted since
        (replace(OURS, host="renamed"), "100", Life.ALIVE),
        (replace(OURS, namespace="pid:[2]"), None, Life.UNKNOWN),  # another container
        (replace(OURS, host="db2", boot="boot-9"), None, Life.UNKNOWN),
    ],
)
def test_life_is_told_by_number_start_boot_and_namespace(
    here: Process, now_started: str | None, life: Life
) -> None:
    assert life_of(ENTRY.process, here, now_started) is life


def test_what_a_process_turned_away_from_is_nobodys(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.entry(UPLOAD):
        assert [life for _, life in journal.past().entries] == [Life.ALIVE]
    with journal.entry(UPLOAD) as entry:
        entry.remains()
    assert [life for _, life in journal.past().entries] == [Life.DEAD]


def test_a_process_is_known_by_when_it_was_started() -> None:
    here = this_process()
    assert here.started
    assert started(os.getpid()) == here.started
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert started(ended.pid) is None  # a zombie
    ended.wait()
    assert started(ended.pid) is None


def test_an_endpoint_keeps_no_password() -> None:
    assert without_user("https://user:secret@s3.example.org:9000/x") == "https://s3.example.org:9000/x"
    assert without_user("http://127.0.0.1:80") == "http://127.0.0.1:80"
