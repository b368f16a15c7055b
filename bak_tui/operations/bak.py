"""`Bak`: the one object a front end holds. It only wires; each verb is a line or two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bak_tui.core.databases import Database
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.selection import Selection
from bak_tui.operations import verbs
from bak_tui.operations.doctor.housekeeping import Housekeeping
from bak_tui.operations.noting import noting
from bak_tui.operations.plans import Plans
from bak_tui.operations.ports import DEFAULT_LIMITS, Collaborators, Limits
from bak_tui.operations.profiles.stored import Profiles
from bak_tui.operations.titles import of_dumps, of_restore, of_selection
from bak_tui.operations.wiring import real_history, real_services
from bak_tui.services.history import History, PastJobs
from bak_tui.services.jobs import Job, JobEngine

if TYPE_CHECKING:
    from bak_tui.operations.backup.run import BackupOptions
    from bak_tui.operations.bucket.board import Board, BoardWatch
    from bak_tui.operations.bucket.catalogue import Catalogue
    from bak_tui.operations.bucket.delete import DeleteOptions
    from bak_tui.operations.doctor.examining import Findings
    from bak_tui.operations.proof.prove import ProveOptions
    from bak_tui.operations.proof.verify import VerifyOptions
    from bak_tui.operations.restore.local_dumps import Dumps, LocalSource, Stored
    from bak_tui.operations.restore.sources import DumpSource
    from bak_tui.operations.restore.targets import RestoreOptions
    from bak_tui.operations.restore.undo import UndoOptions
    from bak_tui.operations.results import Deleted, Fetched, Proven, Restored, Sent, Taken, Undone, Verified
    from bak_tui.operations.transfer.download import DownloadOptions

R = TypeVar("R")
Run = Job[Report[R]]


class Bak:
    """Every verb of the program. Verbs that take long give a `Job`; questions are answered at once."""

    def __init__(self, services: Collaborators, engine: JobEngine, history: History | None = None) -> None:
        self._with = services
        self.engine = engine
        self.profiles = Profiles(services)
        self.house = Housekeeping(services)
        self._history = history
        self.plans = Plans(services, self.history)

    @classmethod
    def open(
        cls,
        *,
        pg_bindir: str | None = None,
        limits: Limits = DEFAULT_LIMITS,
        config: Path | None = None,
        state: Path | None = None,
    ) -> Bak:
        """With the real services. `pg_bindir` replaces the search for client programs, `state` the folder."""
        history = real_history(state)
        services = real_services(pg_bindir, limits, config, history.folder)
        return cls(services, JobEngine(recorder=history), history)

    def __enter__(self) -> Bak:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    # -- questions -----------------------------------------------------------------------------------

    def databases(self, server: Server) -> tuple[Database, ...]:
        return self._with.postgres(server, "bak").databases()

    def catalogue(self, target: Target) -> Catalogue:
        """What the bucket holds."""
        return verbs.Catalogue(self._with, target)

    def board(
        self, profile: Profile, limit: timedelta | None = None, watch: BoardWatch | None = None
    ) -> Board:
        """Server and bucket joined, worst first; `limit` is the oldest allowed."""
        return verbs.read_board(self._with, profile, limit, watch)

    def folder_dumps(self, root: Path, selection: Selection) -> tuple[list[LocalSource], tuple[str, ...]]:
        return verbs.local_sources(root, selection)

    def examine(self, profile: Profile) -> Findings:
        return verbs.examine(self._with, profile)

    def history(self, last: int | None = None) -> PastJobs:
        """Jobs that have ended, of this and earlier sessions, newest first."""
        return self._history.read(last) if self._history else PastJobs(())

    # -- jobs ----------------------------------------------------------------------------------------

    def backup(self, profile: Profile, selection: Selection, options: BackupOptions) -> Run[Taken]:
        work = partial(verbs.run_backup, self._with, profile, selection, options)
        return self._start("backup", of_selection(selection), profile.name, work)

    def dump(
        self, server: Server, selection: Selection, options: BackupOptions, profile: str = ""
    ) -> Run[Taken]:
        work = partial(verbs.run_dump, self._with, server, selection, options)
        return self._start("dump", of_selection(selection), profile, work)

    def upload(
        self, target: Target, root: Path, selection: Selection, parallel: int, profile: str = ""
    ) -> Run[Sent]:
        work = partial(verbs.run_upload, self._with, target, root, selection, parallel)
        return self._start("upload", str(root), profile, work)

    def download(
        self, target: Target, dumps: Stored, options: DownloadOptions, profile: str = ""
    ) -> Run[Fetched]:
        work = partial(verbs.run_download, self._with, target, dumps, options)
        return self._start("download", of_dumps(dumps), profile, work)

    def restore(
        self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions, profile: str = ""
    ) -> Run[Restored]:
        work = partial(verbs.run_restores, self._with, server, dumps, options)
        return self._start("restore", of_restore(dumps, options.into), profile, work)

    def undo(self, server: Server, database: str, options: UndoOptions, profile: str = "") -> Run[Undone]:
        work = partial(verbs.run_undo, self._with, server, database, options)
        return self._start("undo", database, profile, work)

    def verify(self, profile: Profile, dumps: Dumps, options: VerifyOptions) -> Run[Verified]:
        work = partial(verbs.run_verify, self._with, profile, dumps, options)
        return self._start("verify", of_dumps(dumps), profile.name, work)

    def prove(self, profile: Profile, dumps: Dumps, options: ProveOptions) -> Run[Proven]:
        work = partial(verbs.run_prove, self._with, profile, dumps, options)
        return self._start("prove", of_dumps(dumps), profile.name, work)

    def delete(self, profile: Profile, dumps: Stored, options: DeleteOptions) -> Run[Deleted]:
        work = partial(verbs.run_delete, self._with, profile, dumps, options)
        return self._start("delete", of_dumps(dumps), profile.name, work)

    def _start(self, verb: str, what: str, profile: str, work: Callable[[Run[R]], Report[R]]) -> Run[R]:
        return self.engine.submit(verb, what, noting(self._with.journal, work), profile=profile)
