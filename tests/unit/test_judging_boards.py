"""A board judged again at another moment: every part of it follows, and nothing is asked for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bak_tui.core.databases import Database, Locale
from bak_tui.core.errors import BakError, ServerError, StoreError
from bak_tui.core.manifest import parse_manifest
from bak_tui.core.standing import Day
from bak_tui.operations.bucket.board import Board, BoardRow, joined
from bak_tui.operations.bucket.inventory import Inventory, StoredDump
from bak_tui.operations.bucket.recalling import recalled
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


LOCALE = Locale("UTF8", "libc", "C", "C")


def whole(server: BakError | None = None, bucket: BakError | None = None, *, at: datetime = NOON) -> Board:
    """Of `fence` on the server and `gone` in the bucket, as far as each end has answered."""
    databases = None if server else (Database("fence", 1, "gen3", 1000, LOCALE),)
    inventory = None if bucket else Inventory(row("gone", 5).dumps, 0)
    return Board(
        joined(databases, inventory),
        None,
        inventory,
        at,
        LIMIT,
        server,
        bucket,
        "" if bucket else "Ceph RGW",
        databases,
        None if server else at,
        None if bucket else at,
    ).at(at)


LOST = ServerError("cannot reach it", kind="unreachable")
SHUT = StoreError("access denied", kind="access_denied")


@pytest.mark.parametrize(
    ("server", "bucket"), [(LOST, None), (None, SHUT), (LOST, SHUT)], ids=["server", "bucket", "both"]
)
def test_of_an_end_that_fails_the_board_shows_what_it_told_before_and_says_so(
    server: BakError | None, bucket: BakError | None
) -> None:
    before, later = whole(), NOON + timedelta(hours=1)
    after = recalled(whole(server, bucket, at=later), before)
    assert [(each.database, each.is_on_server) for each in after.rows] == [("fence", True), ("gone", False)]
    assert all(each.verdict for each in after.rows)
    assert (after.server_error, after.store_error) == (server, bucket)
    assert (after.stale_since, after.looked_at, after.provider) == (NOON, later, "Ceph RGW")
    again = recalled(whole(server, bucket, at=later + timedelta(hours=1)), after)
    assert again.stale_since == NOON
    assert whole(at=later).stale_since is None


def test_an_end_that_has_never_answered_is_not_made_up() -> None:
    first = whole(LOST, SHUT)
    assert (recalled(first, None), recalled(whole(LOST, SHUT), first).rows) == (first, ())
    assert first.stale_since is None


def test_of_a_bucket_that_was_not_seen_nothing_is_claimed_later_either() -> None:
    unseen = Board(board(row("fence", 1)).rows, None, None, NOON, LIMIT)
    (claimed,) = unseen.at(NOON + timedelta(days=9)).rows
    assert (claimed.verdict, claimed.days) == (None, ())
