"""What a killed restore leaves is known again, told, and dropped; what is being worked on is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.core.marks import Mark, MarkKind, mark_of, parse_mark
from bak_tui.core.names import derived_name
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.doctor.marked import marked_databases
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.postgres import Instance
from tests.holding import HeldAt
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, now, scratch_of
from tests.samples import databases_of, drop, fill
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE


def left_behind(house: House, name: str, job: str = "bak-00000000") -> str:
    """A scratch database as a killed run leaves it."""
    mark = Mark(kind=MarkKind.SCRATCH, database=name, job=job, at=now())
    left = derived_name(name, "new", mark.at)
    Instance(house.server).create_database(left, None, str(mark))
    return left


def cleaned(house: House) -> list[str]:
    bak = house.bak()
    return [each.leftover.name for each in bak.house.clean(house.profile, bak.house.find(house.profile))]


def told(house: House) -> list[str]:
    return [finding.said for finding in house.bak().examine(house.profile).findings]


def test_a_scratch_database_that_was_left_is_told_and_dropped(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    left = left_behind(house, name)
    assert any(left in line and "--clean" in line for line in told(house))
    assert left in cleaned(house)
    assert left not in databases_of(house.server)
    assert name in databases_of(house.server)


def test_one_that_is_being_restored_into_is_left_alone(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    dump_of(house, name, tmp_path)
    held = HeldAt(Step.SCRATCH)
    bak = house.bak(checkpoint=held)
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    job = bak.restore(house.server, dumps, RestoreOptions(into=f"{name}_busy"))
    try:
        assert held.reached.wait(PATIENCE)
        (busy,) = scratch_of(house, f"{name}_busy")
        assert any(busy in line and "is being restored" in line for line in told(house))
        assert busy not in cleaned(house)
    finally:
        held.go_on.set()
        job.wait(PATIENCE)
    assert job.status.error is None
    assert f"{name}_busy" in databases_of(house.server)
    drop(house.server, f"{name}_busy")


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "bak-tui scratch database",
        "bak-tui scratch database: x from y",
        "bak-tui kept database: {}",
        'bak-tui kept database: {"database": "", "job": "x", "at": "2026-11-24T12:00:00Z"}',
        'bak-tui kept database: {"database": "x", "job": "x", "at": "yesterday"}',
        "bak-tui kept database: " + '{"a":' * 5000 + "1" + "}" * 5000,
        'bak-tui other database: {"database": "x", "job": "x", "at": "2026-11-24T12:00:00Z"}',
    ],
)
def test_a_comment_that_is_not_ours_is_no_mark(comment: str | None) -> None:
    assert parse_mark(comment) is None


def test_a_comment_makes_no_scratch_database_of_somebodys() -> None:
    """A dump that is restored may comment on another database of its owner's, and scratch ones go unasked."""
    mark = Mark(kind=MarkKind.SCRATCH, database="fence", job="bak-00000000", at=now())
    assert mark_of("prod", str(mark)) is None
    assert mark_of("fence", str(mark)) is None
    assert mark_of("fence__new_x", str(mark)) is None
    assert mark_of(derived_name("fence", "old", mark.at), str(mark)) is None
    assert mark_of(derived_name("other", "new", mark.at), str(mark)) is None
    assert mark_of(derived_name("fence", "new", mark.at), str(mark)) == mark
    long = mark.model_copy(update={"database": "é" * 31})
    assert mark_of(derived_name(long.database, "new", long.at), str(long)) == long


def test_a_mark_is_read_back_whatever_it_holds(house: House, make_database: MakeDatabase) -> None:
    mark = Mark(
        kind=MarkKind.KEPT, database='ü"{}\\', job="bak-1", at=now(), source="a'b", comment="bak\n\x1b[1m☃"
    )
    assert parse_mark(str(mark)) == mark
    assert str(mark).isascii()
    name = make_database()
    with_mark = f"{name}__old"
    Instance(house.server).create_database(with_mark, None, str(mark))
    try:
        found = {each.name: each.mark for each in marked_databases(Instance(house.server))}
        assert found[with_mark] == mark
        assert with_mark not in cleaned(house)
    finally:
        drop(house.server, with_mark)


def test_neither_a_backup_of_all_nor_the_board_takes_them(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    left = left_behind(house, name)
    bak = house.bak()
    try:
        plan = bak.plans.backup(house.server, Selection(), BackupOptions())
        assert left not in [database.name for database in plan.databases]
        assert any(left in note for note in plan.run.notes)
        assert left not in [row.database for row in bak.board(house.profile).rows]
        named = bak.plans.backup(house.server, Selection((left,)), BackupOptions())
        assert [database.name for database in named.databases] == [left]
    finally:
        drop(house.server, left)
