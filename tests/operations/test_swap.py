"""A swap: the name always belongs to a whole database, and what had it can have it back."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bak_tui.core.errors import BakError, ConfirmationNeeded, ExitCode, ServerError, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.marks import MarkKind, parse_mark
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode
from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.core.sessions import DatabaseInUse
from bak_tui.core.standing import Standing
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.restore.undo import UndoOptions, kept_databases
from bak_tui.services.postgres import Instance
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, restore, scratch_of
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, mark, marked, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until

BEFORE = SAMPLE_ROWS | {"public.marker": 1}
"""What the database held that is swapped away: the dump's rows, and one that was written after it."""
HASTY = Limits(sessions=0.5)
AWKWARD = ["plain", 'a "quoted" name', "it's -Fc", "x" * 63, "ü" * 31]


@pytest.fixture(params=["plain"])
def live(request: pytest.FixtureRequest, house: House, make_database: MakeDatabase) -> Iterator[str]:
    """A database in use; whatever is kept of it is dropped afterwards."""
    name = make_database(None if request.param == "plain" else request.param)
    fill(house.server, name)
    yield name
    for kept in kept_databases(Instance(house.server), name):
        drop(house.server, kept.name)


_minutes = itertools.count()


def later() -> datetime:
    """A clock that goes on a minute at every look: names with a time in them differ."""
    return datetime.now(UTC) + timedelta(minutes=next(_minutes))


def swap(house: House, folder: Path, name: str, **options: object) -> Outcome[Restored]:
    """Restore the folder's one dump over `name`."""
    bak = house.bak(limits=HASTY, checkpoint=house.checkpoint, clock=later)
    options = {"into": name, "over": Mode.SWAP, "confirmed": {name}, **options}
    (outcome,) = restore(bak, house, folder, **options).outcomes
    return outcome


def undo(house: House, name: str, **options: object) -> None:
    """Swap back; raises what went wrong."""
    how = UndoOptions(confirmed={name}, **options)  # type: ignore[arg-type]  # by name
    (outcome,) = house.bak(limits=HASTY, clock=later).undo(house.server, name, how).result().outcomes
    if outcome.error is not None:
        raise outcome.error


def row_of(board: Board, name: str) -> BoardRow:
    (row,) = [row for row in board.rows if row.database == name]
    return row


def comment_of(house: House, name: str) -> str | None:
    return Instance(house.server).comments().get(name)


def set_comment(house: House, name: str, text: str) -> None:
    with open_connection(house.server, name) as connection:
        statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Literal(text)))


@contextmanager
def clients(house: House, name: str, number: int) -> Iterator[Callable[[], int]]:
    """So many sessions on `name` that connect again at once when they are cut off; how often they did."""
    done = threading.Event()
    connected: list[int] = []
    ready = threading.Barrier(number + 1)

    def stay() -> None:
        is_first = True
        while not done.is_set():
            with suppress(psycopg.Error), open_connection(house.server, name) as connection:
                connected.append(connection.info.backend_pid)
                if is_first:
                    is_first = False
                    ready.wait(PATIENCE)
                while not done.is_set():
                    connection.execute("SELECT 1")
                    done.wait(0.005)

    threads = [threading.Thread(target=stay) for _ in range(number)]
    for thread in threads:
        thread.start()
    ready.wait(PATIENCE)
    try:
        yield lambda: len(connected)
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("live", AWKWARD, indirect=True)
def test_a_swap_keeps_the_old_database_and_undo_gives_it_back(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    mark(house.server, live, "written after the dump")
    set_comment(house, live, "everyday")
    outcome = swap(house, tmp_path, live)
    assert outcome.exit_code is ExitCode.DONE
    result = outcome.result
    assert result is not None
    assert result.kept is not None
    assert rows_of(house.server, live) == SAMPLE_ROWS
    assert marked(house.server, result.kept) == "written after the dump"
    assert rows_of(house.server, result.kept) == BEFORE
    assert comment_of(house, live) == "everyday"
    kept = parse_mark(comment_of(house, result.kept))
    assert kept is not None
    assert (kept.kind, kept.database, kept.comment) == (MarkKind.KEPT, live, "everyday")
    assert result.kept in outcome.sentence

    undo(house, live)
    assert marked(house.server, live) == "written after the dump"
    assert rows_of(house.server, live) == BEFORE
    assert comment_of(house, live) == "everyday"
    (again,) = kept_databases(Instance(house.server), live)
    assert rows_of(house.server, again.name) == SAMPLE_ROWS
    undo(house, live, keep_as="as_told")
    assert rows_of(house.server, live) == SAMPLE_ROWS
    assert marked(house.server, "as_told") == "written after the dump"


def test_what_a_plan_names_is_called_so_and_a_name_that_is_taken_meanwhile_is_told(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    bak = house.bak(clock=later)
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    (plan,) = bak.plans.restore(house.server, dumps, RestoreOptions(into=live, over=Mode.SWAP))
    created, _, kept, _ = (change.what for change in plan.changes)
    seen: list[set[str]] = []

    def look(step: Step, _subject: str, /) -> None:
        if step is Step.SCRATCH:
            seen.append(scratch_of(house, live))

    house.checkpoint = look
    outcome = swap(house, tmp_path, live, named_at=plan.named_at)
    assert outcome.result is not None, outcome.error
    assert outcome.result.kept == kept
    assert seen == [{created}]
    assert "taken meanwhile" not in outcome.sentence
    again = swap(house, tmp_path, live, named_at=plan.named_at)
    assert again.result is not None, again.error
    assert again.result.kept not in {None, kept}
    assert f"kept as {again.result.kept} ({kept}, as planned, was taken meanwhile)" in again.sentence

    how = UndoOptions(confirmed={live})
    back = bak.plans.undo(house.server, live, how)
    undo(house, live, named_at=back.named_at)
    assert back.keep_as in {each.name for each in kept_databases(Instance(house.server), live)}
    planned = replace(how, named_at=back.named_at)
    (undone,) = bak.undo(house.server, live, planned).result().outcomes
    assert undone.result is not None, undone.error
    assert f"({back.keep_as}, as planned, was taken meanwhile)" in undone.sentence


@pytest.mark.parametrize("confirmed", [set(), {"PLAIN"}, {"plain "}])
@pytest.mark.parametrize("over", [Mode.SWAP, Mode.CLEAN])
def test_without_its_exact_name_nothing_is_touched(
    house: House, live: str, tmp_path: Path, confirmed: set[str], over: Mode
) -> None:
    dump_of(house, live, tmp_path)
    before = databases_of(house.server)
    names = {name.replace("plain", live).replace("PLAIN", live.upper()) for name in confirmed}
    with pytest.raises(ConfirmationNeeded) as caught:
        restore(house.bak(), house, tmp_path, over=over, confirmed=names)
    assert caught.value.name == live
    assert databases_of(house.server) == before


def test_sessions_that_stay_are_named_and_the_old_database_goes_on(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    mark(house.server, live, "in use")
    with clients(house, live, 5):
        outcome = swap(house, tmp_path, live)
        assert isinstance(outcome.error, DatabaseInUse)
        assert len(outcome.error.sessions) == 5
        assert str(outcome.error.sessions[0].pid) in outcome.error.message
        assert "--terminate" in outcome.error.hint
        assert marked(house.server, live) == "in use"
    assert not scratch_of(house, live)
    assert kept_databases(Instance(house.server), live) == []


def test_sessions_that_connect_again_at_once_are_ended_when_asked(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    mark(house.server, live, "in use")
    with clients(house, live, 5) as connected:
        before = connected()
        outcome = swap(house, tmp_path, live, terminates=True)
        assert outcome.state is JobState.OK, outcome.error
        until(lambda: connected() >= before + 5)
        assert rows_of(house.server, live) == SAMPLE_ROWS
        assert outcome.result is not None
        assert outcome.result.kept is not None
        assert rows_of(house.server, outcome.result.kept) == BEFORE
        before = connected()
        undo(house, live, terminates=True)
        until(lambda: connected() >= before + 5)
        assert rows_of(house.server, live) == BEFORE
    (again,) = kept_databases(Instance(house.server), live)
    assert rows_of(house.server, again.name) == SAMPLE_ROWS


def test_a_swap_that_is_cancelled_while_it_waits_changes_nothing(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    bak = house.bak(limits=Limits(sessions=60))
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    before = databases_of(house.server)
    with clients(house, live, 1):
        job = bak.restore(house.server, dumps, RestoreOptions(over=Mode.SWAP, confirmed={live}))
        until(lambda: any(task.phase == "swapping" for task in job.status.tasks))
        bak.engine.cancel(job)
        assert job.wait(PATIENCE)
    assert job.status.state is JobState.CANCELLED
    assert databases_of(house.server) == before


@pytest.mark.parametrize("step", [Step.HASHED, Step.SCRATCH, Step.RESTORED, Step.COMPARED])
def test_a_failure_before_the_swap_leaves_the_old_database_as_it_was(
    house: House, live: str, tmp_path: Path, step: Step
) -> None:
    dump_of(house, live, tmp_path)
    mark(house.server, live, "untouched")
    before = databases_of(house.server)

    def fail(passed: Step, _subject: str, /) -> None:
        if passed is step:
            raise BakError("here")

    house.checkpoint = fail
    outcome = swap(house, tmp_path, live)
    assert str(outcome.error) == "here"
    assert databases_of(house.server) == before
    assert marked(house.server, live) == "untouched"


def test_undo_without_anything_kept_says_so(house: House, live: str) -> None:
    drop(house.server, f"{live}__old_20260101T000000Z")
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'CREATE DATABASE "{live}__old_20260101T000000Z"'.encode())
    try:
        with pytest.raises(UsageError, match="nothing is kept"):
            undo(house, live)
    finally:
        drop(house.server, f"{live}__old_20260101T000000Z")


def test_undo_wants_the_exact_name_and_takes_what_it_is_told(house: House, live: str, tmp_path: Path) -> None:
    dump_of(house, live, tmp_path)
    mark(house.server, live, "first")
    first = swap(house, tmp_path, live).result
    mark(house.server, live, "second")
    second = swap(house, tmp_path, live, into=live).result
    assert first is not None
    assert second is not None
    with pytest.raises(ConfirmationNeeded) as caught:
        house.bak().plans.undo(house.server, live, UndoOptions())
    assert caught.value.name == live
    plan = house.bak().plans.undo(house.server, live, UndoOptions(confirmed={live}))
    assert plan.back.name == second.kept
    with pytest.raises(UsageError, match="fits"):
        undo(house, live, kept="template1")
    undo(house, live, kept=first.kept)
    assert marked(house.server, live) == "first"


def test_an_older_server_and_a_role_that_is_no_superuser_swap_as_well(
    system_postgres: EmbeddedPostgres, bucket_target: Target, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database(server=system_postgres.server)
    administrator = House(system_postgres.server, bucket_target, system_postgres.bindir)
    with open_connection(administrator.server, name) as connection:
        connection.execute("CREATE ROLE plain_owner LOGIN CREATEDB PASSWORD 'plain'")
        connection.execute(f'ALTER DATABASE "{name}" OWNER TO plain_owner'.encode())
        connection.execute("ALTER SCHEMA public OWNER TO plain_owner")
    owner = replace(administrator.server, user="plain_owner", password=Secret("plain"))
    house = House(owner, bucket_target, system_postgres.bindir)
    try:
        fill(owner, name)
        dump_of(house, name, tmp_path)
        mark(owner, name, "in use")
        with clients(administrator, name, 1):
            refused = swap(house, tmp_path, name, terminates=True)
            assert isinstance(refused.error, DatabaseInUse)
            assert "pg_signal_backend" in refused.error.hint
            assert marked(owner, name) == "in use"
        with clients(house, name, 5):
            outcome = swap(house, tmp_path, name, terminates=True)
            assert outcome.error is None, outcome.error
        assert rows_of(owner, name) == SAMPLE_ROWS
        undo(house, name)
        assert marked(owner, name) == "in use"
        with open_connection(administrator.server, name) as connection:
            connection.execute(f'ALTER DATABASE "{name}" OWNER TO postgres'.encode())
        with pytest.raises(ServerError, match="does not own"):
            swap(house, tmp_path, name)
    finally:
        for bak in (*house.opened, *administrator.opened):
            bak.engine.close()
        for kept in kept_databases(Instance(administrator.server), name):
            drop(administrator.server, kept.name)
        drop(administrator.server, name)
        with open_connection(administrator.server, "postgres") as connection:
            connection.execute("DROP ROLE plain_owner")


def test_what_a_swap_keeps_is_on_the_board_as_that_and_taken_when_it_is_named(
    house: House, live: str, tmp_path: Path
) -> None:
    dump_of(house, live, tmp_path)
    result = swap(house, tmp_path, live).result
    assert result is not None
    assert result.kept is not None
    lookalike = f"{live}__old_20260101T000000Z"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'CREATE DATABASE "{lookalike}"'.encode())
        connection.execute(f'ALTER DATABASE "{result.kept}" IS_TEMPLATE true'.encode())
    try:
        bak = house.bak()
        board = bak.board(house.profile)
        kept, other = row_of(board, result.kept), row_of(board, lookalike)
        assert (kept.kept_of, kept.counts) == (live, False)
        assert kept.aside.startswith("it is kept by a swap since 20")
        assert kept.verdict is not None
        assert kept.verdict.standing is Standing.NONE
        assert (other.kept_of, other.aside, other.counts) == ("", "", True), "its name proves nothing"
        rows = [row.database for row in board.rows if row.is_on_server]
        assert rows.index(result.kept) >= sum(row.counts for row in board.rows)

        ours = {live, lookalike, result.kept}
        others = tuple(each.name for each in bak.databases(house.server) if each.name not in ours)
        everything = bak.backup(house.profile, Selection((), others), BackupOptions()).result()
        assert {outcome.subject for outcome in everything.outcomes} == {live, lookalike}
        assert f"{result.kept} was left out: {kept.aside}; name it to take it" in everything.notes
        named = bak.backup(house.profile, Selection((result.kept,)), BackupOptions()).result()
        assert [outcome.subject for outcome in named.outcomes] == [result.kept]
        again = row_of(bak.board(house.profile), result.kept)
        assert (again.is_on_server, len(again.dumps), again.counts) == (True, 1, False)
        undo(house, live)
    finally:
        with open_connection(house.server, "postgres") as connection:
            for name in {live, result.kept} & set(databases_of(house.server)):
                connection.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false'.encode())
        drop(house.server, lookalike)
