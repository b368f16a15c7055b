"""What the operations need of the outside: Protocols, and the one bundle they are handed in.

The services fit them as they are. A fake (for a fault that the real thing will not produce on demand) must
pass the same contract test as the service it stands for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bak_tui.core.activity import Activity
from bak_tui.core.cancellation import Cancellation
from bak_tui.core.copies import RunningCopy
from bak_tui.core.databases import Catalog, Counts, Database, Locale, ServerDisk, ServerIdentity
from bak_tui.core.dump_format import Shape
from bak_tui.core.errors import DumpFailed
from bak_tui.core.fitting import Offer
from bak_tui.core.journal import Trace
from bak_tui.core.objects import OpenUpload, Page, StoredObject
from bak_tui.core.parts import PartDigest, PartPlan, Receipt, StreamDigest
from bak_tui.core.profile import Server, Target
from bak_tui.core.requirements import Requirements
from bak_tui.core.sessions import DatabaseSession
from bak_tui.operations.bucket.documents import DocumentCache, NoCache
from bak_tui.operations.checkpoint import Checkpoint
from bak_tui.services.journal import NoJournal, PastEntries
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Rename
from bak_tui.services.profiles import ProfileStore, config_path
from bak_tui.services.throwaway import ThrowawayFolder, ThrowawayPostgres


class Readable(Protocol):
    """A stream; `read` may give less than was asked for, and b"" only at its end."""

    def read(self, size: int, /) -> bytes: ...


class Counting(Protocol):
    """A session in which rows are counted."""

    def count(self, *, hashes_contents: bool = ...) -> Counts:
        """Exact rows, on request also a hash of each table. Long; `interrupt` ends it from any thread."""

    def interrupt(self) -> None: ...


class HeldSnapshot(Counting, Protocol):
    """A snapshot that pg_dump and the counting share, as long as it is held."""

    name: str
    taken: datetime
    identity: ServerIdentity
    catalog: Catalog
    requirements: Requirements


class Postgres(Protocol):
    """One server."""

    def identity(self) -> ServerIdentity: ...

    def tls_version(self) -> str | None: ...

    def databases(self) -> tuple[Database, ...]: ...

    def may_create_databases(self) -> bool: ...

    def create_roles(self, names: Collection[str]) -> None: ...

    def owns(self, database: str) -> bool: ...

    def is_empty(self, database: str) -> bool: ...

    def check_readable(self, database: str) -> None: ...

    def shape(self, database: str) -> Shape: ...

    def snapshot(self, database: str) -> AbstractContextManager[HeldSnapshot]: ...

    def vanished_functions(self, database: str, snapshot: str) -> tuple[str, ...]: ...

    def lock_timeout_of(self, database: str) -> DumpFailed: ...

    def counting(self, database: str) -> AbstractContextManager[Counting]: ...

    def create_database(
        self, name: str, locale: Locale | None, comment: str, tablespace: str | None = ...
    ) -> None: ...

    def rename(
        self,
        renames: Sequence[Rename],
        *,
        patience: float = ...,
        terminates: bool = ...,
        check: Callable[[], None] = ...,
    ) -> None: ...

    def present(self, *avoiding: str) -> AbstractContextManager[None]: ...

    def applications(self) -> frozenset[str]: ...

    def sessions(self, database: str) -> tuple[DatabaseSession, ...]: ...

    def activity(self, application_name: str) -> Activity: ...

    def copies(self, database: str, application_name: str) -> tuple[RunningCopy, ...] | None: ...

    def offer(self, locale: Locale | None = ...) -> Offer: ...

    def disk(self) -> ServerDisk: ...

    def requirements(self, database: str) -> Requirements: ...

    def apply(
        self, database: str, wanted: Requirements, *, owner: bool, privileges: bool
    ) -> tuple[str, ...]: ...

    def row_estimates(self, database: str) -> dict[tuple[str, str], int | None]: ...

    def cores(self) -> int | None: ...

    def imprint(self, database: str) -> str: ...

    def comments(self) -> dict[str, str]: ...

    def drop_database(self, name: str, *, has_original: bool = ...) -> None: ...

    def wait_until_gone(self, application_name: str, seconds: float = ...) -> None: ...


class OpenEntry(Protocol):
    """A journal entry while its thing is in the making."""

    @property
    def token(self) -> str: ...

    @property
    def has_lost_answer(self) -> bool: ...

    def unanswered(self) -> None: ...

    def answered(self) -> None: ...

    def begun(self, upload: OpenUpload, /) -> None: ...

    def remains(self) -> None: ...


class Journal(Protocol):
    """Where it is written what a killed run would leave behind."""

    problem: str | None

    def entry(self, trace: Trace, job: str = ...) -> AbstractContextManager[OpenEntry]: ...

    def past(self) -> PastEntries: ...

    def close(self, entry_id: str) -> None: ...


class ObjectStore(Protocol):
    """One bucket."""

    def pages(
        self, prefix: str, *, delimiter: str = ..., start_after: str = ..., first: int = ...
    ) -> Iterator[Page]: ...

    def head(self, key: str) -> StoredObject | None: ...

    def read(self, key: str, *, limit: int) -> bytes: ...

    def read_head(self, key: str, length: int) -> bytes: ...

    def write(self, key: str, body: bytes) -> None: ...

    def delete(self, keys: Iterable[str]) -> None: ...

    def probe_write(self, key: str, watch: OpenEntry = ...) -> float | None: ...

    def upload(
        self,
        key: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        watch: OpenEntry,
        looks: bool = ...,
    ) -> Receipt: ...

    def open_uploads(self, prefix: str) -> tuple[OpenUpload, ...]: ...

    def abort(self, upload: OpenUpload) -> None: ...

    def download(
        self,
        stored: StoredObject,
        path: Path,
        *,
        cancellation: Cancellation,
        progress: Callable[[int], None],
        parts: Sequence[PartDigest] = ...,
        gate: Callable[[str], None] = ...,
        lasts: bool = ...,
    ) -> str: ...

    def stream(
        self, stored: StoredObject, *, cancellation: Cancellation, start: int = ..., end: int | None = ...
    ) -> AbstractContextManager[Iterator[bytes]]: ...

    def credentials_origin(self) -> str: ...

    def endpoint_in_use(self) -> str: ...

    def product(self) -> str: ...

    def quirks(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long anything may be waited for, in seconds, and how much may lie about."""

    stall: float = 600.0
    lock: float = 60.0
    sessions: float = 10.0
    """For those connected to a database that is to get another name."""
    spool: int | None = None
    """Bytes of a backup that may wait on this machine; None: planned by the database and the disk."""


DEFAULT_LIMITS = Limits()


class LocalServer(Protocol):
    """A running server of this machine, stopped when its context is left."""

    @property
    def server(self) -> Server: ...


class StartServer(Protocol):
    """Starts a throw-away server with the programs of a folder, in a private one."""

    def __call__(
        self, bindir: Path, /, *, folder: ThrowawayFolder
    ) -> AbstractContextManager[LocalServer]: ...


@dataclass(frozen=True)
class Collaborators:
    """The outside, as the operations are handed it."""

    postgres: Callable[[Server, str], Postgres]
    """Opens a server under an application name."""
    store: Callable[[Target], ObjectStore]
    tools: Toolbox
    clock: Callable[[], datetime]
    checkpoint: Checkpoint
    limits: Limits = DEFAULT_LIMITS
    journal: Journal = field(default_factory=NoJournal)
    documents: DocumentCache = field(default_factory=NoCache)
    """Manifests and checks that were read before."""
    local_server: StartServer = ThrowawayPostgres.start
    profiles: ProfileStore = field(default_factory=lambda: ProfileStore(config_path(None, os.environ)))
