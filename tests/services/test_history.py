"""The job history: nothing is lost to restarts, kills, several writers or damage."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bak_tui.core import redaction
from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import Cancelled, DumpFailed, FileProblem
from bak_tui.core.jobs import JobId, JobState, JobStatus, LogLine
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.recorded import RecordedResult
from bak_tui.core.recorded_counts import MOST_COUNTS, JobCounts
from bak_tui.core.recorded_log import LONGEST
from bak_tui.core.secret import Secret
from bak_tui.services.history import History
from bak_tui.services.history.job_files import JobFiles
from bak_tui.services.jobs import Job, JobEngine
from bak_tui.services.state_folder import state_folder
from tests.waiting import PATIENCE

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "state", kept=40)


@pytest.fixture
def engine(history: History) -> Iterator[JobEngine]:
    engine = JobEngine(recorder=history, now=lambda: NOON)
    yield engine
    engine.close()


def ended(number: int, outcome: str = "fine", state: JobState = JobState.OK) -> JobStatus:
    return JobStatus(JobId(number), "backup", "fence", state, outcome=outcome, finished=NOON)


def numbers(history: History) -> list[int]:
    return [job.number for job in history.read().jobs]


def test_what_is_recorded_is_read_back_newest_first(history: History) -> None:
    report: Report[object] = Report(
        (
            Outcome("a", result=1, warnings=("a role is missing",)),
            Outcome("b\n", error=DumpFailed("no", hint="by hand", left="nothing", kind="empty_dump")),
        )
    )
    status = JobStatus(
        JobId(7),
        "backup",
        "2 databases",
        JobState.FAILED,
        warnings=("a role is missing",),
        outcome="1 of 2 backed up",
        submitted=NOON,
        started=NOON,
        finished=NOON,
        profile="gen3",
    )
    history.record(ended(6), None)
    history.record(status, report)
    newest, oldest = history.read().jobs
    assert oldest.number == 6
    assert (newest.number, newest.profile, newest.state, newest.exit_code) == (7, "gen3", JobState.FAILED, 3)
    assert (newest.submitted, newest.started, newest.finished) == (NOON, NOON, NOON)
    assert [(item.subject, item.state, item.error_kind) for item in newest.items] == [
        ("a", JobState.WARN, None),
        ("b\\n", JobState.FAILED, "empty_dump"),
    ]
    assert newest.pid == os.getpid()
    assert newest.host
    assert replace(newest.status, error=None) == status
    error = newest.status.error
    assert error is not None, "what its databases failed with is kept, and what to try"
    assert (error.message, error.hint, error.left, error.kind) == ("no", "by hand", "nothing", "empty_dump")
    assert [job.number for job in history.read(1).jobs] == [7]


@dataclass(frozen=True)
class Came:
    """What a database came to."""

    sentence: str = "3 MB"
    size: int = 3_000_000
    rows: int | None = 7
    tables: int | None = 2
    place: str = "s3://bucket/\x1b[31m"


def test_what_became_of_each_is_told_again_as_it_was(history: History) -> None:
    outcomes: tuple[Outcome[object], ...] = (
        Outcome("well", Came()),
        Outcome("warned", Came(tables=None), warnings=tuple(f"warning {each}" for each in range(9))),
        Outcome("failed", error=DumpFailed("no", hint="by hand", left="nothing", kind="empty_dump")),
        Outcome("stopped", error=Cancelled(left="nothing was left")),
    )
    history.record(ended(1), Report(outcomes, ("a note",)))
    (job,) = history.read().jobs
    told = job.report
    assert told is not None
    assert told.notes == ("a note",)
    assert [(each.subject, each.state) for each in told.outcomes] == [
        (each.subject, each.state) for each in outcomes
    ]
    well, warned, failed, stopped = told.outcomes
    assert well.result == RecordedResult("3 MB", 3_000_000, 7, 2, "s3://bucket/\\x1b[31m")
    assert warned.warnings == (*(f"warning {each}" for each in range(5)), "and 4 more")
    assert failed.error is not None
    assert (str(failed.error), failed.error.hint, failed.error.left) == ("no", "by hand", "nothing")
    assert isinstance(stopped.error, Cancelled)
    assert stopped.error.left == "nothing was left"


@dataclass(frozen=True)
class Restored(Came):
    """One that was compared."""

    comparison: Comparison | None = None


def compared(number: int, *differing: int) -> Comparison:
    """So many tables, the differing first, as a restore has them."""
    pairs = [CountPair(f"public.t{each}", each, each - (each in differing), 8192) for each in range(number)]
    return Comparison(tuple(sorted(pairs, key=lambda pair: pair.matches)))


def test_what_was_counted_of_each_table_is_kept_beside_the_record_and_read_when_it_is_asked_for(
    history: History,
) -> None:
    well, bad = compared(3), compared(3, 2)
    outcomes: tuple[Outcome[object], ...] = (
        Outcome("well\n", Restored(comparison=well)),
        Outcome("bad", error=CountsDiffer(bad, "bad")),
        Outcome("bare", Came()),
    )
    history.record(ended(1), Report(outcomes))
    history.record(ended(2), Report(outcomes[2:]))
    past = history.read()
    files = past.files
    assert files is not None
    counts = files.counts(1)
    assert counts is not None
    told = past.jobs[1].report
    assert told is not None
    kept = [counts.of(each.subject) for each in told.outcomes]
    assert [each and (each.tables, each.matching, each.pairs) for each in kept] == [
        (3, 3, well.pairs),
        (3, 2, bad.pairs),
        None,
    ]
    assert files.counts(2) is None
    assert "public.t" not in (history.folder / "history.jsonl").read_text().replace("public.t2", "", 1)
    (history.folder / "counts/1.json").write_text("[]")
    assert files.counts(1) is None, "what cannot be read is as good as none"


def test_a_jobs_log_is_kept_without_secrets_and_of_a_long_one_its_end(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Secret("tr0ub4dor")
    monkeypatch.setattr(redaction, "living_secrets", lambda: [secret])  # none that another test has left
    lines = (
        LogLine(NOON, "bak", "dumping", subject="fence"),
        LogLine(NOON, "pg_dump", f"password={secret.reveal()} was\tno\nuse", is_error=True, subject="fence"),
    )
    history.record(ended(1), None, lines)
    files = history.read().files
    assert files is not None
    kept, place = files.log(1), files.log_place(1)
    assert kept[0] == lines[0]
    assert place is not None
    assert (kept[1].text, kept[1].is_error) == ("password=••• was\\tno\\nuse", True)
    assert secret.reveal().encode() not in place.read_bytes()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    history.record(ended(2), None, [LogLine(NOON, "bak", f"{number} {'x' * 900}") for number in range(2000)])
    long = files.log(2)
    assert long[-1].text.startswith("1999 ")
    assert all(line.source == "bak" for line in long), "it begins with a whole line"
    assert place.with_name("2.log").stat().st_size <= LONGEST
    assert (files.log(3), files.log_place(3)) == ((), None)


def test_counts_are_bounded_the_differing_stay_and_those_of_the_oldest_jobs_go(history: History) -> None:
    many = compared(MOST_COUNTS + 5, MOST_COUNTS)
    history.record(ended(1), Report((Outcome("many", Restored(comparison=many)),)))
    found = history.read().files
    counts = found.counts(1) if found else None
    item = counts.of("many") if counts else None
    assert item is not None
    assert (item.tables, item.matching, len(item.rows)) == (MOST_COUNTS + 5, MOST_COUNTS + 4, MOST_COUNTS)
    assert item.pairs[0].name == f"public.t{MOST_COUNTS}"
    files = JobFiles(history.folder, kept=2)
    (history.folder / "counts/note.txt").touch()
    for number in (2, 10, 9):
        files.keep(number, JobCounts(), b"x\n")
    assert {str(path.relative_to(history.folder)) for path in history.folder.glob("*/*")} == {
        *("counts/9.json", "counts/10.json", "counts/note.txt"),
        *("logs/9.log", "logs/10.log"),
    }


def test_what_is_kept_of_one_job_is_bounded_and_the_worst_of_it_is_kept(history: History) -> None:
    endless = "x" * 2000
    outcomes: list[Outcome[object]] = [Outcome(f"d{each}", Came(endless)) for each in range(3000)]
    outcomes[2999] = Outcome("d2999", error=DumpFailed(endless, hint=endless, left=endless))
    history.record(ended(1), Report(tuple(outcomes)))
    assert (history.folder / "history.jsonl").stat().st_size < 200_000
    (job,) = history.read().jobs
    report = job.report
    assert report is not None
    assert [each.subject for each in report.outcomes] == [*(f"d{each}" for each in range(199)), "d2999"]
    assert report.notes == ("not kept one by one: 2,800 more",)


def test_a_record_of_an_earlier_version_tells_what_it_has(history: History) -> None:
    history.record(ended(1), None)
    item = {"subject": "fence", "state": "OK", "outcome": "3 MB, 2 tables"}
    line = {"number": 2, "verb": "backup", "what": "fence", "state": "OK", "items": [item]}
    with (history.folder / "history.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    newest = history.read().jobs[0].report
    assert newest is not None
    assert newest.outcomes[0].result == RecordedResult("3 MB, 2 tables", None, None, None, "")


def test_an_error_is_kept_with_its_hint(history: History) -> None:
    error = DumpFailed("pg_dump was killed", hint="look at the log", kind="killed")
    history.record(JobStatus(JobId(1), "backup", "x", JobState.FAILED, error=error, outcome=str(error)), None)
    (job,) = history.read().jobs
    assert (job.error_kind, job.exit_code) == ("killed", 1)
    assert job.status.error is not None
    assert job.status.error.hint == "look at the log"


def test_every_job_of_the_engine_is_on_record_before_its_end_is_told(
    engine: JobEngine, history: History
) -> None:
    def fails(_job: Job[int]) -> int:
        raise DumpFailed("no")

    def breaks(_job: Job[int]) -> int:
        raise RuntimeError("defect")

    for work in (lambda _job: 1, fails, breaks):
        job = engine.submit("backup", "x", work, profile="p")
        job.wait()
        newest = history.read().jobs[0]
        assert newest.number == job.id
        assert newest.state is job.status.state
        assert newest.outcome == job.status.outcome
        assert newest.profile == "p"
    assert [job.state for job in history.read().jobs] == [JobState.FAILED, JobState.FAILED, JobState.OK]
    assert history.read().jobs[0].error_kind == "defect"


def test_a_cancelled_job_is_on_record(engine: JobEngine, history: History) -> None:
    begun = threading.Event()

    def waits(job: Job[int]) -> int:
        begun.set()
        job.task("x").sleep(60)
        return 1

    job = engine.submit("backup", "x", waits)
    begun.wait(PATIENCE)
    engine.cancel(job)
    job.wait()
    (recorded,) = history.read().jobs
    assert (recorded.state, recorded.exit_code) == (JobState.CANCELLED, 130)
    assert recorded.outcome == "cancelled after 0:00:00"


def test_a_job_ends_well_even_when_it_cannot_be_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    engine = JobEngine(recorder=History(tmp_path / "file" / "state"))
    jobs = [engine.submit("try", "x", lambda _job: 7) for _ in range(2)]
    assert [job.result() for job in jobs] == [7, 7]
    assert len({job.id for job in jobs}) == 2
    engine.close()
    assert "not in the history" in caplog.text


def test_numbers_go_on_over_restarts(tmp_path: Path) -> None:
    assert [History(tmp_path).next_number() for _ in range(3)] == [1, 2, 3]


def test_numbers_are_unique_among_threads_and_processes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bak_tui.services.history import History;"
        "h = History(Path(sys.argv[1])); print(*[h.next_number() for _ in range(40)])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE) for _ in range(2)
    ]
    with ThreadPoolExecutor(4) as pool:
        ours = list(pool.map(lambda _: History(tmp_path).next_number(), range(40)))
    theirs = [int(word) for process in started for word in process.communicate()[0].split()]
    assert sorted(ours + theirs) == list(range(1, 121))


@pytest.mark.parametrize("damage", ["gibberish", "", "-7", "9" * 40, "9" * 5000])
def test_a_lost_or_damaged_counter_goes_on_from_the_history(history: History, damage: str) -> None:
    history.record(ended(41), None)
    assert history.next_number() == 42
    (history.folder / "last-job").write_text(damage)
    assert history.next_number() == 42
    kept = [path.read_text() for path in history.folder.glob("last-job.damaged-*")]
    assert kept == [damage]
    (history.folder / "last-job").unlink()
    assert history.next_number() == 42


def test_lines_of_several_writers_do_not_mix(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: History(tmp_path).record(ended(n, "x" * 5000), None), range(1, 101)))
    past = History(tmp_path).read()
    assert [job.number for job in past.jobs] == list(range(100, 0, -1))
    assert past.problems == ()


@pytest.mark.parametrize(
    "damage",
    [
        b"gibberish",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"number": "x", "verb": "v", "what": "w", "state": "OK"}',
        b'{"number": 1, "verb": "v", "what": "w", "state": "RUN"}',
        b'{"number": 1, "verb": "v", "what": "w", "state": "OK"',
        b'{"number": 99999999999999999999999, "verb": "v", "what": "w", "state": "OK", "pid": 1e999}',
        b"[" * 5000,
    ],
)
def test_a_damaged_line_is_named_and_hides_no_other(history: History, damage: bytes) -> None:
    history.record(ended(1), None)
    with (history.folder / "history.jsonl").open("ab") as file:
        file.write(damage)  # and no line end: whoever wrote it was killed
    history.record(ended(2), None)
    past = history.read()
    assert [job.number for job in past.jobs] == [2, 1]
    (problem,) = past.problems
    assert "history.jsonl: 1 of its lines cannot be read, the first is 2" in problem


def test_the_oldest_are_forgotten_and_damaged_lines_put_aside(history: History) -> None:
    history.record(ended(1), None)
    file = history.folder / "history.jsonl"
    file.write_bytes(b"damaged\n" + file.read_bytes())
    for number in range(2, 202):
        history.record(ended(number), None)
    assert numbers(history) == list(range(201, 161, -1))
    assert len(file.read_bytes().splitlines()) <= 42
    assert (history.folder / "history.damaged.jsonl").read_bytes() == b"damaged\n"
    assert "history.damaged.jsonl" in history.read().problems[0]


def test_fields_of_a_later_version_survive(history: History) -> None:
    history.record(ended(1), None)
    file = history.folder / "history.jsonl"
    line = {**json.loads(file.read_text()), "number": 200, "later": [1]}
    file.write_text("".join(json.dumps({**line, "number": n}) + "\n" for n in range(100, 200)))
    history.record(ended(200), None)
    assert b'"later": [1]' in file.read_bytes()
    assert len(file.read_bytes().splitlines()) == 40


def test_a_history_that_is_a_folder_is_a_problem_told(history: History) -> None:
    (history.folder / "history.jsonl").mkdir(parents=True)
    past = history.read()
    assert past.jobs == ()
    assert "history.jsonl" in past.problems[0]
    with pytest.raises(FileProblem):
        history.record(ended(1), None)


def test_reading_makes_nothing(history: History) -> None:
    assert history.read().jobs == ()
    assert not history.folder.exists()


def test_everything_is_for_the_user_alone_whatever_the_umask(history: History) -> None:
    before = os.umask(0)
    try:
        for _ in range(3):
            history.record(ended(history.next_number()), None)
        os.umask(0o777)
        deep = History(history.folder / "a" / "b")
        deep.record(ended(deep.next_number()), None)
    finally:
        os.umask(before)
    for path in (history.folder, *history.folder.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_hostile_text_is_kept_as_visible_text(history: History) -> None:
    job = JobEngine()
    try:
        work = job.submit("try", "esc \x1b[31m \udcff", lambda _job: 1)
        work.wait()
        history.record(work.status, None)
    finally:
        job.close()
    (recorded,) = history.read().jobs
    assert recorded.what == "esc \\x1b[31m \\udcff"
    file = history.folder / "history.jsonl"
    file.write_text(json.dumps({"number": 1, "verb": "\x1b", "what": "\x07", "state": "OK"}) + "\n")
    assert history.read().jobs[0].status.what == "\\x07"


def test_the_state_folder_is_the_platforms_unless_named(tmp_path: Path) -> None:
    assert state_folder({"BAK_STATE_DIR": str(tmp_path)}) == tmp_path
    assert state_folder({}).name in {"bak-tui", "log"}
    assert state_folder({}).is_absolute()


def test_a_cancelled_wait_is_told_as_one(engine: JobEngine) -> None:
    report: Report[int] = Report((Outcome("a", result=1), Outcome("b", error=Cancelled())))
    job = engine.submit("backup", "x", lambda _job: report)
    job.wait()
    assert job.status.state is JobState.CANCELLED
    assert job.status.outcome == "cancelled after 0:00:00, 1 of 2 backed up"


def test_a_history_that_leads_to_a_device_leaves_the_device_to_everybody(
    history: History, tmp_path: Path
) -> None:
    null = tmp_path / "null"
    try:
        os.mknod(null, stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices are made by root only")
    null.chmod(0o666)
    history.folder.mkdir()
    (history.folder / "history.jsonl").symlink_to(null)
    with suppress(FileProblem):  # it cannot be written for certain
        history.record(ended(1), None)
    assert stat.S_IMODE(null.stat().st_mode) == 0o666
