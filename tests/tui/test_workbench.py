"""A day at the workbench: the keys do what they say, on real servers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Input

from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId, JobState, JobStatus, TaskStatus
from bak_tui.core.journal import Process
from bak_tui.core.recorded import begun_of, died_of
from bak_tui.core.standing import Standing
from bak_tui.operations.checkpoint import Step
from bak_tui.services.history import PastJobs
from bak_tui.tui.clock import utc_now
from bak_tui.tui.dialogs.ask import Confirm, TypeName
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.messages import HistoryRead, JobUpdated
from bak_tui.tui.panes.jobs import count_failed
from bak_tui.tui.screens.arranging import layout_for
from tests.holding import HeldAt
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage, on_stage

pytestmark = pytest.mark.asyncio


async def backed_up(stage: Stage, name: str) -> None:
    """The cursor is on the database, which has one backup."""
    await stage.go_to(stage.databases, name)
    await stage.opened(BackupDialog, "b")
    await stage.press("enter")
    await stage.all_ended(1)
    await stage.until(
        lambda: any(row.database == name and row.dumps for row in stage.databases.listing.items)
    )
    await stage.go_to(stage.databases, name)


def job_status(number: int, state: JobState) -> JobStatus:
    """News of a job that nothing stands behind."""
    return JobStatus(JobId(number), "backup", "fence", state, outcome=f"outcome {number}")


async def through_the_steps(stage: Stage) -> None:
    """From what to plan, with what is proposed."""
    await stage.press("enter")
    await stage.until(lambda: "2 Where" in stage.text() and "_restored" in stage.text())
    await stage.press("enter")
    await stage.until(lambda: "what was checked" in stage.text())


async def to_the_typed_name(stage: Stage, name: str) -> str:
    """From the database to where its name must be typed before it is swapped away; what the plan has said."""
    await stage.opened(RestoreDialog, "R")
    await stage.press("enter")
    await stage.until(lambda: f"{name}_restored" in stage.text())
    await stage.press("shift+tab", "right", "right", "enter")
    await stage.until(lambda: "what was checked" in stage.text())
    planned = stage.text()
    await stage.opened(TypeName, "enter")
    return planned


async def test_two_keys_back_up_the_database_under_the_cursor(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(BackupDialog, "b")
        assert f"--database {name}" in stage.text()
        await stage.press("enter")
        await stage.all_ended(1)
        assert {key.rpartition("/")[0] for key in house.objects()} == {name}

        def is_protected() -> bool:
            row = next((row for row in stage.databases.listing.items if row.database == name), None)
            return row is not None and row.verdict is not None and row.verdict.standing is Standing.OK

        await stage.until(is_protected)
        assert "3 tables, 1,007 rows counted" in stage.text()


async def test_a_backup_that_grows_old_while_it_is_looked_at_is_stale_everywhere_at_once(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        stage.workbench.clock = lambda: utc_now() + timedelta(hours=27)
        stage.databases.refill()  # a filter, a mark, another size: nothing that was asked anew

        def said() -> tuple[bool, bool]:
            row = next(line for line in stage.text().splitlines() if name in line)
            return "▲ STALE" in row, "newest is 27 h old, 26 h allowed" in stage.text()

        await stage.rest()
        assert said() == (False, False)
        before = stage.workbench.board
        assert before is not None
        stage.workbench.judge_again()
        await stage.until(lambda: said() == (True, True))
        after = stage.workbench.board
        assert after is not None
        assert after.at_risk == before.at_risk + 1
        assert f"{after.at_risk} at risk" in stage.text()
        folder = next(line for line in stage.text().splitlines() if f"{name}/" in line)
        assert "▲ STALE" in folder.rpartition(f"{name}/")[2]


async def test_marked_databases_are_backed_up_together_and_marks_survive_a_refresh(
    house: House, make_database: MakeDatabase
) -> None:
    names = sorted(make_database() for _ in range(3))
    async with on_stage(house) as stage:
        for name in names[:2]:
            await stage.go_to(stage.databases, name)
            await stage.press("space")
        before = stage.workbench.board
        await stage.press("r")
        await stage.until(lambda: stage.workbench.board is not before)
        assert stage.databases.listing.marks == set(names[:2])
        assert "Back up 2 marked" in stage.text()
        await stage.opened(BackupDialog, "b")
        await stage.press("enter")
        await stage.all_ended(1)
        assert {key.partition("/")[0] for key in house.objects()} == set(names[:2])


async def test_a_dump_found_by_browsing_is_restored_into_a_new_database(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(BackupDialog, "b")
        await stage.press("enter")
        await stage.all_ended(1)
        await stage.press("3")
        await stage.go_to(stage.bucket, f"{name}/")
        await stage.press("enter")
        await stage.until(lambda: stage.bucket.folder == f"{name}/" and len(stage.bucket.listing.items) == 2)
        await stage.press("down")
        await stage.until(lambda: stage.bucket.current_dump is not None)  # the board has looked into it
        await stage.opened(RestoreDialog, "R")
        await through_the_steps(stage)
        assert f"{name}_restored" in stage.text()
        await stage.press("enter")
        try:
            await stage.all_ended(2)
            assert rows_of(house.server, f"{name}_restored") == SAMPLE_ROWS
            assert "all counts match" in max(stage.jobs.finished, key=lambda job: job.id).outcome
        finally:
            drop(house.server, f"{name}_restored")
        await stage.press("h")
        await stage.until(lambda: stage.bucket.folder == "")


async def test_the_restore_dialog_does_not_take_the_name_of_a_database_that_exists(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        await stage.opened(RestoreDialog, "R")
        await stage.press("enter")
        await stage.until(lambda: f"{name}_restored" in stage.text())
        stage.app.screen.query_one(Input).value = name
        await stage.until(lambda: "exists already" in stage.text())  # the server has told its databases
        await stage.press("enter")
        assert "2 Where" in stage.text()
        await stage.press("escape")
        assert len(stage.jobs.finished) == 1
        assert not stage.jobs.running


@pytest.mark.fault("R34")
async def test_a_swap_wants_the_name_typed_before_it_replaces_anything(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        planned = await to_the_typed_name(stage, name)
        assert "lost" in planned
        asked = stage.text()
        await stage.press(*name[:-1], "enter")
        assert isinstance(stage.app.screen, TypeName), "a name that is not whole arms nothing"
        await stage.press(name[-1], "enter")
        await stage.all_ended(2)
        kept = [database for database in databases_of(house.server) if database.startswith(f"{name}__old_")]
        try:
            assert len(kept) == 1
            assert kept[0] in asked, "what the plan says is what happens"
            assert rows_of(house.server, name) == SAMPLE_ROWS
        finally:
            for database in kept:
                drop(house.server, database)


async def test_x_cancels_the_job_and_nothing_is_left(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    held = HeldAt(Step.SNAPSHOT)
    house.checkpoint = held
    async with on_stage(house) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(BackupDialog, "b")
        await stage.press("enter")
        await stage.until(held.reached.is_set)
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.press("x")
        await stage.until(lambda: stage.jobs.running[0].state is JobState.CANCELLING)
        held.go_on.set()
        await stage.all_ended(1, well=False)
        assert stage.jobs.finished[0].state is JobState.CANCELLED
        assert house.keys() == set()
        await stage.press("c")
        assert stage.jobs.finished == []


async def test_the_cursor_of_jobs_is_on_the_newest_running_job_until_somebody_goes_there(
    house: House,
) -> None:
    async with on_stage(house) as stage:
        for number in (1, 2):
            stage.workbench.post_message(JobUpdated(job_status(number, JobState.OK)))
        await stage.until(lambda: len(stage.jobs.finished) == 2)
        for number in (3, 4):
            stage.workbench.post_message(JobUpdated(job_status(number, JobState.RUN)))
        await stage.until(lambda: len(stage.jobs.running) == 2)
        current = stage.jobs.listing.current
        assert current is not None
        assert current.id == 4
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        stage.workbench.post_message(JobUpdated(job_status(5, JobState.RUN)))
        await stage.until(lambda: len(stage.jobs.running) == 3)
        current = stage.jobs.listing.current
        assert current is not None
        assert current.id == 4, "nothing moves under a cursor that is being used"


async def test_on_a_small_screen_a_job_shows_how_far_it_is_and_its_outcome_in_full(house: House) -> None:
    outcome = "3.1 GB in 0:01:12, 84 tables, 1,204,331 rows, all counts match; nothing skipped at all"
    task = TaskStatus("fence", "dumping", 61, 100, state=JobState.RUN)
    running = replace(job_status(2, JobState.RUN), tasks=(task,), rate=84e6)
    async with on_stage(house, size=(80, 24)) as stage:
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        for status in (replace(job_status(1, JobState.OK), outcome=outcome), running):
            stage.workbench.post_message(JobUpdated(status))
        await stage.until(lambda: stage.jobs.running and stage.jobs.finished)
        await stage.press("G")
        await stage.until(lambda: "all counts match" in stage.text())
        (row,) = [line for line in stage.text().splitlines() if "● RUN" in line or "RUN  " in line]
        assert "61 %" in row
        assert "84 MB/s" in row
        assert "…" not in row
        told = "".join(stage.text().splitlines()[-6:]).split()
        assert " ".join(outcome.split()[-3:]) in " ".join(told)


async def test_an_end_whose_row_is_to_be_seen_is_not_covered_by_a_toast(house: House) -> None:
    async with on_stage(house) as stage:
        stage.workbench.post_message(JobUpdated(job_status(7, JobState.FAILED)))
        await stage.until(lambda: "outcome 7" in stage.text())
        assert not stage.app._notifications
        await stage.press("z")
        await stage.until(lambda: "outcome 7" not in stage.text())
        stage.workbench.post_message(JobUpdated(job_status(8, JobState.FAILED)))
        await stage.until(lambda: [toast.message for toast in stage.app._notifications])
        assert "outcome 8" in next(iter(stage.app._notifications)).message


async def test_the_end_of_a_job_is_told_once_however_often_it_is_news(house: House) -> None:
    async with on_stage(house) as stage:
        await stage.press("z")
        await stage.until(lambda: not stage.jobs.display)
        for number in (7, 8, 7, 8):
            stage.workbench.post_message(JobUpdated(job_status(number, JobState.OK)))
            await stage.rest()
        told = [toast.message for toast in stage.app._notifications]
        assert told == [f"OK backup fence: outcome {number}" for number in (7, 8)]


@pytest.mark.fault("R24")
async def test_quitting_asks_while_jobs_run_and_enter_is_no(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    held = HeldAt(Step.SNAPSHOT)
    house.checkpoint = held
    async with on_stage(house) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(BackupDialog, "b")
        await stage.press("enter")
        await stage.until(held.reached.is_set)
        await stage.opened(Confirm, "q")
        await stage.press("enter")
        await stage.until(lambda: not isinstance(stage.app.screen, Confirm))
        assert stage.app.is_running
        held.go_on.set()
        await stage.all_ended(1)


async def test_the_filter_works_while_typing_and_escape_ends_it(
    house: House, make_database: MakeDatabase
) -> None:
    wanted = make_database()
    make_database()
    async with on_stage(house) as stage:
        everything = len(stage.databases.listing.items)
        await stage.press("slash", *wanted)
        await stage.until(lambda: [row.database for row in stage.databases.listing.items] == [wanted])
        assert f"/ {wanted}   1 of {everything}" in stage.text()
        await stage.press("escape")
        await stage.until(lambda: len(stage.databases.listing.items) == everything)


async def test_s_sorts_by_name_and_back(house: House, make_database: MakeDatabase) -> None:
    for _ in range(2):
        make_database()
    async with on_stage(house) as stage:
        await stage.press("s")
        names = [row.database for row in stage.databases.listing.items]
        assert names == sorted(names, key=str.lower)
        assert "by name" in stage.text()


async def test_the_profiles_of_a_narrow_screen_leave_the_buckets_names_whole(house: House) -> None:
    house.bucket.write("a-database-with-a-longish-name/x-20261101T000000Z.dump", b"PGDMP")
    async with on_stage(house, size=(120, 36)) as stage:
        await stage.until(lambda: len(stage.bucket.listing.items) == 1)
        await stage.press("1")
        await stage.until(lambda: not stage.databases.display)
        assert "a-database-with-a-longish-name/" in stage.text()
        await stage.press("2")
        await stage.until(lambda: stage.databases.listing.has_focus)
        assert stage.databases.display


async def test_an_unreachable_server_does_not_hide_the_bucket(
    house: House, make_database: MakeDatabase
) -> None:
    house.bucket.write("fence/fence-20261101T000000Z.sql", b"PGDMP")
    house.server = replace(house.server, port="1")
    async with on_stage(house) as stage:
        assert "unreachable" in stage.text()
        await stage.until(lambda: len(stage.bucket.listing.items) == 1)
        assert [row.database for row in stage.databases.listing.items] == ["fence"]


@pytest.mark.parametrize("size", [(160, 45), (145, 40), (120, 36), (80, 24), (60, 15), (40, 10)])
async def test_every_size_works_and_quits(house: House, size: tuple[int, int]) -> None:
    async with on_stage(house, size=size) as stage:
        for key in "1234":
            await stage.press(key)
            await stage.rest()
        assert stage.workbench.has_class(layout_for(*size))
        if size[0] < 60:
            assert "too small" in stage.text()
        await stage.press("q")
        await stage.until(lambda: not stage.app.is_running)


# Every name at every size, in every pane and dialog: test_hostile.py. These go through a whole backup.
async def test_hostile_names_are_drawn_literally_and_backed_up(
    house: House, make_database: MakeDatabase
) -> None:
    names = ["[@click=app.quit]x[/]", "a\x1b]0;t\x07b", "a\nb"]
    for name in names:
        make_database(name)
    async with on_stage(house) as stage:
        for name in names:
            await stage.go_to(stage.databases, name)
            await stage.press("space")
        # The column has twenty cells.
        assert all(visible(name)[:19] in stage.text() for name in names)
        assert "\x1b" not in stage.text()
        await stage.opened(BackupDialog, "b")
        assert "\x1b" not in stage.text()
        await stage.press("enter")
        await stage.all_ended(1)
        assert len(house.keys()) == 2 * len(names)
        assert stage.app.is_running
        assert set(names) <= set(databases_of(house.server))


async def test_enter_on_a_job_opens_its_log_and_escape_closes_it(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(BackupDialog, "b")
        await stage.press("enter")
        await stage.all_ended(1)
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.opened(LogDialog, "enter")
        await stage.until(lambda: "dumping contents of table" in stage.text())
        assert "committing" in stage.text()
        await stage.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, LogDialog))


async def test_a_profile_that_was_never_saved_cannot_be_forgotten_and_says_so(house: House) -> None:
    async with on_stage(house) as stage:
        await stage.press("1")
        await stage.until(lambda: stage.workbench.query_one("#pane-1").has_focus_within)
        await stage.press("D")
        await stage.until(lambda: "was never saved" in stage.text())
        assert stage.app.screen is stage.workbench


async def test_jobs_that_died_with_their_process_are_told_at_the_start(house: House) -> None:
    begun = begun_of(job_status(7, JobState.RUN), Process(4711, "1", "db1", "boot", ""))
    died = tuple(died_of(begun.model_copy(update={"number": number})) for number in (7, 8))
    async with on_stage(house) as stage:
        stage.workbench.post_message(HistoryRead(PastJobs(died[::-1], died=died)))
        await stage.until(lambda: "2 jobs died with their process: 7, 8" in stage.text())
        assert "✗ FAILED" in stage.text()
        assert "never began: process 4711 on db1 was gone" in stage.text()
        assert "2 failed" in stage.text()


async def test_a_failure_is_counted_until_the_same_was_done_well() -> None:
    failed = [job_status(1, JobState.FAILED), job_status(2, JobState.FAILED)]
    other = replace(job_status(3, JobState.OK), what="indexd")
    assert count_failed([*failed, other]) == 2
    assert count_failed([*failed, other, job_status(4, JobState.CANCELLED)]) == 2
    assert count_failed([*failed, other, job_status(4, JobState.WARN)]) == 0
    assert count_failed([*failed, job_status(4, JobState.OK), job_status(5, JobState.FAILED)]) == 1


async def test_what_is_empty_says_what_fills_it(house: House) -> None:
    async with on_stage(house) as stage:
        await stage.until(lambda: "b on a database takes its first backup" in stage.text())
        assert "nothing is stored here yet" in stage.text()
        board, profile = stage.workbench.board, stage.workbench.profile
        assert board is not None
        assert profile is not None
        stage.databases.show_board(replace(board, rows=()))
        await stage.until(lambda: "no database here that this user may see" in stage.text())
        stage.workbench.profile = replace(profile, given_target=None)
        await stage.press("r")
        await stage.until(lambda: "this profile has no bucket" in stage.text())
        await stage.press("1", "slash", *"zzz")
        await stage.until(lambda: "nothing matches" in stage.text())
