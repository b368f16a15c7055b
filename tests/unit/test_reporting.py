"""What is printed of a restore that failed: every table's counts, for programs and for people."""

from __future__ import annotations

import json

import pytest

from bak_tui.cli.reporting import print_report
from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import BakError
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.results import Restored

_COMPARISON = Comparison(
    (CountPair("public.b", 1200, 0), CountPair("public.c", 3, None), CountPair("a", 2, 2))
)
_ERRORS: list[BakError] = [
    CountsDiffer(_COMPARISON, "fence"),
    HarmfulComplaints("restoring fence failed: pg_restore was killed by signal 9", (), _COMPARISON),
]


@pytest.mark.parametrize("error", _ERRORS, ids=["counts differ", "pg_restore failed"])
def test_a_failed_restore_prints_what_is_missing_table_by_table(
    error: BakError, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome: Outcome[Restored] = Outcome("fence.sql", error=error)
    print_report("restore", Report((outcome,)), is_json=True, is_quiet=False)
    (told,) = json.loads(capsys.readouterr().out)["outcomes"]
    counts = [
        (each["table"], each["expected"], each["restored"], each["difference"]) for each in told["counts"]
    ]
    assert counts == [("public.b", 1200, 0, -1200), ("public.c", 3, None, -3), ("a", 2, 2, 0)]
    print_report("restore", Report((outcome,)), is_json=False, is_quiet=False)
    said = capsys.readouterr().err
    assert "2 of 3 tables do not hold what was backed up: 1,203 rows are missing" in said
    assert "public.b: 1,200 backed up, 0 restored" in said
    assert "public.c: 3 backed up, no table restored" in said


def test_a_failure_that_nobody_could_count_claims_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    outcome: Outcome[Restored] = Outcome("fence.sql", error=HarmfulComplaints("it failed", ()))
    print_report("restore", Report((outcome,)), is_json=True, is_quiet=False)
    (told,) = json.loads(capsys.readouterr().out)["outcomes"]
    assert "counts" not in told
