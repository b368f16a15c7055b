"""A board judged again at another moment: every part of it follows, and nothing is asked for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bak_tui.core.manifest import parse_manifest
from bak_tui.core.standing import Day
from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.operations.bucket.inventory import Inventory, StoredDump
from tests.scenes.databases import Dump

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMIT = timedelta(hours=26)


def row(database: str, hours: float, *, is_on_server: bool = True) -> BoardRow:
    """A database whose one backup was taken so many hours before noon."""
    dump = Dump(database, NOON - timedelta(hours=hours), 1000, tables=1, rows=1)
    manifest = parse_manifest(dump.manifest(), dump.path)
    stored = StoredDump(dump.stored(), dump.path, database, dump.taken, manifest)
    return BoardRow(database, 1000, "gen3", is_on_server, accepts_connections=is_on_server, dumps=(stored,))


def board(*rows: BoardRow) -> Board:
    inventory = Inventory(tuple(dump for row in rows for dump in row.dumps), 0)
    return Board(rows, None, inventory, NOON, LIMIT).at(NOON)


def said(board: Board) -> list[tuple[str, str, str]]:
    return [(row.database, row.verdict.standing, row.verdict.why) for row in board.rows if row.verdict]


def test_what_has_grown_old_meanwhile_is_stale_on_top_and_counted() -> None:
    seen = board(row("arborist", 1), row("fence", 25), row("gone", 99, is_on_server=False))
    assert said(seen) == [
        ("arborist", "OK", "newest is 1 h old, 26 h allowed"),
        ("fence", "OK", "newest is 25 h old, 26 h allowed"),
        ("gone", "OK", "newest is 4 d old"),
    ]
    later = seen.at(NOON + timedelta(hours=2))
    assert said(later) == [
        ("fence", "STALE", "newest is 27 h old, 26 h allowed"),
        ("arborist", "OK", "newest is 3 h old, 26 h allowed"),
        ("gone", "OK", "newest is 4 d old"),
    ]
    assert (seen.at_risk, later.at_risk) == (0, 1)
    assert later.looked_at == NOON + timedelta(hours=2)


def test_after_midnight_the_last_days_move_on() -> None:
    (before,) = board(row("fence", 0)).rows
    (after,) = board(before).at(NOON + timedelta(hours=13)).rows
    assert before.days[-2:] == (Day.NONE, Day.BACKUP)
    assert after.days[-2:] == (Day.BACKUP, Day.NONE)


def test_of_a_bucket_that_was_not_seen_nothing_is_claimed_later_either() -> None:
    unseen = Board(board(row("fence", 1)).rows, None, None, NOON, LIMIT)
    (claimed,) = unseen.at(NOON + timedelta(days=9)).rows
    assert (claimed.verdict, claimed.days) == (None, ())
