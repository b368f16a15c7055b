"""A row without room for the whole outcome keeps what proves most."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.tui.look.spans import left
from bak_tui.tui.panes.short_outcomes import short_outcome

RESTORED = JobStatus(
    JobId(416),
    "restore",
    "fence-prod → fence_check",
    JobState.WARN,
    outcome="3.1 GB in 0:01:12 into fence_check, 84 tables, 1,204,331 rows, all counts match; 2 warnings",
)


@pytest.mark.parametrize(
    ("room", "told"),
    [
        (91, RESTORED.outcome),
        (80, "3.1 GB in 0:01:12, 84 tables, 1,204,331 rows, all counts match; 2 warnings"),
        (70, "3.1 GB in 0:01:12, 1,204,331 rows, all counts match; 2 warnings"),
        (52, "3.1 GB in 0:01:12, all counts match; 2 warnings"),
        (40, "3.1 GB, all counts match; 2 warnings"),
        (31, "all counts match; 2 warnings"),
        (20, "all counts match; 2…"),
        (0, ""),
    ],
)
def test_the_least_telling_facts_go_first(room: int, told: str) -> None:
    cell = short_outcome(RESTORED, room)
    assert cell == told.ljust(room)


def test_what_has_no_room_at_all_begins_with_what_proves_most() -> None:
    outcome = (
        '3.1 GB in 0:01:12, 84 tables, 9 rows, all counts match; role "etl" does not exist: 14 grants skipped'
    )
    told = short_outcome(replace(RESTORED, outcome=outcome), 50)
    assert told == 'all counts match; role "etl" does not exist: 14 g…'


def test_where_it_went_stays_when_the_row_does_not_say_so() -> None:
    told = short_outcome(replace(RESTORED, what="fence-prod"), 80)
    assert told.rstrip() == "3.1 GB in 0:01:12 into fence_check, 1,204,331 rows, all counts match; 2 warnings"


@pytest.mark.parametrize(
    "outcome",
    [
        "pg_dump: permission denied for table gecko_audit",
        "verify failed: 5 rows",
        "cancelled after 0:00:41; nothing was left",
        "",
    ],
)
def test_a_sentence_without_such_facts_is_only_cropped(outcome: str) -> None:
    status = replace(RESTORED, outcome=outcome)
    assert short_outcome(status, 60) == outcome.ljust(60)
    assert short_outcome(status, 12) == left(outcome, 12)


def test_names_that_look_like_facts_take_nothing_with_them() -> None:
    """Foreign names may hold anything: the end of the sentence, which says how it went, stays."""
    name = "a, 3 rows, 4 tables"
    outcome = f"3.1 GB in 0:01:12 into {name}, 84 tables, 9 rows, all counts match"
    status = replace(RESTORED, what=f"fence → {name}", outcome=outcome)
    assert short_outcome(status, 50).rstrip() == "3.1 GB in 0:01:12, 9 rows, all counts match"
