"""The demo's bucket has a past: every standing is in it, and what it holds can be restored."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bak_tui.core.errors import ExitCode, IntegrityError
from bak_tui.core.names import is_template_named
from bak_tui.core.outcomes import Outcome
from bak_tui.core.profile import Profile
from bak_tui.core.standing import Standing, missed
from bak_tui.demo import oddities, past, programs
from bak_tui.demo.embedded import BUCKET, Embedded
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.bucket.entries import EntryKind
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.tui.app import BakApp
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.starting import begin_demo, taking
from tests.demo.reaching import answer
from tests.waiting import PATIENCE

READY_WITHIN = PATIENCE
"""Seconds, from the start of the servers."""


@dataclass
class Demo:
    """The finished demo, and a `Bak` to look at it."""

    servers: Embedded
    bak: Bak
    profile: Profile
    seconds: float
    steps: list[str]

    def board(self) -> Board:
        return self.bak.board(self.profile)

    def dumps(self, database: str) -> tuple[StoredDump, ...]:
        """Newest first."""
        inventory = self.bak.catalogue(self.profile.target).inventory()
        return tuple(dump for dump in inventory.dumps if dump.database == database)

    def restore(self, dump: StoredDump, into: str) -> Outcome[Restored]:
        sources = self.bak.catalogue(self.profile.target).sources([dump])
        job = self.bak.restore(self.profile.server, sources, RestoreOptions(into=into))
        (outcome,) = job.result().outcomes
        return outcome

    def is_whole(self, dump: StoredDump) -> bool:
        """Whether the stored bytes are the ones its manifest was written for."""
        body = (self.servers.s3.root / BUCKET / dump.stored.key).read_bytes()
        return dump.manifest is not None and hashlib.sha256(body).hexdigest() == dump.manifest.sha256


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    room = tmp_path_factory.mktemp("session")
    bindir, steps = str(programs.embedded_bindir()), list[str]()
    started = time.monotonic()
    with (
        Embedded.start() as servers,
        Bak.open(pg_bindir=bindir, config=room / "config.toml", state=room / "state") as bak,
    ):
        profile = Profile("demo", servers.server, servers.target)
        past.prepare(servers, taking(bak, profile), now=datetime.now(UTC), say=steps.append)
        yield Demo(servers, bak, profile, time.monotonic() - started, steps)


def test_it_is_ready_in_time_and_says_what_it_does(demo: Demo) -> None:
    print(f"the demo was ready after {demo.seconds:.1f} s: {demo.steps}")  # noqa: T201  # the figure
    assert demo.seconds < READY_WITHIN
    assert len(demo.steps) >= 3


def test_every_standing_is_on_the_board(demo: Demo) -> None:
    rows = {row.database: row for row in demo.board().rows}
    assert {name: row.verdict and row.verdict.standing for name, row in rows.items()} == {
        "gecko": Standing.NONE,
        "arborist": Standing.SHRUNK,
        "fence": Standing.STALE,
        "requestor": Standing.UNVERIFIED,
        "indexd": Standing.OK,
        "postgres": Standing.OK,
        "sheepdog": Standing.OK,
        "your_database": Standing.UNVERIFIED,
    }
    assert [name for name, row in rows.items() if not row.is_on_server] == ["your_database", "sheepdog"]


def test_the_good_one_has_a_fortnight_with_one_day_missing(demo: Demo) -> None:
    board = demo.board()
    row = next(row for row in board.rows if row.database == "indexd")
    assert len(row.dumps) == 13
    assert board.looked_at - row.dumps[-1].taken > timedelta(days=13)
    (gap,) = missed(row.facts, now=board.looked_at, limit=board.limit)
    assert gap.until - gap.after == timedelta(days=2)


def test_names_times_and_manifests_agree(demo: Demo) -> None:
    inventory = demo.bak.catalogue(demo.profile.target).inventory()
    backups = [dump for dump in inventory.dumps if dump.manifest is not None]
    assert len({dump.manifest.id for dump in backups if dump.manifest}) == len(backups)
    runs = {(dump.manifest.run_id, dump.path[-20:]) for dump in backups if dump.manifest}
    assert len({run for run, _ in runs}) == len({stamp for _, stamp in runs}) == len(runs)
    for dump in backups:
        assert dump.manifest is not None
        assert is_template_named(dump.path)
        assert dump.manifest.started <= dump.manifest.snapshot_at <= dump.manifest.finished
        assert abs(dump.stored.modified - dump.manifest.finished) < timedelta(seconds=2)
    assert not any(dump.problem for dump in inventory.dumps)


def test_what_is_odd_is_listed_as_what_it_is(demo: Demo) -> None:
    inventory = demo.bak.catalogue(demo.profile.target).inventory()
    assert inventory.others == len(set(oddities.PLAIN))
    (odd,) = demo.dumps("your_database")
    assert odd.path == oddities.ODD_NAME
    assert not is_template_named(odd.path)
    (page,) = demo.bak.catalogue(demo.profile.target).browse()
    kinds = {entry.name: entry.kind for entry in page.entries}
    assert kinds["README.txt"] is EntryKind.OBJECT
    assert kinds["notes/"] is kinds["photos/"] is kinds["indexd/"] is EntryKind.FOLDER
    assert kinds[oddities.ODD_NAME] is EntryKind.DUMP
    assert "gecko/" not in kinds


def test_one_backup_is_damaged_and_a_restore_finds_it(demo: Demo) -> None:
    inventory = demo.bak.catalogue(demo.profile.target).inventory()
    (damaged,) = [dump for dump in inventory.dumps if dump.is_backup and not demo.is_whole(dump)]
    assert damaged.database == "fence"
    outcome = demo.restore(damaged, "fence_damaged")
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert isinstance(outcome.error, IntegrityError)
    assert "fence_damaged" not in {database.name for database in demo.bak.databases(demo.profile.server)}


@pytest.mark.parametrize("name", ["arborist", "fence", "indexd", "requestor", "sheepdog"])
def test_an_old_backup_of_each_comes_back_as_it_was(demo: Demo, name: str) -> None:
    outcome = demo.restore(demo.dumps(name)[-1], f"{name}_restored")
    assert outcome.exit_code is ExitCode.DONE, outcome.sentence
    assert outcome.result is not None
    assert outcome.result.comparison is not None
    assert outcome.result.comparison.matches
    assert outcome.result.rows > 500


def test_the_shrunk_one_is_a_real_dump_of_little(demo: Demo) -> None:
    outcome = demo.restore(demo.dumps("arborist")[0], "arborist_shrunk")
    assert outcome.exit_code is ExitCode.DONE, outcome.sentence
    users = "SELECT count(*) FROM usr"
    assert answer(demo.profile.server, users, "arborist_shrunk") == 400
    assert answer(demo.profile.server, users, "arborist") == 12_000


def test_dumps_that_nothing_vouches_for_can_be_restored_too(demo: Demo) -> None:
    for dump, table in (
        (demo.dumps("requestor")[0], "requests"),
        (demo.dumps("your_database")[0], "node_case"),
    ):
        assert dump.manifest is None
        into = f"{dump.database}_unverified"
        outcome = demo.restore(dump, into)
        assert outcome.exit_code is ExitCode.PARTIAL, outcome.sentence  # nothing to compare it with
        assert answer(demo.profile.server, f"SELECT count(*) > 90 FROM {table}", into) is True


def test_large_objects_and_odd_names_are_there_to_be_backed_up(demo: Demo) -> None:
    server = demo.profile.server
    assert answer(server, "SELECT length(lo_get(scan)) FROM consent_form LIMIT 1", "requestor") == 64_000
    assert answer(server, "SELECT length(lo_get(image)) > 9 FROM logo", "gecko") is True
    assert answer(server, 'SELECT count(*) FROM "Audit 2026 – Überprüfung"."Findings [draft]"', "fence") == 25
    beside_empty = (
        "SELECT sum(pg_database_size(datname) - pg_database_size('template1')) / 1000000"
        " FROM pg_database WHERE datname = ANY('{arborist,fence,gecko,indexd,requestor}')"
    )
    megabytes = answer(server, beside_empty)
    assert 45 < float(str(megabytes)) < 65


@pytest.mark.asyncio
@pytest.mark.parametrize("by_key", [False, True], ids=["--demo", "d without a profile"])
async def test_a_session_on_it_shows_the_board_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, by_key: bool
) -> None:
    with TemporaryDirectory() as name:
        base = Path(name).resolve()
        base.chmod(0o711)  # the server's account must reach what is in it
        monkeypatch.setattr(tempfile, "tempdir", str(base))
        for variable in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(variable, str(base))
        monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
        started = time.monotonic()
        with ExitStack() as resources:
            begins = partial(begin_demo, resources)
            empty = resources.enter_context(
                Bak.open(config=tmp_path / "config.toml", state=tmp_path / "state")
            )
            app = BakApp(Begun(empty, Workbench(empty, [])) if by_key else begins, begin_demo=begins)
            async with app.run_test(size=(160, 45), notifications=True) as pilot:
                if by_key:
                    await pilot.press("d", "d")
                while not isinstance(bench := app.screen_stack[-1], Workbench) or not bench.prepares:
                    await pilot.pause(0.05)
                (folder,) = base.iterdir()
                while bench.board is None or bench.board.inventory is None:
                    assert time.monotonic() - started < READY_WITHIN
                    await pilot.pause(0.05)
                ready = time.monotonic() - started
                assert bench.board.at_risk == 3
                assert bench.board.store_error is None
                assert not bench.bak.history().jobs
                assert list(base.iterdir()) == [folder]
        print(f"the board was on the screen after {ready:.1f} s")  # noqa: T201  # the figure
        assert not list(base.iterdir())
