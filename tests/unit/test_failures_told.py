"""What a failed job says of itself in its log and in its result: what is left, why, and what to try."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from bak_tui.core.comparison import DROPPED_AGAIN, Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import BakError, DumpFailed, RestoreFailed, ServerError, defect
from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.titles import dump_words
from bak_tui.services.jobs import Job
from bak_tui.services.pgtools import Category, Complaint
from bak_tui.tui.dialogs.log_head import failures_of, head
from bak_tui.tui.dialogs.result_counts import result_of
from tests.scenes.jobs import RESTORED_OK

ERRORS = (
    DumpFailed("pg_dump stopped", hint="mend it", left="nothing was left behind"),
    ServerError("the server is gone"),
    RestoreFailed("it was given up", hint="begin again"),
    defect("restore", ValueError("x")),
)


class Ended:
    """A job whose databases have failed like that."""

    def __init__(self, *errors: BakError) -> None:
        self._report: Report[object] = Report(
            tuple(Outcome(f"db{number}", error=each) for number, each in enumerate(errors))
        )

    def result(self) -> Report[object]:
        return self._report


def told(*errors: BakError, status: JobStatus | None = None) -> str:
    status = status or JobStatus(JobId(1), "backup", "it", JobState.FAILED, outcome="it failed")
    job = cast("Job[Any]", Ended(*errors))
    lines = head(status, failures_of(status, job if errors else None), 100)
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_failed_job_says_what_to_try_and_what_is_left(error: BakError) -> None:
    text = told(error)
    assert f"what       {error.message}" in text
    assert f"try        {error.hint or 'look at the log'}" in text
    assert ("left       nothing was left behind" in text) == bool(error.left)


def test_of_several_databases_each_is_told_with_its_own_and_the_rest_by_name() -> None:
    text = told(*(DumpFailed(f"no {number}", hint=f"mend {number}") for number in range(5)))
    for number in range(3):
        assert f"what       db{number}: no {number}\ntry        mend {number}" in text
    assert "also       db3, db4" in text
    assert "no 3" not in text


def test_a_job_of_an_earlier_session_says_the_same() -> None:
    error = DumpFailed("no", hint="mend it", left="nothing")
    status = JobStatus(JobId(1), "backup", "it", JobState.FAILED, error=error, outcome="no")
    assert "what       no\ntry        mend it\nleft       nothing" in told(status=status)


DIFFER = CountsDiffer(Comparison((CountPair("public.t", 3, 1),)), "fence")
HARM = HarmfulComplaints("restoring fence failed", [Complaint(Category.DATA, "COPY failed for table t")])


@pytest.mark.parametrize("error", [DIFFER, HARM], ids=["counts", "complaints"])
def test_the_result_of_a_failed_restore_says_what_is_left_and_what_to_try(error: BakError) -> None:
    result = result_of(Outcome("fence.sql", error=error))
    assert result is not None
    facts = dict(result.facts)
    assert facts["left"] == DROPPED_AGAIN
    assert facts["try"] == error.hint
    assert "verify the backup" in facts["try"]


def test_the_result_of_a_restore_without_counts_says_once_that_nothing_was_compared() -> None:
    held = RESTORED_OK.result
    assert isinstance(held, Restored)
    bare = replace(held, loaded=replace(held.loaded, comparison=None))
    result = result_of(replace(RESTORED_OK, result=bare, warnings=("the dump has no manifest",)))
    assert result is not None
    assert "nothing to compare its rows with" in result.sentence
    assert [label for label, _ in result.facts] == ["restored", "▲ warning"]


@pytest.mark.parametrize("category", Category)
def test_there_is_something_to_try_for_everything_pg_restore_complains_of(category: Category) -> None:
    error = HarmfulComplaints("it failed", [Complaint(category, "x")])
    assert error.hint
    assert DROPPED_AGAIN not in error.hint


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a/indexd-prod/indexd-prod-20261123T120000Z.sql", "indexd-prod 2026-11-23 12:00 UTC"),
        ("x/~5Bb~5D/~5Bb~5D-20261123T120000Z.dir", "[b] 2026-11-23 12:00 UTC"),
        ("some/your_database.sql", "some/your_database.sql"),
    ],
)
def test_a_dump_is_called_by_its_database_and_time_where_its_key_has_one(path: str, words: str) -> None:
    assert dump_words(path) == words
