"""The ground a kill happens on, and the promises that must hold after it.

Whatever is killed, two things are found again as they were: a known good backup in the bucket, and the
database itself, which today holds other rows than that backup, so that one is told from the other.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from psycopg import sql

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.leftovers import Claims, LeftoverKind, Leftovers
from bak_tui.core.levels import Level
from bak_tui.core.names import checks_folder, manifest_path
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.local_dumps import LocalSource
from bak_tui.operations.restore.undo import UndoOptions, kept_databases
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.services.postgres import Instance
from bak_tui.services.s3 import Bucket
from tests.children import programs_at, running_with
from tests.cli.conftest import Site
from tests.deeds import DUMPED, FETCHED, KEPT, ONE_TABLE, SENT, STREAMED
from tests.samples import databases_of, drop, fill, fill_bytes, oid_of, rows_of, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import until

ROOT = Path(__file__).parents[2]
_WHOLE_SCRIPT = b"-- PostgreSQL database cluster dump complete"
_GLOBALS = "_globals/"


@contextmanager
def killable(site: Site, said: Path) -> Iterator[subprocess.Popen[str]]:
    """`tests.killed` in the site's environment, waiting for what to do; `said` gets its stderr."""
    with (
        said.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "tests.killed"],
            env=site.bak.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        yield process
        assert process.stdin
        process.stdin.close()


@dataclass
class Ground:
    """A database with a known good backup in a bucket, and a folder; whatever is killed, both stay good."""

    site: Site
    name: str
    folder: Path
    how: BackupOptions = STREAMED
    """How the known good backup was made, and what else a verb needs is."""
    backed: dict[str, int] = field(default_factory=dict)
    """Rows by table, as the known good backup has them."""
    rows: dict[str, int] = field(default_factory=dict)
    """… and as the database has them today."""
    oid: int = 0
    good: str = ""
    """The path of the known good backup."""
    _killed: subprocess.Popen[str] | None = None
    _resources: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @classmethod
    def prepared(
        cls, site: Site, make_database: MakeDatabase, folder: Path, how: BackupOptions = STREAMED
    ) -> Ground:
        ground = cls(site, make_database(), folder, how)
        fill(site.server, ground.name)
        fill_bytes(site.server, ground.name, 11)
        ground.backed = rows_of(site.server, ground.name)
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o711)  # throw-away servers live there
        site.bak.variables["TMPDIR"] = str(folder / "tmp")
        ground.back_up()
        (dump,) = ground.dumps
        ground.good = dump.path
        fetched = ground.bak.download(site.target, [dump], DownloadOptions(folder / SENT)).result()
        assert fetched.exit_code is ExitCode.DONE, fetched
        with open_connection(site.server, ground.name) as connection:
            connection.execute("CREATE TABLE marker AS SELECT 'today' AS said")
        ground._add_todays_row()
        ground.rows = rows_of(site.server, ground.name)
        ground.oid = oid_of(site.server, ground.name)
        return ground

    @property
    def profile(self) -> Profile:
        return Profile("killed", self.site.server, self.site.target)

    @cached_property
    def bucket(self) -> Bucket:
        return Bucket.open(self.site.target)

    @property
    def state(self) -> Path:
        return Path(self.site.bak.environment["BAK_STATE_DIR"])

    @cached_property
    def bak(self) -> Bak:
        """The next start: another process of the same user, as far as journal and history can tell."""
        opened = Bak.open(pg_bindir=self.site.bak.variables["BAK_PG_BINDIR"], state=self.state)
        return self._resources.enter_context(opened)

    @property
    def dumps(self) -> list[StoredDump]:
        return list(self.bak.catalogue(self.site.target).inventory().dumps)

    def back_up(self) -> None:
        report = self.bak.backup(self.profile, Selection((self.name,)), self.how).result()
        assert report.exit_code is ExitCode.DONE, [outcome.error for outcome in report.outcomes]

    def kill(self, verb: str, when: str) -> bool:
        """Whether it came so far; else it ended by itself, and well."""
        self._begin(verb, when)
        return self._was_killed()

    def kill_after(self, verb: str, seconds: float) -> bool:
        """The same from outside, so long after it has begun."""
        pid = self._begin(verb, "never")
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self._was_killed()

    def _begin(self, verb: str, when: str) -> int:
        """Its number, once it has asked all that has to be asked before."""
        if self._killed is None:
            self._killed = self._resources.enter_context(killable(self.site, self.folder / "said"))
        stdin, stdout = self._killed.stdin, self._killed.stdout
        assert stdin
        assert stdout
        stdin.write("\t".join((verb, when, self.name, str(self.folder))) + "\n")
        stdin.flush()
        told = {word: number for word, _, number in (stdout.readline().partition(" ") for _ in range(2))}
        assert told.keys() == {"began", "begins\n"}, (told, (self.folder / "said").read_text())
        return int(told["began"])

    def _was_killed(self) -> bool:
        assert self._killed
        assert self._killed.stdout
        ended = self._killed.stdout.readline()
        assert ended in {"ended 0\n", "ended -9\n"}, (ended, (self.folder / "said").read_text())
        return ended == "ended -9\n"

    def end(self, verb: str) -> None:
        """Nothing that was killed before keeps it from ending well."""
        self.until_gone()
        assert not self.kill(verb, "never")

    def until_gone(self) -> None:
        """No session and no program of a killed run is left."""
        server = self.site.server
        until(lambda: not sessions_of(server) and not programs_at(str(server.port)))

    # -- the promises --------------------------------------------------------------------------------

    def assert_promises(self, verb: str) -> Leftovers:
        """Everything that must hold after that verb was killed, or has ended; what was told, and removed."""
        self.until_gone()
        self.assert_databases_whole(verb)
        self._assert_listed_is_true()
        told = self.bak.house.find(self.profile, lists_objects=True)
        assert told.errors == ()
        cleaned = self.bak.house.clean(self.profile, told)
        assert [each.error for each in cleaned if each.error] == []
        self._put_away({each.name for each in told.found})
        after = self.bak.house.find(self.profile, lists_objects=True)
        assert (after.found, after.errors) == ((), ())
        self._assert_nothing_untold()
        return told

    def assert_told_as_died(self) -> None:
        """The next start tells of the job, once; and it stands in the history as failed."""
        first, again = self.bak.history(), self.bak.history()
        assert [(job.state, job.error_kind) for job in first.died] == [(JobState.FAILED, "died")]
        assert first.jobs[0] == first.died[0] == again.jobs[0]
        assert again.died == ()

    def assert_told_or_ended(self) -> None:
        """The same where it may have ended, or not begun, when it was killed: nothing is said to run."""
        first = self.bak.history()
        assert len(first.died) <= 1
        assert all(job.state.is_final for job in first.jobs)
        assert list((self.state / "begun").glob("[0-9]*.json")) == []

    def assert_databases_whole(self, verb: str) -> None:
        """Under its name stands the old one as it was, or a whole one, and then the old one is kept."""
        server = self.site.server
        kept = [each.name for each in kept_databases(Instance(server), self.name)]
        there = {name: (oid_of(server, name), rows_of(server, name)) for name in (self.name, *kept)}
        restored = [self.backed]
        if verb == "clean":  # it replaces what the dump has, and keeps the rest
            restored = [{**self.backed, "public.marker": 1}]
        oid, rows = there[self.name]
        assert rows in [self.rows, *restored], (oid, rows)
        if verb != "clean":
            assert (self.oid, self.rows) in there.values(), there
            assert all(rows in [self.rows, self.backed] for _, rows in there.values()), there
        back = f"{self.name}_back"
        if verb != "existing" and back in databases_of(server):
            wanted = {ONE_TABLE: self.backed[ONE_TABLE]} if verb == "part" else self.backed
            assert rows_of(server, back) == wanted

    def _assert_listed_is_true(self) -> None:
        """Every listed backup, in the bucket and in a folder, is bit for bit what was written."""
        backups = [dump for dump in self.dumps if dump.is_backup]
        assert self.good in [dump.path for dump in backups]
        assert self.bak.verify(self.profile, backups, VerifyOptions()).result().exit_code is ExitCode.DONE
        for folder in (self.folder / name for name in (KEPT, DUMPED, FETCHED)):
            found, _ = self.bak.folder_dumps(folder, Selection()) if folder.is_dir() else ([], ())
            here: list[LocalSource] = list(found)
            if here:
                report = self.bak.verify(self.profile, here, VerifyOptions(Level.DECODE)).result()
                assert [outcome.error for outcome in report.outcomes if outcome.error] == [], folder

    # -- as it was before ----------------------------------------------------------------------------

    def _put_away(self, told: set[str]) -> None:
        """What a killed run did finish, and what goes only by name: nothing that `clean` may take."""
        self._put_back_databases()
        extra = [dump for dump in self.dumps if dump.path != self.good]
        for dump in extra:
            assert dump.is_backup or dump.stored.key in told, f"nobody told of {dump.stored.key}"
        if extra:
            confirmed = DeleteOptions({self.profile.name})
            assert self.bak.delete(self.profile, extra, confirmed).result().exit_code is ExitCode.DONE
        found = self.bak.house.find(self.profile, lists_objects=True).found
        named = Claims(objects={each.name for each in found if each.kind is LeftoverKind.CHECKS})
        self.bak.house.clean(self.profile, self.bak.house.find(self.profile, named, lists_objects=True))
        self._delete_below(checks_folder(self.good))  # else every round would have one more to read
        for key in self._keys(_GLOBALS):
            assert _WHOLE_SCRIPT in self.bucket.read(key, limit=1 << 20)
        self._delete_below(_GLOBALS)
        for name in (KEPT, DUMPED, FETCHED):
            assert list((self.folder / name).rglob("*.partial")) == []
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _put_back_databases(self) -> None:
        """A swap that was done is undone, as its user would; a restore that was, dropped."""
        server = self.site.server
        if oid_of(server, self.name) != self.oid:
            how = UndoOptions(confirmed={self.name}, terminates=True)
            while oid_of(server, self.name) != self.oid:
                kept = kept_databases(Instance(server), self.name)
                mine = next(each.name for each in kept if oid_of(server, each.name) == self.oid)
                report = self.bak.undo(server, self.name, replace(how, kept=mine)).result()
                assert report.exit_code is ExitCode.DONE, report
        if names := [each.name for each in kept_databases(Instance(server), self.name)]:
            self.bak.house.drop(self.profile, names, set(names))
        drop(server, f"{self.name}_back")
        if rows_of(server, self.name) != self.rows:
            self._add_todays_row()
        assert rows_of(server, self.name) == self.rows

    def _add_todays_row(self) -> None:
        with open_connection(self.site.server, self.name) as connection:
            connection.execute("INSERT INTO users (name) VALUES ('today')")

    def _keys(self, prefix: str) -> list[str]:
        return [stored.key for page in self.bucket.pages(prefix) for stored in page.objects]

    def _delete_below(self, prefix: str) -> None:
        if keys := self._keys(prefix):
            self.bucket.delete(keys)

    def _assert_nothing_untold(self) -> None:
        """Looked for where `doctor` does not look."""
        assert self.bucket.open_uploads("") == ()
        assert [key for key in self._keys("") if not key.startswith(self.good)] == []
        mine = [name for name in databases_of(self.site.server) if name.startswith(f"{self.name}_")]
        assert mine == []
        assert list((self.folder / "tmp").iterdir()) == []
        assert running_with(str(self.folder / "tmp")) == {}
        assert list(self.folder.rglob("*.partial")) == []
        self._assert_journal_empty()

    def _assert_journal_empty(self) -> None:
        """Nor has what was killed while it wrote a file of ours left a draft."""
        assert [each.name for each in (self.state / "journal").iterdir()] == []
        assert list(self.state.rglob(".*")) == []

    def make_empty_target(self) -> None:
        """A database for what is restored, with nothing in it."""
        drop(self.site.server, f"{self.name}_back")
        with open_connection(self.site.server, "postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{self.name}_back")))

    def put_another_there(self) -> None:
        """Where the known good backup is fetched to: another dump, with its manifest.

        In directory format, in which no folder is dumped into, the same once more.
        """
        room = self.folder / FETCHED
        shutil.rmtree(room, ignore_errors=True)
        if self.how.format is FormatWish.DIRECTORY:
            good = [dump for dump in self.dumps if dump.path == self.good]
            fetched = self.bak.download(self.site.target, good, DownloadOptions(room)).result()
            assert fetched.exit_code is ExitCode.DONE, fetched
            return
        how = replace(self.how, folder=room)
        (taken,) = self.bak.dump(self.site.server, Selection((self.name,)), how).result().results
        for there, wanted in ((taken.path, self.good), map(manifest_path, (taken.path, self.good))):
            (room / there).rename(room / wanted)

    def next_second(self) -> None:
        """Two backups of one second have one name."""
        time.sleep(1.1)
