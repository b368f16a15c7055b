"""Fifty databases at once, hundreds of jobs cancelled at random, a long history; in CI fewer of each.

`pytest -m sweep --log-cli-level=INFO tests/load` is the whole; its last figures: tests/faults/README.md.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.recorded import record_of
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.services.history import KEPT, History
from bak_tui.services.jobs import Job
from tests.cli.conftest import Site, embedded
from tests.cli.test_memory import BOUND, peak_memory
from tests.load.gauges import Held, held
from tests.operations.conftest import House, house
from tests.samples import sessions_of
from tests.servers.fixtures import open_connection
from tests.waiting import until

__all__ = ["embedded", "house"]

_log = logging.getLogger(__name__)
MOST_GROWTH = 24_000_000
"""Bytes of memory from the first to the last: pieces the allocator keeps, and what a job leaves."""
AT_ONCE = 8


@dataclass
class Fleet:
    """Many small databases on one server."""

    names: tuple[str, ...]
    house: House

    @property
    def selection(self) -> Selection:
        return Selection(self.names)


@pytest.fixture
def fleet(request: pytest.FixtureRequest, house: House) -> Iterator[Fleet]:
    """As many as the test's first parameter says, each a copy of one with a table in it."""
    number: int = request.param
    names = tuple(f"load_{os.getpid()}_{index:02d}" for index in range(number))
    with open_connection(house.server, "postgres") as connection:
        for index, name in enumerate(names):
            template = sql.Identifier(names[0] if index else "template1")
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template)
            )
            if not index:
                with open_connection(house.server, name) as first:
                    first.execute("CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 999) i")
    yield Fleet(names, house)
    with open_connection(house.server, "postgres") as connection:
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def port_of(site: House) -> int:
    """Where the bucket answers."""
    port = urlsplit(str(site.target.endpoint)).port
    assert port is not None
    return port


def settled(before: Held, port: int) -> Held:
    """What is held once all that was begun has ended."""
    until(lambda: held(port).threads <= before.threads and held(port).children <= before.children)
    return held(port)


@pytest.mark.parametrize(
    ("fleet", "rounds"),
    [pytest.param(9, 2, id="few"), pytest.param(50, 5, id="whole", marks=pytest.mark.sweep)],
    indirect=["fleet"],
)
def test_many_databases_at_once_are_backed_up_and_nothing_more_is_held_afterwards(
    fleet: Fleet, rounds: int
) -> None:
    site = fleet.house
    port = port_of(site)
    moment = datetime.now(UTC)
    bak = site.bak(clock=lambda: moment)
    seen: list[Held] = []
    for number in range(rounds):
        moment += timedelta(seconds=number)  # a run's keys bear its second
        report = bak.backup(site.profile, fleet.selection, BackupOptions(parallel=AT_ONCE)).result()
        assert {outcome.state for outcome in report.outcomes} == {JobState.OK}, report
        assert len(report.outcomes) == len(fleet.names)
        seen.append(settled(seen[0], port) if seen else held(port))
    assert len(site.keys()) == 2 * rounds * len(fleet.names)
    assert site.bucket.open_uploads("") == ()
    until(lambda: not sessions_of(site.server))
    assert seen[-1].threads <= seen[0].threads
    assert seen[-1].descriptors <= seen[0].descriptors, seen
    assert seen[-1].connections <= seen[0].connections + AT_ONCE, seen
    assert seen[-1].memory - seen[min(1, rounds - 1)].memory <= MOST_GROWTH, seen
    _log.info("after each round of %d: %s", len(fleet.names), "; ".join(map(str, seen)))


def _has_begun(job: Job[Any]) -> Callable[[], bool]:
    return lambda: job.status.state is not JobState.WAIT


@pytest.mark.parametrize(
    ("fleet", "number"),
    [pytest.param(3, 12, id="few"), pytest.param(5, 200, id="whole", marks=pytest.mark.sweep)],
    indirect=["fleet"],
)
def test_jobs_that_are_cancelled_at_random_leave_nothing_and_the_others_end_well(
    fleet: Fleet, number: int
) -> None:
    site = fleet.house
    port = port_of(site)
    chance = random.Random(number)  # noqa: S311  # not for secrets
    began = datetime.now(UTC)
    seconds = iter(range(10**6))
    bak = site.bak(clock=lambda: began + timedelta(seconds=next(seconds)))

    def begin() -> Job[Any]:
        return bak.backup(site.profile, Selection((chance.choice(fleet.names),)), BackupOptions())

    first = begin()
    first.wait()
    before = held(port)
    queued = [begin() for _ in range(number)]
    jobs = [first, *queued]
    for job in sorted(chance.sample(queued, number * 2 // 3), key=lambda job: job.id):
        if chance.random() < 0.5:
            until(_has_begun(job), 120)
        bak.engine.cancel(job)
    until(lambda: all(job.status.state.is_final for job in jobs), 600)
    ended = [job.status.state for job in jobs]
    # Two of one database at once: the second is told who holds the lock.
    failed = {job.status.error.kind for job in jobs if job.status.error} - {"cancelled"}
    assert failed <= {"locked"}
    assert ended.count(JobState.OK) > 0
    assert ended.count(JobState.CANCELLED) > 0
    dumps = bak.catalogue(site.target).inventory().dumps
    assert len(dumps) == ended.count(JobState.OK)
    assert all(dump.is_backup for dump in dumps)
    assert len(site.keys()) == 2 * len(dumps)
    assert site.bucket.open_uploads("") == ()
    until(lambda: not sessions_of(site.server))
    after = settled(before, port)
    assert after.descriptors <= before.descriptors, f"{before} → {after}"
    assert after.connections <= before.connections + AT_ONCE, f"{before} → {after}"
    assert after.memory - before.memory <= MOST_GROWTH, f"{before} → {after}"
    counts = ", ".join(f"{ended.count(state)} {state}" for state in sorted(set(ended)))
    _log.info("%d jobs, %s: before %s; after %s", number, counts, before, after)


def test_a_history_of_ten_thousand_jobs_is_bounded_and_read_in_little_memory(embedded: Site) -> None:
    history = History(embedded.bak.home / "state")
    step = KEPT // 20
    newest = KEPT + step

    def ended(number: int) -> JobStatus:
        return JobStatus(JobId(number), "backup", "fence", JobState.OK, outcome="1 GB in 0:00:10")

    history.record(ended(1), None)
    with (history.folder / "history.jsonl").open("a") as file:
        for number in range(2, newest):
            record = record_of(ended(number), None, host="h", pid=1)
            file.write(record.model_dump_json(exclude_defaults=True) + "\n")
    history.record(ended(newest), None)
    assert len((history.folder / "history.jsonl").read_bytes().splitlines()) == KEPT
    process = embedded.bak.start("jobs", "--last", "3")
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_memory(process.pid))
    out = process.communicate()[0].decode()
    assert [line.split()[0] for line in out.splitlines()] == ["job", *map(str, range(newest, newest - 3, -1))]
    assert 10_000_000 < peak < BOUND
