"""`Bak`: the one object a front end holds. It only wires; each verb is a line or two."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bak_tui.core.databases import Database
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.backup import BackupOptions, RunPlan, plan_run, run_backup, run_dump
from bak_tui.operations.board import Board, read_board
from bak_tui.operations.browse import BrowsePage, browse
from bak_tui.operations.checkpoint import no_checkpoint
from bak_tui.operations.doctor import Findings, examine
from bak_tui.operations.download import Fetched, run_download
from bak_tui.operations.inventory import Inventory, StoredDump, look_up, take_inventory
from bak_tui.operations.ports import DEFAULT_LIMITS, Collaborators, Limits
from bak_tui.operations.profiles import Candidate, find_candidates, open_profile
from bak_tui.operations.restore import RestoreOptions, RestorePlan, plan_restore, run_restores
from bak_tui.operations.restoring import Restored
from bak_tui.operations.sending import Sent
from bak_tui.operations.sources import DumpSource, bucket_sources, local_sources
from bak_tui.operations.taking import Taken
from bak_tui.operations.titles import of_dumps, of_restore, of_selection
from bak_tui.operations.trial import try_profile
from bak_tui.operations.upload import run_upload
from bak_tui.services.history import History, PastJobs, state_folder
from bak_tui.services.jobs import Job, JobEngine
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Instance
from bak_tui.services.profiles import ProfileStore, config_path
from bak_tui.services.s3 import Bucket


class Bak:
    """Every verb of the program. Verbs that take long give a `Job`; questions are answered at once."""

    def __init__(
        self, collaborators: Collaborators, engine: JobEngine, history: History | None = None
    ) -> None:
        self._with = collaborators
        self.engine = engine
        self._history = history

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
        collaborators = Collaborators(
            postgres=lambda server, name: Instance(server, application_name=name, lock_timeout=limits.lock),
            store=Bucket.open,
            tools=Toolbox(pg_bindir),
            clock=lambda: datetime.now(UTC),
            checkpoint=no_checkpoint,
            limits=limits,
            profiles=ProfileStore(config_path(config, os.environ)),
        )
        history = History(state or state_folder(os.environ))
        return cls(collaborators, JobEngine(recorder=history), history)

    def __enter__(self) -> Bak:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    # -- profiles ------------------------------------------------------------------------------------

    @property
    def profile_store(self) -> ProfileStore:
        """The file of profiles: its path, and what should be told of it."""
        return self._with.profiles

    def profiles(self) -> tuple[StoredProfile, ...]:
        """Every stored profile, in the file's order."""
        return self._with.profiles.all()

    def profile(self, name: str, password: Secret | None = None) -> Profile:
        """A stored profile with its secrets. PasswordNeeded when it asks: call again with the answer."""
        return open_profile(self._with.profiles.get(name), password)

    def save_profile(self, stored: StoredProfile, *, replaces: str | None = None) -> None:
        """Write a profile; `replaces` is the name of the one that is being changed."""
        self._with.profiles.save(stored, replaces=replaces)

    def remove_profile(self, name: str) -> None:
        """Forget a profile; nothing it names is touched."""
        self._with.profiles.remove(name)

    def test_profile(self, profile: Profile) -> Findings:
        """Both ends tried out, as far as a backup needs them."""
        return try_profile(self._with, profile)

    def candidates(self) -> list[Candidate]:
        """What pg_service.conf and ~/.aws know, to make profiles of."""
        return find_candidates()

    # -- questions -----------------------------------------------------------------------------------

    def databases(self, server: Server) -> tuple[Database, ...]:
        """Every non-template database."""
        return self._with.postgres(server, "bak").databases()

    def inventory(self, target: Target) -> Inventory:
        """Everything below the target's prefix."""
        return take_inventory(self._with.store(target), target)

    def board(
        self,
        profile: Profile,
        limit: timedelta | None = None,
        *,
        early: Callable[[Board], None] = lambda _board: None,
        check: Callable[[], None] = lambda: None,
    ) -> Board:
        """The server's databases and the bucket's dumps joined, worst first. `limit`: the oldest allowed."""
        return read_board(self._with, profile, limit, early=early, check=check)

    def browse(self, target: Target, folder: str = "") -> Iterator[BrowsePage]:
        """One folder of the bucket, page by page."""
        return browse(self._with, target, folder)

    def show(self, target: Target, key: str) -> StoredDump:
        """One dump of the bucket."""
        return look_up(self._with.store(target), target, key)

    def folder_dumps(self, root: Path, selection: Selection) -> tuple[list[DumpSource], tuple[str, ...]]:
        """The dumps of a folder, and why other files are none."""
        return local_sources(root, selection)

    def bucket_dumps(self, target: Target, dumps: Sequence[StoredDump]) -> list[DumpSource]:
        """Dumps of a bucket, to restore from."""
        return bucket_sources(self._with.store(target), dumps)

    def examine(self, profile: Profile) -> Findings:
        """What is installed and what can be reached."""
        return examine(self._with, profile)

    def history(self, last: int | None = None) -> PastJobs:
        """Jobs that have ended, of this and earlier sessions, newest first."""
        return self._history.read(last) if self._history else PastJobs(())

    # -- plans: what would be done -------------------------------------------------------------------

    def plan_backup(self, server: Server, selection: Selection, options: BackupOptions) -> RunPlan:
        return plan_run(self._with, server, selection, options)

    def plan_restore(
        self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions
    ) -> RestorePlan:
        return plan_restore(self._with, server, dumps, options)

    # -- jobs ----------------------------------------------------------------------------------------

    def backup(self, profile: Profile, selection: Selection, options: BackupOptions) -> Job[Report[Taken]]:
        """PostgreSQL to S3."""
        return self.engine.submit(
            "backup",
            of_selection(selection),
            lambda job: run_backup(self._with, profile, selection, options, job),
            profile=profile.name,
        )

    def dump(
        self, server: Server, selection: Selection, options: BackupOptions, *, profile: str = ""
    ) -> Job[Report[Taken]]:
        """PostgreSQL to a folder."""
        return self.engine.submit(
            "dump",
            of_selection(selection),
            lambda job: run_dump(self._with, server, selection, options, job),
            profile=profile,
        )

    def upload(
        self, target: Target, root: Path, selection: Selection, parallel: int, *, profile: str = ""
    ) -> Job[Report[Sent]]:
        """A folder's dumps to S3."""
        return self.engine.submit(
            "upload",
            str(root),
            lambda job: run_upload(self._with, target, root, selection, parallel, job),
            profile=profile,
        )

    def download(
        self,
        target: Target,
        dumps: Sequence[StoredDump],
        root: Path,
        parallel: int,
        *,
        overwrites: bool = False,
        profile: str = "",
    ) -> Job[Report[Fetched]]:
        """Dumps of the bucket to a folder."""
        return self.engine.submit(
            "download",
            of_dumps(dumps),
            lambda job: run_download(self._with, target, dumps, root, parallel, job, overwrites=overwrites),
            profile=profile,
        )

    def restore(
        self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions, *, profile: str = ""
    ) -> Job[Report[Restored]]:
        """Dumps into databases."""
        return self.engine.submit(
            "restore",
            of_restore(dumps, options.into),
            lambda job: run_restores(self._with, server, dumps, options, job),
            profile=profile,
        )
