"""`enter` on a finished job of several: each one's outcome, worst first, and why; `L` goes on to the log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.recorded import record_of
from bak_tui.core.recorded_counts import counts_of
from bak_tui.core.selection import Selection
from bak_tui.core.wording import size_cell
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.services.history import History
from bak_tui.services.jobs import JobEngine
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.result_counts import Result, recorded_result
from bak_tui.tui.dialogs.result_run import RunContents
from bak_tui.tui.look.spans import Line
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import choice_of
from bak_tui.tui.widgets.listing import Drawing
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, fill
from tests.scenes.databases import INDEXD
from tests.scenes.jobs import BACKED_UP, ENDED, RESTORED_FAILED, RESTORED_OK, RESTORED_WARN, run_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.tui.conftest import Stage, on_stage

SEVERAL = Report(
    tuple(
        replace(outcome, subject=INDEXD[number].path)
        for number, outcome in enumerate((RESTORED_OK, RESTORED_FAILED, RESTORED_WARN))
    )
)
"""Restores of three dumps."""


def text(lines: list[Line]) -> str:
    return "\n".join("".join(span for span, _ in line) for line in lines)


def drawn(contents: RunContents, width: int) -> str:
    return text(
        [line for row in contents.rows for line in contents.draw(row, Drawing(width, is_cursor=False))]
    )


@pytest.mark.asyncio
async def test_a_backup_of_several_shows_each_outcome_worst_first_and_what_to_do(
    house: House, make_database: MakeDatabase
) -> None:
    well, closed = sorted((make_database(), make_database()))
    fill(house.server, well)
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'ALTER DATABASE "{closed}" ALLOW_CONNECTIONS false'.encode())
    async with on_stage(house) as stage:
        profile = stage.workbench.profile
        assert profile is not None
        stage.bak.backup(profile, Selection((well, closed)), BackupOptions())
        await stage.all_ended(1, well=False)
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.opened(ResultDialog, "g", "enter")
        shown = stage.text()
        assert "1 of 2 backed up" in shown
        assert "1 FAILED, 1 OK" in shown
        assert shown.index(f"✗ FAILED     {closed}") < shown.index(f"● OK         {well}")
        (row,) = [line for line in shown.splitlines() if f"● OK         {well}" in line]
        assert f"{sum(SAMPLE_ROWS.values()):,}" in row
        assert "try          check datallowconn" in shown
        await stage.press("j")
        await stage.until(lambda: "where        s3://" in stage.text())
        assert "check datallowconn" not in stage.text()
        await stage.opened(LogDialog, "L")


@pytest.mark.asyncio
async def test_what_several_came_to_is_shown_in_a_later_session_too(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    well, closed = sorted((make_database(), make_database()))
    fill(house.server, well)
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'ALTER DATABASE "{closed}" ALLOW_CONNECTIONS false'.encode())
    history = History(tmp_path / "state")
    services = house.bak()._with
    with Bak(services, JobEngine(recorder=history), history) as before:
        report = before.backup(house.profile, Selection((well, closed)), BackupOptions()).result()
        dumps = before.catalogue(house.target).inventory().dumps
        assert before.prove(house.profile, dumps, ProveOptions()).result().state is JobState.OK
    with Bak(services, JobEngine(recorder=history), history) as later:
        app = BakApp(Begun(later, Workbench(later, [choice_of(house.profile)])))
        async with app.run_test(size=(160, 45), notifications=True) as pilot:
            stage = Stage(app, pilot, later)
            await stage.until(lambda: stage.jobs.finished)
            await stage.press("4")
            await stage.until(lambda: stage.jobs.listing.has_focus)
            await stage.opened(ResultDialog, "g", "enter")
            assert f"{len(SAMPLE_ROWS)} of {len(SAMPLE_ROWS)} tables match the manifest" in stage.text()
            assert stage.text().count("● match") >= len(SAMPLE_ROWS)
            assert "public.users" in stage.text()
            await stage.press("escape")
            await stage.until(lambda: stage.app.screen is stage.workbench)
            shutil.rmtree(tmp_path / "state/counts")
            await stage.opened(LogDialog, "g", "enter")
            await stage.until(lambda: "logs/2.log" in stage.text())
            assert "is not kept" not in stage.text()
            await stage.press("escape")
            await stage.until(lambda: stage.app.screen is stage.workbench)
            await stage.opened(ResultDialog, "j", "enter")
            shown = stage.text()
            assert "1 of 2 backed up" in shown
            assert "1 FAILED, 1 OK" in shown
            assert shown.index(f"✗ FAILED     {closed}") < shown.index(f"● OK         {well}")
            (row,) = [line for line in shown.splitlines() if f"● OK         {well}" in line]
            assert f"{sum(SAMPLE_ROWS.values()):,}" in row
            assert size_cell(report.results[0].size).strip() in row
            assert "try          check datallowconn" in shown
            await stage.press("j")
            await stage.until(lambda: "where        s3://" in stage.text())
            shutil.rmtree(tmp_path / "state/logs")
            await stage.opened(LogDialog, "L")
            assert "the log of this earlier session is not kept" in stage.text()


@pytest.mark.asyncio
async def test_r_in_the_result_of_a_failed_run_begins_the_same_again(
    house: House, make_database: MakeDatabase
) -> None:
    well, closed = sorted((make_database(), make_database()))
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'ALTER DATABASE "{closed}" ALLOW_CONNECTIONS false'.encode())
    async with on_stage(house) as stage:
        profile = stage.workbench.profile
        assert profile is not None
        stage.bak.backup(profile, Selection((well, closed)), BackupOptions())
        await stage.all_ended(1, well=False)
        with open_connection(house.server, "postgres") as connection:
            connection.execute(f'ALTER DATABASE "{closed}" ALLOW_CONNECTIONS true'.encode())
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.opened(ResultDialog, "g", "enter")
        await stage.until(lambda: "Try again  r" in stage.text())
        await stage.press("r")
        await stage.all_ended(2, well=False)
        again = max(stage.jobs.finished, key=lambda status: status.id)
        assert (again.state, {task.subject for task in again.tasks}) == (JobState.OK, {well, closed})


def test_rows_stand_worst_first_with_what_they_came_to_at_any_width() -> None:
    contents = RunContents(BACKED_UP, run_of(BACKED_UP))
    assert [row.state for row in contents.rows][:4] == [
        JobState.FAILED,
        JobState.FAILED,
        JobState.WARN,
        JobState.OK,
    ]
    for width in (60, 74, 112):
        for line in drawn(contents, width).splitlines():
            assert len(line) <= width, line
        assert "260,613,788" in drawn(contents, width)
    assert "● OK         indexd-prod" in drawn(contents, 112)
    head = text(contents.head(112))
    assert "10 of 12 backed up" in head
    assert "wts-prod" not in head, "each has its own row"
    assert "2 FAILED, 1 OK WITH WARNINGS, 9 OK" in head
    assert "template_prod was left out" in head


def test_under_the_table_stands_what_is_left_why_and_what_to_try() -> None:
    contents = RunContents(BACKED_UP, run_of(BACKED_UP))
    failed, _, warned, well = contents.rows[:4]
    under = text(contents.under(failed, 112))
    assert [line.split()[0] for line in under.splitlines()[2:]] == ["left", "why", "try"]
    assert "GRANT SELECT" in under
    assert "public.session is unlogged" in text(contents.under(warned, 112))
    under = text(contents.under(well, 112))
    assert "212 tables, 260,613,788 rows counted" in under
    assert "s3://aced-backups/gen3/indexd-prod/indexd-prod-20261123T120000Z.sql" in under


def test_what_was_cancelled_tells_what_is_left_and_nothing_to_try() -> None:
    error = Cancelled("it was cancelled", left="nothing was left")
    report: Report[object] = Report((Outcome("a", error=error), Outcome("b", error=error)))
    contents = RunContents(report, ENDED[0])
    under = text(contents.under(contents.rows[0], 80))
    assert [line.split()[0] for line in under.splitlines()[2:]] == ["left", "why"]


def test_a_failed_restore_of_an_earlier_session_shows_what_differs_and_what_to_try() -> None:
    """And of several each leads to its tables."""
    status = replace(ENDED[1], verb="restore", what="3 dumps", state=JobState.FAILED)
    record = record_of(status, SEVERAL, host="h", pid=1)
    counts, told = counts_of(SEVERAL), record.report
    assert counts is not None
    assert told is not None

    def tables(outcome: Outcome[object]) -> Result | None:
        item = counts.of(outcome.subject)
        return recorded_result(outcome, item) if item else None

    contents = RunContents(told, status, "", tables)
    failed = contents.inner(contents.rows[0])
    assert failed is not None
    live = RunContents(SEVERAL, status)
    before = live.inner(live.rows[0])
    assert before is not None
    assert failed.rows == before.rows
    head = text(failed.head(112))
    assert [line.split()[0] for line in head.splitlines() if line[:1].isalpha()][:2] == ["left", "try"]
    assert all(contents.inner(row) for row in contents.rows)


def test_a_restore_of_several_leads_to_each_ones_tables() -> None:
    contents = RunContents(SEVERAL, replace(ENDED[1], what="3 databases"))
    assert [row.state for row in contents.rows] == [JobState.FAILED, JobState.WARN, JobState.OK]
    assert "indexd-prod 2026-11-22 12:00 UTC" in drawn(contents, 112)
    for row in contents.rows:
        inner = contents.inner(row)
        assert inner is not None
        assert len(inner.rows) == 212
    backup = RunContents(BACKED_UP, run_of(BACKED_UP))
    assert not backup.has_inner


def test_the_report_has_every_row_and_what_to_do() -> None:
    lines = RunContents(BACKED_UP, run_of(BACKED_UP)).report()
    assert lines[0].startswith("FAILED  13.0 GB in 0:14:20, 10 of 12 backed up")
    (gecko,) = [line for line in lines if "\tgecko-prod\t" in line]
    assert "try: GRANT SELECT" in gecko
    assert sum(line.startswith("OK\t") for line in lines) == 9
