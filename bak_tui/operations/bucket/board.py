"""The protection board: the server's databases joined with the bucket's dumps, worst first.

What must stay true: one end that cannot be reached does not hide the other, and nothing is claimed of an
end that was never seen. Without the bucket no database has a verdict; without the server nobody knows what is
gone from it. Everything a board says of age is said for the one moment it was judged at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bak_tui.core.databases import Database, ServerIdentity
from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.names import slug
from bak_tui.core.profile import Profile
from bak_tui.core.standing import Day, DumpFact, Verdict, judge, judge_each, last_days
from bak_tui.operations.bucket.inventory import Inventory, StoredDump, take_inventory
from bak_tui.operations.ports import Collaborators

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One database, on the server, in the bucket, or both."""

    database: str
    size: int | None
    """Bytes on the server; None when it is not there or may not be asked."""
    owner: str
    is_on_server: bool | None
    """None when the server could not be asked."""
    accepts_connections: bool
    dumps: tuple[StoredDump, ...]
    """Newest first."""
    verdict: Verdict | None = None
    """None when the bucket could not be asked: nothing is known."""
    aside: str = ""
    """Why its standing is nobody's duty though it is on the server, in words."""
    kept_of: str = ""
    """The name it had before a swap put it aside, which an undo gives back; empty when none did."""
    days: tuple[Day, ...] = ()
    """The last 14, oldest first; empty when the bucket could not be asked."""

    @property
    def counts(self) -> bool:
        """Whether its standing is somebody's duty: it is on the server, and backed up when all are."""
        return bool(self.is_on_server) and not self.aside

    @property
    def folder(self) -> str:
        """Where its newest dump lies, relative to the prefix; without one where it would."""
        path = self.dumps[0].path if self.dumps else f"{slug(self.database)}/"
        return path[: path.rfind("/") + 1]

    @property
    def facts(self) -> tuple[DumpFact, ...]:
        return tuple(fact(dump) for dump in self.dumps)

    def at(self, moment: datetime, limit: timedelta) -> BoardRow:
        """The same, judged by its dumps at that moment."""
        facts = self.facts
        # Of a database that is gone, the last dump gets older without anybody's fault.
        verdict = judge(facts, now=moment, limit=None if self.is_on_server is False else limit)
        return replace(self, verdict=verdict, days=last_days(facts, now=moment))


@dataclass(frozen=True, slots=True)
class Board:
    """Both ends at one moment."""

    rows: tuple[BoardRow, ...]
    """Worst first, then by name; behind them what is left out of all, and what is only in the bucket."""
    identity: ServerIdentity | None
    inventory: Inventory | None
    looked_at: datetime
    """The moment all rows are judged at, and their ages are told for."""
    limit: timedelta
    """How old a newest backup may be."""
    server_error: BakError | None = None
    store_error: BakError | None = None
    provider: str = ""
    """Whose S3 the bucket is in; empty when nothing tells."""
    databases: tuple[Database, ...] | None = None
    """What the server has; None when it has not told."""
    server_seen: datetime | None = None
    """When the server told what is shown of it; None: it never did."""
    bucket_seen: datetime | None = None
    """When the bucket was listed."""

    @property
    def stale_since(self) -> datetime | None:
        """The moment that what is shown is of, where an end has failed since; None when all is new."""
        ends = ((self.server_error, self.server_seen), (self.store_error, self.bucket_seen))
        return min((seen for error, seen in ends if error and seen), default=None)

    @property
    def at_risk(self) -> int:
        """How many databases on the server are NONE, SHRUNK or STALE."""
        return sum(row.verdict.standing.is_at_risk for row in self.rows if row.counts and row.verdict)

    def at(self, moment: datetime) -> Board:
        """What the same two ends came to at another moment: pure, and as long as there are dumps."""
        rows = [row.at(moment, self.limit) if self.inventory else _unknown(row) for row in self.rows]
        return replace(self, rows=tuple(sorted(rows, key=_worst_first)), looked_at=moment)


@dataclass(frozen=True, slots=True)
class BoardWatch:
    """Who looks on while a board is read."""

    early: Callable[[Board], None] = lambda _board: None
    """Gets the board without the bucket, when that takes longer than the server."""
    check: Callable[[], None] = lambda: None
    """Called between requests; may raise to give the reading up."""


def read_board(
    collaborators: Collaborators,
    profile: Profile,
    limit: timedelta | None = None,
    watch: BoardWatch | None = None,
) -> Board:
    """Ask both ends at once. Their errors stand in the board. `limit` None is the profile's staleness.

    A big bucket takes its time: `watch.early` gets the board without it as soon as the server has answered.
    """
    limit = profile.staleness if limit is None else limit
    watch = watch or BoardWatch()
    with ThreadPoolExecutor(2, thread_name_prefix="bak-board") as pool:
        server = pool.submit(_attempt, lambda: _ask_server(collaborators, profile))
        bucket = pool.submit(_attempt, lambda: _ask_bucket(collaborators, profile, watch.check))
        asked, server_error = server.result()
        identity, databases = asked or (None, None)

        def board(found: tuple[Inventory, str] | None, store_error: BakError | None) -> Board:
            now = collaborators.clock()
            inventory, provider = found or (None, "")
            board = Board(
                joined(databases, inventory),
                identity,
                inventory,
                now,
                limit,
                server_error,
                store_error,
                provider,
                databases,
                server_seen=now if databases is not None else None,
                bucket_seen=now if inventory else None,
            )
            return board.at(now)

        if not bucket.done():
            watch.early(board(None, None))
        return board(*bucket.result())


def fact(dump: StoredDump) -> DumpFact:
    """What the rule looks at in a stored dump."""
    rows = dump.manifest.rows if dump.manifest else None
    return DumpFact(dump.taken, dump.stored.size, rows, dump.is_backup, dump.problem, dump.evidence.harm)


def by_database(dumps: Iterable[StoredDump]) -> dict[str, list[StoredDump]]:
    """The dumps of each database, in the order given."""
    grouped: dict[str, list[StoredDump]] = {}
    for dump in dumps:
        grouped.setdefault(dump.database, []).append(dump)
    return grouped


def dump_verdicts(inventory: Inventory) -> dict[str, Verdict]:
    """Each dump's own verdict by its path, for the bucket's rows."""
    return {
        dump.path: verdict
        for dumps in by_database(inventory.dumps).values()
        for dump, verdict in zip(dumps, judge_each([fact(dump) for dump in dumps]), strict=True)
    }


def _attempt(ask: Callable[[], T]) -> tuple[T | None, BakError | None]:
    try:
        return ask(), None
    except Cancelled:
        raise
    except BakError as error:
        return None, error


def _ask_server(
    collaborators: Collaborators, profile: Profile
) -> tuple[ServerIdentity, tuple[Database, ...]]:
    instance = collaborators.postgres(profile.server, "bak-board")
    return instance.identity(), tuple(each for each in instance.databases() if not each.is_scratch)


def _ask_bucket(
    collaborators: Collaborators, profile: Profile, check: Callable[[], None]
) -> tuple[Inventory, str]:
    target = profile.target
    store = collaborators.store(target)
    inventory = take_inventory(
        store, target, looks_at_bytes=False, check=check, cache=collaborators.documents
    )
    return inventory, store.product()


def joined(databases: tuple[Database, ...] | None, inventory: Inventory | None) -> tuple[BoardRow, ...]:
    """What both ends have, not judged yet."""
    grouped = by_database(inventory.dumps) if inventory else {}
    there = {database.name: database for database in databases or ()}
    rows = []
    for name in there.keys() | grouped.keys():
        database = there.get(name)
        row = BoardRow(
            database=name,
            size=database.size if database else None,
            owner=database.owner if database else "",
            is_on_server=None if databases is None else database is not None,
            accepts_connections=database is not None and database.accepts_connections,
            dumps=tuple(grouped.get(name, ())),
            aside=database.aside if database else "",
            kept_of=database.kept_of if database else "",
        )
        rows.append(row)
    return tuple(rows)


def _unknown(row: BoardRow) -> BoardRow:
    return replace(row, verdict=None, days=())


def _worst_first(row: BoardRow) -> tuple[bool, bool, int, str]:
    """What is nobody's duty stands behind what is, and what is only in the bucket last."""
    return (
        row.is_on_server is False,
        bool(row.aside),
        row.verdict.standing.rank if row.verdict else 0,
        row.database,
    )
