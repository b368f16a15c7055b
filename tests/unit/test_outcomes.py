"""What a run exits with (README.md, "Exit codes"), and what its job is called."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import BakError, Cancelled, DumpFailed, ExitCode, ServerError, StoreError
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome, Report, exit_code

OK = Outcome("ok", result=1)
WARN = Outcome("warn", result=2, warnings=("a role is missing",))
SERVER: Outcome[int] = Outcome("gone", error=ServerError("gone"))
STORE: Outcome[int] = Outcome("store", error=StoreError("gone"))
FAILED: Outcome[int] = Outcome("failed", error=DumpFailed("no"), warnings=("and a warning",))
CANCELLED: Outcome[int] = Outcome("cancelled", error=Cancelled())


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((), ExitCode.DONE),
        ((OK,), ExitCode.DONE),
        ((WARN,), ExitCode.PARTIAL),
        ((SERVER,), ExitCode.SERVER),
        ((FAILED,), ExitCode.FAILED),
        ((CANCELLED,), ExitCode.INTERRUPTED),
        ((OK, OK), ExitCode.DONE),
        ((OK, WARN), ExitCode.PARTIAL),
        ((OK, SERVER), ExitCode.PARTIAL),
        ((OK, SERVER, STORE), ExitCode.PARTIAL),
        ((WARN, SERVER), ExitCode.PARTIAL),
        ((WARN, WARN), ExitCode.PARTIAL),
        ((SERVER, SERVER), ExitCode.SERVER),
        ((STORE, STORE), ExitCode.STORE),
        ((SERVER, STORE), ExitCode.FAILED),
        ((FAILED, STORE), ExitCode.FAILED),
        ((CANCELLED, CANCELLED), ExitCode.INTERRUPTED),
    ],
)
def test_a_report_exits_as_the_table_says(outcomes: tuple[Outcome[int], ...], code: ExitCode) -> None:
    assert Report(outcomes).exit_code is code
    assert exit_code([outcome.exit_code for outcome in reversed(outcomes)]) is code


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((), JobState.OK),
        ((OK,), JobState.OK),
        ((OK, WARN), JobState.WARN),
        ((OK, WARN, FAILED), JobState.FAILED),
        ((FAILED, CANCELLED, OK), JobState.CANCELLED),
    ],
)
def test_a_report_is_called_by_the_worst_in_it(outcomes: tuple[Outcome[int], ...], state: JobState) -> None:
    assert Report(outcomes).state is state


def test_results_are_those_of_what_went_well_in_order() -> None:
    assert Report((OK, FAILED, WARN)).results == (1, 2)


def test_an_error_of_any_kind_outweighs_warnings() -> None:
    assert FAILED.state is JobState.FAILED
    assert Outcome("x", error=BakError("x"), warnings=("w",)).exit_code is ExitCode.FAILED
