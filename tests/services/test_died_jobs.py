"""kill -9 in the middle of jobs: whoever reads the history next is told of each, once, and it stays there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.operations.wiring import real_history
from bak_tui.services.jobs import JobEngine
from tests.waiting import until

AT_WORK = """
import os, sys, threading
from pathlib import Path
from bak_tui.operations.wiring import real_history
from bak_tui.services.jobs import JobEngine

engine = JobEngine(width=2, recorder=real_history(Path(sys.argv[1])))

def works(job):
    os.write(1, b"works\\n")
    threading.Event().wait()

engine.submit("dump", "arborist", lambda job: 1, profile="gen3").wait()
engine.submit("backup", "fence", works, profile="gen3")
engine.submit("verify", "x\\x1b[31m", works, profile="gen3")
engine.submit("prove", "gecko", works, profile="gen3")
threading.Event().wait()
"""


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with one job done, two at work and one that waits."""
    process = subprocess.Popen([sys.executable, "-c", AT_WORK, tmp_path], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        with process.stdout:
            assert [process.stdout.readline() for _ in range(2)] == ["works\n"] * 2
        yield process
    finally:
        killed(process)


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL


def test_jobs_whose_process_died_are_told_once_and_stay_in_the_history(
    at_work: subprocess.Popen[str], tmp_path: Path
) -> None:
    history = real_history(tmp_path)
    until(lambda: len(list((tmp_path / "begun").iterdir())) == 3)
    alive = history.read()
    assert ([job.number for job in alive.jobs], alive.died) == ([1], ()), "whoever lives is left alone"
    killed(at_work)
    told = history.read()
    assert told.problems == ()
    assert [(job.number, job.verb, job.state, job.error_kind) for job in told.died] == [
        (2, "backup", JobState.FAILED, "died"),
        (3, "verify", JobState.FAILED, "died"),
        (4, "prove", JobState.FAILED, "died"),
    ]
    runs, hostile, waits = told.died
    assert f"died while it ran: process {at_work.pid} on " in runs.outcome
    assert "bak doctor" in runs.hint
    assert hostile.what.isprintable()
    assert waits.outcome.startswith("never began: process")
    assert [job.number for job in told.jobs] == [4, 3, 2, 1]
    again = real_history(tmp_path).read()
    assert (again.jobs, again.died) == (told.jobs, ())
    assert list((tmp_path / "begun").iterdir()) == []


def test_a_job_that_was_killed_just_after_its_record_did_not_die(tmp_path: Path) -> None:
    history = real_history(tmp_path)
    engine = JobEngine(recorder=history)
    job = engine.submit("backup", "fence", lambda _job: 1)
    job.wait()
    engine.close()
    history.begin(job.status)  # as if its file had not gone yet
    file = tmp_path / "begun" / f"{job.id}.json"
    file.write_text(file.read_text().replace(f'"pid":{os.getpid()}', '"pid":999999999'))
    past = history.read()
    assert [(each.number, each.state) for each in past.jobs] == [(job.id, JobState.OK)]
    assert past.died == ()
    assert not file.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"[" * 5000),
        lambda file: file.symlink_to("/etc/passwd"),
        os.mkfifo,
    ],
    ids=["empty", "nested", "link", "pipe"],
)
def test_what_is_no_begun_job_is_no_job(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    history = real_history(tmp_path)
    (tmp_path / "begun").mkdir()
    damage(tmp_path / "begun" / "7.json")
    assert history.read() == history.read()
    assert history.read().jobs == ()
    assert Path("/etc/passwd").exists()
