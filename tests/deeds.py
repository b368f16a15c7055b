"""What is being done when it is killed: every verb that changes something, made ready and then begun.

`Deed` is one process's; what a verb needs to find in the bucket or on the server is made by who starts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.levels import Level
from bak_tui.core.plan import Mode
from bak_tui.core.portion import Portion
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions, Globals
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.restore.undo import UndoOptions
from bak_tui.operations.transfer.download import DownloadOptions

UPLOADED = "uploaded/"
"""Below this prefix `upload` sends."""
STREAMED = BackupOptions(part_size=5 * 1024 * 1024, compression="none")
SPOOLED = replace(STREAMED, format=FormatWish.DIRECTORY, jobs=2)
ONE_TABLE = "public.users"
"""What a restore of a part restores."""
SENT, FETCHED, KEPT, DUMPED = "sent", "fetched", "kept", "dumped"
"""Folders: of what is uploaded, and where downloads, local copies and local dumps go."""

Begin = Callable[[], object]
"""Begins the verb; gives its job, or what came of it where it is none."""


@dataclass
class Deed:
    """Each verb gives what begins it, everything asked that has to be asked before."""

    bak: Bak
    at: Profile
    database: str
    folder: Path

    @property
    def dumps(self) -> list[StoredDump]:
        """Of that database, newest first."""
        found = self.bak.catalogue(self.at.target).inventory().dumps
        return [dump for dump in found if dump.database == self.database]

    @property
    def selection(self) -> Selection:
        return Selection((self.database,))

    # -- to a bucket, or a folder --------------------------------------------------------------------

    def backup(self) -> Begin:
        return self._backup(STREAMED)

    def parallel(self) -> Begin:
        return self._backup(SPOOLED)

    def keeping(self) -> Begin:
        return self._backup(replace(STREAMED, folder=self.folder / KEPT))

    def globals(self) -> Begin:
        return self._backup(replace(STREAMED, globals=Globals.ROLES))

    def _backup(self, how: BackupOptions) -> Begin:
        return lambda: self.bak.backup(self.at, self.selection, how)

    def dump(self) -> Begin:
        how = replace(STREAMED, folder=self.folder / DUMPED)
        return lambda: self.bak.dump(self.at.server, self.selection, how)

    def upload(self) -> Begin:
        target = replace(self.at.target, prefix=UPLOADED)
        return lambda: self.bak.upload(target, self.folder / SENT, self.selection, 1)

    # -- out of a bucket -----------------------------------------------------------------------------

    def download(self) -> Begin:
        dumps = self.dumps[:1]
        how = DownloadOptions(self.folder / FETCHED, overwrites=True)
        return lambda: self.bak.download(self.at.target, dumps, how)

    def restore(self) -> Begin:
        return self._restore(RestoreOptions(into=f"{self.database}_back"))

    def existing(self) -> Begin:
        """The target is there, and empty."""
        return self.restore()

    def part(self) -> Begin:
        return self._restore(
            RestoreOptions(into=f"{self.database}_back", portion=Portion(tables=(ONE_TABLE,)))
        )

    def streamed(self) -> Begin:
        """As where the disk has no room for a copy."""
        patch("bak_tui.operations.restore.streaming.free_space", lambda _folder: 0).start()
        return self.restore()

    def swap(self) -> Begin:
        return self._over(Mode.SWAP)

    def clean(self) -> Begin:
        return self._over(Mode.CLEAN)

    def _over(self, mode: Mode) -> Begin:
        name = self.database
        return self._restore(RestoreOptions(into=name, over=mode, confirmed={name}, terminates=True))

    def _restore(self, how: RestoreOptions) -> Begin:
        sources = self.bak.catalogue(self.at.target).sources(self.dumps[:1])
        return lambda: self.bak.restore(self.at.server, sources, how)

    def undo(self) -> Begin:
        how = UndoOptions(confirmed={self.database}, terminates=True)
        return lambda: self.bak.undo(self.at.server, self.database, how)

    # -- in a bucket ---------------------------------------------------------------------------------

    def verify(self) -> Begin:
        dumps = self.dumps[:1]
        return lambda: self.bak.verify(self.at, dumps, VerifyOptions(Level.DECODE))

    def prove(self) -> Begin:
        return self._prove(ProveOptions())

    def local(self) -> Begin:
        """On a throw-away server."""
        return self._prove(ProveOptions(is_local=True))

    def _prove(self, how: ProveOptions) -> Begin:
        dumps = self.dumps[:1]
        return lambda: self.bak.prove(self.at, dumps, how)

    def delete(self) -> Begin:
        return self._delete(1)

    def several(self) -> Begin:
        return self._delete(2)

    def _delete(self, number: int) -> Begin:
        dumps = self.dumps[:number]
        return lambda: self.bak.delete(self.at, dumps, DeleteOptions({self.at.name}, parallel=number))

    # -- no jobs -------------------------------------------------------------------------------------

    def trial(self) -> Begin:
        return lambda: self.bak.profiles.test(self.at)

    def cleaning(self) -> Begin:
        """`bak doctor --clean`."""
        return lambda: self.bak.house.clean(self.at, self.bak.house.find(self.at, lists_objects=True))
