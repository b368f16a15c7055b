"""`Bak`: the one object a front end holds. It only wires; each verb is a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bak_tui.core.databases import Database
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.selection import Selection
from bak_tui.operations.backup import BackupOptions, RunPlan, plan_run, run_backup, run_dump
from bak_tui.operations.checkpoint import no_checkpoint
from bak_tui.operations.doctor import Findings, examine
from bak_tui.operations.download import Fetched, run_download
from bak_tui.operations.inventory import Inventory, StoredDump, look_up, take_inventory
from bak_tui.operations.ports import DEFAULT_LIMITS, Collaborators, Limits
from bak_tui.operations.restore import RestoreOptions, RestorePlan, plan_restore, run_restores
from bak_tui.operations.restoring import Restored
from bak_tui.operations.sending import Sent
from bak_tui.operations.sources import DumpSource, bucket_sources, local_sources
from bak_tui.operations.taking import Taken
from bak_tui.operations.upload import run_upload
from bak_tui.services.jobs import Job, JobEngine
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Instance
from bak_tui.services.s3 import Bucket


class Bak:
    """Every verb of the program. Verbs that take long give a `Job`; questions are answered at once."""

    def __init__(self, collaborators: Collaborators, engine: JobEngine) -> None:
        self._with = collaborators
        self.engine = engine

    @classmethod
    def open(cls, *, pg_bindir: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Bak:
        """With the real services. `pg_bindir` replaces the search for client programs."""
        collaborators = Collaborators(
            postgres=lambda server, name: Instance(server, application_name=name, lock_timeout=limits.lock),
            store=Bucket.open,
            tools=Toolbox(pg_bindir),
            clock=lambda: datetime.now(UTC),
            checkpoint=no_checkpoint,
            limits=limits,
        )
        return cls(collaborators, JobEngine())

    def __enter__(self) -> Bak:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    # -- questions -----------------------------------------------------------------------------------

    def databases(self, server: Server) -> tuple[Database, ...]:
        """Every non-template database."""
        return self._with.postgres(server, "bak").databases()

    def inventory(self, target: Target) -> Inventory:
        """Everything below the target's prefix."""
        return take_inventory(self._with.store(target), target)

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
            str(profile.target),
            lambda job: run_backup(self._with, profile, selection, options, job),
        )

    def dump(self, server: Server, selection: Selection, options: BackupOptions) -> Job[Report[Taken]]:
        """PostgreSQL to a folder."""
        return self.engine.submit(
            "dump", str(server), lambda job: run_dump(self._with, server, selection, options, job)
        )

    def upload(self, target: Target, root: Path, selection: Selection, parallel: int) -> Job[Report[Sent]]:
        """A folder's dumps to S3."""
        return self.engine.submit(
            "upload", str(root), lambda job: run_upload(self._with, target, root, selection, parallel, job)
        )

    def download(
        self,
        target: Target,
        dumps: Sequence[StoredDump],
        root: Path,
        parallel: int,
        *,
        overwrites: bool = False,
    ) -> Job[Report[Fetched]]:
        """Dumps of the bucket to a folder."""
        return self.engine.submit(
            "download",
            str(root),
            lambda job: run_download(self._with, target, dumps, root, parallel, job, overwrites=overwrites),
        )

    def restore(
        self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions
    ) -> Job[Report[Restored]]:
        """Dumps into databases."""
        return self.engine.submit(
            "restore", str(server), lambda job: run_restores(self._with, server, dumps, options, job)
        )
