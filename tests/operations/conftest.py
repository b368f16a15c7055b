"""`Bak` as the front ends hold it, on the embedded servers, with a checkpoint of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Checkpoint, no_checkpoint
from bak_tui.operations.ports import Collaborators, Limits
from bak_tui.services.jobs import JobEngine
from bak_tui.services.journal import Journal, NoJournal
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Instance
from bak_tui.services.profiles import ProfileStore
from bak_tui.services.s3 import Accesses, Bucket, S3Options


@dataclass
class House:
    """One profile on real servers, and `Bak`s opened on it."""

    server: Server
    target: Target
    bindir: Path
    opened: list[Bak] = field(default_factory=list)
    checkpoint: Checkpoint = no_checkpoint
    config: Path = Path("/nonexistent/config.toml")
    """The file of profiles; only a test that wants one names a place for it."""

    s3: S3Options = field(default_factory=lambda: S3Options(retry_pause=0.05))
    """How patiently the bucket is spoken to."""

    state: Path | None = None
    """Where the journal lies; without one none is kept."""

    @property
    def profile(self) -> Profile:
        return Profile("test", self.server, self.target)

    @property
    def bucket(self) -> Bucket:
        return Bucket.open(self.target)

    def keys(self) -> set[str]:
        """Every key in the bucket."""
        return set(self.objects())

    def objects(self) -> dict[str, StoredObject]:
        return {stored.key: stored for page in self.bucket.pages("") for stored in page.objects}

    def bak(
        self,
        *,
        checkpoint: Checkpoint | None = None,
        limits: Limits | None = None,
        bindir: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        bucket: type[Bucket] = Bucket,
    ) -> Bak:
        """A `Bak` with the real services, wired as the program's own."""
        accesses = Accesses()
        collaborators = Collaborators(
            postgres=lambda server, name: Instance(
                server, application_name=name, lock_timeout=(limits or Limits()).lock
            ),
            store=lambda target: bucket.open(target, self.s3, accesses),
            tools=Toolbox(str(bindir or self.bindir)),
            clock=clock,
            checkpoint=checkpoint or self.checkpoint,
            limits=limits or Limits(),
            journal=Journal(self.state) if self.state else NoJournal(),
            profiles=ProfileStore(self.config),
        )
        bak = Bak(collaborators, JobEngine())
        self.opened.append(bak)
        return bak


@pytest.fixture
def house(embedded_postgres: EmbeddedPostgres, bucket_target: Target) -> Iterator[House]:
    """The embedded servers with an empty bucket."""
    house = House(embedded_postgres.server, bucket_target, embedded_postgres.bindir)
    yield house
    for bak in house.opened:
        bak.engine.close()


@pytest.fixture(params=["embedded_postgres", "system_postgres", "zstd_postgres"])
def each_house(request: pytest.FixtureRequest, house: House) -> House:
    """The house on each server in turn."""
    postgres: EmbeddedPostgres = request.getfixturevalue(request.param)
    house.server, house.bindir = postgres.server, postgres.bindir
    return house
