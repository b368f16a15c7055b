"""The ground a kill happens on, and the promises that must hold after it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bak_tui.core.errors import ExitCode
from bak_tui.core.leftovers import Claims, LeftoverKind, Leftovers
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.undo import kept_databases
from bak_tui.services.postgres import Instance
from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.killed import STREAMED
from tests.samples import databases_of, drop, fill, fill_bytes, rows_of, sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@dataclass
class Ground:
    """A database with a known good backup in a bucket, and a folder; whatever is killed, both stay good."""

    site: Site
    name: str
    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    good: str = ""
    """The path of the known good backup."""

    @classmethod
    def prepared(cls, site: Site, make_database: MakeDatabase, folder: Path) -> Ground:
        ground = cls(site, make_database(), folder)
        fill(site.server, ground.name)
        fill_bytes(site.server, ground.name, 11)
        ground.rows = rows_of(site.server, ground.name)
        (folder / "tmp").mkdir()
        site.bak.variables["TMPDIR"] = str(folder / "tmp")
        ground.back_up()
        (dump,) = ground.dumps
        ground.good = dump.path
        with ground.opened() as bak:
            local = BackupOptions(folder=folder / "dumps", compression="none")
            bak.dump(site.server, Selection((ground.name,)), local).result()
        return ground

    @property
    def profile(self) -> Profile:
        return Profile("killed", self.site.server, self.site.target)

    @property
    def bucket(self) -> Bucket:
        return Bucket.open(self.site.target)

    def opened(self) -> Bak:
        """The next start: another process of the same user, as far as the journal can tell."""
        state = Path(self.site.bak.environment["BAK_STATE_DIR"])
        return Bak.open(pg_bindir=self.site.bak.variables["BAK_PG_BINDIR"], state=state)

    @property
    def dumps(self) -> list[StoredDump]:
        with self.opened() as bak:
            return list(bak.catalogue(self.site.target).inventory().dumps)

    def back_up(self) -> None:
        with self.opened() as bak:
            report = bak.backup(self.profile, Selection((self.name,)), STREAMED).result()
        assert report.exit_code is ExitCode.DONE, [outcome.error for outcome in report.outcomes]

    def start(self, verb: str, when: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.killed", verb, when, self.name, str(self.folder)],
            env=self.site.bak.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def kill(self, verb: str, when: str) -> bool:
        """Whether it came so far; else it ended by itself, and well."""
        with self.start(verb, when) as process:
            said = process.communicate(timeout=120)
        assert process.returncode in {0, -9}, said
        return process.returncode == -9

    def assert_promises(self) -> Leftovers:
        """Everything that must hold after a kill; what was told, after it was removed."""
        until(lambda: not sessions_of(self.site.server))
        assert self.name in databases_of(self.site.server)
        assert rows_of(self.site.server, self.name) == self.rows
        with self.opened() as bak:
            backups = [dump for dump in self.dumps if dump.is_backup]
            assert self.good in [dump.path for dump in backups]
            assert bak.verify(self.profile, backups, VerifyOptions()).result().exit_code is ExitCode.DONE
            told = bak.house.find(self.profile, lists_objects=True)
            assert told.errors == ()
            cleaned = bak.house.clean(self.profile, told)
            assert [each.error for each in cleaned if each.error] == []
            self._put_away(bak)
            after = bak.house.find(self.profile, lists_objects=True)
        assert (after.found, after.errors) == ((), ())
        self._assert_nothing_untold()
        return told

    def _put_away(self, bak: Bak) -> None:
        """What a killed run did finish, and what goes only by name: nothing that `clean` may take."""
        kept = [each.name for each in kept_databases(Instance(self.site.server), self.name)]
        if kept:
            bak.house.drop(self.profile, kept, set(kept))
        drop(self.site.server, f"{self.name}_back")
        extra = [dump for dump in self.dumps if dump.path != self.good]
        if extra:
            confirmed = DeleteOptions({self.profile.name})
            assert bak.delete(self.profile, extra, confirmed).result().exit_code is ExitCode.DONE
        found = bak.house.find(self.profile, lists_objects=True).found
        named = Claims(objects={each.name for each in found if each.kind is LeftoverKind.CHECKS})
        bak.house.clean(self.profile, bak.house.find(self.profile, named, lists_objects=True))

    def _assert_nothing_untold(self) -> None:
        """Looked for where `doctor` does not look."""
        assert self.bucket.open_uploads("") == ()
        keys = [stored.key for page in self.bucket.pages("") for stored in page.objects]
        assert [key for key in keys if not key.startswith(self.good)] == []
        mine = [name for name in databases_of(self.site.server) if name.startswith(f"{self.name}_")]
        assert mine == []
        assert list((self.folder / "tmp").iterdir()) == []
        assert list(self.folder.rglob("*.partial")) == []
        assert list((Path(self.site.bak.environment["BAK_STATE_DIR"]) / "journal").iterdir()) == []
