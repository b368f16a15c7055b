"""`SceneBak`: the real `Bak` between a server and a bucket that answer from lists, and jobs that stand still.

Board, browsing and inventory are the program's own; nothing here can be changed or started.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.databases import Database, Locale, ServerDisk, ServerIdentity
from bak_tui.core.dump_format import Shape
from bak_tui.core.errors import PasswordNeeded, ServerError, StoreError
from bak_tui.core.fitting import Offer
from bak_tui.core.jobs import JobStatus, LogLine
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.objects import OpenUpload, Page, StoredObject
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile
from bak_tui.core.recorded import record_of
from bak_tui.core.requirements import Requirements
from bak_tui.core.sessions import DatabaseSession
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import no_checkpoint
from bak_tui.operations.doctor.examining import Finding, Findings
from bak_tui.operations.ports import Collaborators, ObjectStore, Postgres
from bak_tui.operations.profiles.candidates import Candidate
from bak_tui.operations.profiles.stored import Profiles
from bak_tui.operations.results import Proven, Restored, Taken
from bak_tui.services.history import PastJobs
from bak_tui.services.jobs import JobEngine
from bak_tui.services.pgtools import Toolbox, ToolSet
from bak_tui.services.profiles import ProfileStore, config_path
from tests.scenes import databases, jobs
from tests.scenes.archive import Sparse

_KEPT = "indexd-prod__old_20261121T140612Z"
"""What a swap has put aside."""
_PATIENCE = 60.0
"""Seconds that nobody is waited for longer."""


SERVER_LOST = ServerError(
    "cannot reach PostgreSQL at db.gen3.internal:5432: connection timeout expired",
    hint="check host and port: the machine is down, or a firewall lets nothing through",
    kind="unreachable",
)
STORE_LOST = StoreError(
    "cannot list s3://aced-backups/gen3/ at https://rgw.gen3.internal: nothing answers there (timed out)",
    hint="check the endpoint and the network",
    kind="unreachable",
)


class SceneServer:
    """Knows its databases."""

    def identity(self) -> ServerIdentity:
        return databases.IDENTITY

    def databases(self) -> tuple[Database, ...]:
        return databases.databases()

    def shape(self, name: str) -> Shape:
        total = next(each.size or 0 for each in self.databases() if each.name == name)
        return Shape((total // 2, *[total // 16] * 8))

    def requirements(self, _name: str) -> Requirements:
        return Requirements()

    def disk(self) -> ServerDisk:
        return ServerDisk(None, "what is free there cannot be asked")

    def offer(self, _locale: Locale | None = None) -> Offer:
        return Offer(
            roles=frozenset({"backup", "indexd"}),
            extensions={"pgcrypto": "1.3", "pg_trgm": "1.6"},
            tablespaces=frozenset(),
            locales=frozenset({"en_US.utf8"}),
        )

    def cores(self) -> int:
        return 2

    def comments(self) -> dict[str, str]:
        return {}

    def applications(self) -> frozenset[str]:
        return frozenset()

    def is_empty(self, _name: str) -> bool:
        return False

    def may_create_databases(self) -> bool:
        return True

    def owns(self, _name: str) -> bool:
        return True

    def row_estimates(self, _name: str) -> dict[tuple[str, str], int | None]:
        return {("public", "index_record"): 61_222_535}

    def sessions(self, _name: str) -> tuple[DatabaseSession, ...]:
        return tuple(
            DatabaseSession(31_400 + number, "indexd", "gunicorn", "10.0.3.7") for number in range(6)
        )


class LeftServer(SceneServer):
    """A run was killed on it, and a swap has kept a database."""

    mark = Mark(
        kind=MarkKind.KEPT, database="indexd-prod", job="bak-1f00c2aa", at=databases.NOW - timedelta(days=2)
    )

    def comments(self) -> dict[str, str]:
        at = databases.NOW - timedelta(hours=5)
        left = self.mark.model_copy(update={"kind": MarkKind.SCRATCH, "at": at})
        return {"indexd-prod__new_20261123T090612Z": str(left), _KEPT: str(self.mark)}


class KeptServer(LeftServer):
    """The same, without what a run has left, and with the database that was kept."""

    def databases(self) -> tuple[Database, ...]:
        before = next(each for each in super().databases() if each.name == "indexd-prod")
        kept = replace(before, name=_KEPT, size=47 * databases.GB, mark=self.mark)
        return (*super().databases(), kept)

    def comments(self) -> dict[str, str]:
        return {_KEPT: str(self.mark)}


class EmptyServer(SceneServer):
    """Has no database yet."""

    def databases(self) -> tuple[Database, ...]:
        return ()


class LostServer(SceneServer):
    """Cannot be reached."""

    def identity(self) -> ServerIdentity:
        raise SERVER_LOST


class FadedServer(SceneServer):
    """Has answered once."""

    def __init__(self) -> None:
        self._has_answered = False

    def identity(self) -> ServerIdentity:
        if self._has_answered:
            raise SERVER_LOST
        self._has_answered = True
        return super().identity()


class LockedServer(SceneServer):
    """Wants a password that nobody has told, and says so once what stands behind the question is drawn."""

    def __init__(self) -> None:
        self.may_ask = threading.Event()

    def identity(self) -> ServerIdentity:
        self.may_ask.wait(_PATIENCE)
        raise PasswordNeeded(
            "db.gen3.internal:5432 wants a password",
            hint="give --password-file or --password-command, set PGPASSWORD, or write ~/.pgpass",
        )


class RefusingServer(SceneServer):
    """Refuses the password it was given."""

    def identity(self) -> ServerIdentity:
        raise ServerError(
            'db.gen3.internal:5432 refused: password authentication failed for user "backup"',
            hint="check user and password: bak doctor shows where each came from",
            kind="wrong_password",
        )


class WaitingServer(SceneServer):
    """Does not answer before it is told to."""

    def __init__(self, may_answer: threading.Event) -> None:
        self._may_answer = may_answer

    def identity(self) -> ServerIdentity:
        self._may_answer.wait(_PATIENCE)
        return super().identity()


class SceneTools(ToolSet):
    """Installed nowhere."""

    has_zstd = True
    has_lz4 = True


class SceneToolbox(Toolbox):
    """Finds pg_dump 16.9, whatever this machine has."""

    def for_server(self, server_major: int) -> ToolSet:
        del server_major
        return SceneTools(Path("/usr/lib/postgresql/16/bin"), "16.9", 16)

    def for_archive(self, *_: object, **__: object) -> ToolSet:
        return self.for_server(16)


class SceneStore:
    """Lists its objects, one page, and reads them."""

    def __init__(self, held: dict[str, tuple[StoredObject, bytes]]) -> None:
        self._held = held
        self._sparse = databases.sparse()

    def empty(self) -> None:
        """Somebody else deletes everything."""
        self._held = {}

    def endpoint_in_use(self) -> str:
        return "https://rgw.gen3.internal"

    def open_uploads(self, prefix: str) -> tuple[OpenUpload, ...]:
        del prefix
        return ()

    def pages(
        self, prefix: str, *, delimiter: str = "", start_after: str = "", first: int = 1000
    ) -> Iterator[Page]:
        del first
        below = [key for key in sorted(self._held) if key.startswith(prefix) and key > start_after]
        nested = {key: key[len(prefix) :].partition(delimiter)[1] for key in below} if delimiter else {}
        folders = {
            prefix + key[len(prefix) :].partition(delimiter)[0] + delimiter for key in nested if nested[key]
        }
        plain = tuple(self._held[key][0] for key in below if not nested.get(key))
        yield Page(plain, tuple(sorted(folders)))

    def read(self, key: str, *, limit: int) -> bytes:
        return self._held[key][1][:limit]

    def head(self, key: str) -> StoredObject | None:
        return self._held[key][0] if key in self._held else None

    def read_head(self, key: str, length: int) -> bytes:
        return self._held[key][1][:length]

    @contextmanager
    def stream(
        self,
        stored: StoredObject,
        *,
        cancellation: Cancellation,
        start: int = 0,
        end: int | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """What nobody has told the bytes of reads as zeros."""
        cancellation.check()
        content = self._sparse.get(stored.key) or Sparse({0: self._held[stored.key][1]})
        yield iter([content.read(start, stored.size if end is None else end)])

    def probe_write(self, _key: str, _watch: object = None) -> float | None:
        return None

    def product(self) -> str:
        return "Ceph RGW"


class LostStore(SceneStore):
    """Cannot be reached."""

    def pages(
        self, prefix: str, *, delimiter: str = "", start_after: str = "", first: int = 1000
    ) -> Iterator[Page]:
        del prefix, delimiter, start_after, first
        raise STORE_LOST


class WaitingStore(SceneStore):
    """Does not answer before it is told to."""

    def __init__(self, may_answer: threading.Event) -> None:
        super().__init__({})
        self._may_answer = may_answer

    def pages(
        self, prefix: str, *, delimiter: str = "", start_after: str = "", first: int = 1000
    ) -> Iterator[Page]:
        self._may_answer.wait(_PATIENCE)
        return super().pages(prefix, delimiter=delimiter, start_after=start_after, first=first)


@dataclass(frozen=True)
class SceneJob:
    """A job at one moment, as a front end sees it."""

    status: JobStatus
    log: tuple[LogLine, ...] = ()
    report: Report[Any] = field(default_factory=lambda: Report(()))

    def result(self) -> Report[Any]:
        return self.report

    @property
    def id(self) -> int:
        return self.status.id

    @property
    def verb(self) -> str:
        return self.status.verb

    @property
    def what(self) -> str:
        return self.status.what


class SceneEngine:
    """Tells every listener once how its running jobs stand."""

    def __init__(self, running: tuple[JobStatus, ...], ended: tuple[SceneJob, ...]) -> None:
        self._running = running
        self.jobs = (
            *ended,
            *(SceneJob(each, jobs.PARALLEL_LOG if each is jobs.PARALLEL else ()) for each in running),
        )
        self.cancelled: list[int] = []
        self.moved: list[tuple[int, int]] = []
        self.repeated: list[int] = []

    def subscribe(self, listener: Callable[[JobStatus], None]) -> Callable[[], None]:
        for status in self._running:
            listener(status)
        return lambda: None

    def cancel(self, job: SceneJob) -> None:
        """Nothing runs in truth."""
        self.cancelled.append(job.id)

    def move(self, job: SceneJob, by: int) -> None:
        """Nor does it wait."""
        self.moved.append((job.id, by))

    def again(self, job: SceneJob) -> None:
        """Nor is anything done again."""
        self.repeated.append(job.id)


class SceneProfiles(Profiles):
    """Stored where nothing is; other programs know a few."""

    @property
    def path(self) -> Path:
        return Path.home() / ".config/bak-tui/config.toml"

    @property
    def config(self) -> str:
        return ""

    def all(self) -> tuple[StoredProfile, ...]:
        return (databases.STORED,)

    def test(self, profile: Profile) -> Findings:
        found = databases.SERVER_TRIED if profile.given_server is not None else databases.TARGET_TRIED
        told = (Finding(what, said, needs_look=what == "may read") for what, said in found)
        return Findings((), tuple(told))

    def candidates(self) -> list[Candidate]:
        services = [Candidate("pg_service", name, "", {}) for name in ("gen3", "laptop")]
        return services + [Candidate("aws", name, "", {}) for name in ("default", "rgw", "archive")]


class SceneBak(Bak):
    """gen3-prod; without jobs (the first start) or without its server when asked."""

    def __init__(
        self,
        *,
        has_jobs: bool = True,
        is_server_lost: bool = False,
        restored: Outcome[Restored] | Outcome[Proven] | None = None,
        ran: Report[Taken] | None = None,
        server: SceneServer | None = None,
        store: SceneStore | None = None,
        held: dict[str, tuple[StoredObject, bytes]] | None = None,
        failed: SceneJob | None = None,
        running: tuple[JobStatus, ...] = jobs.RUNNING,
    ) -> None:
        answering = LostServer() if is_server_lost else server or SceneServer()
        stored = store or SceneStore(databases.objects() if held is None else held)
        collaborators = Collaborators(
            postgres=lambda _server, _name: cast("Postgres", answering),
            store=lambda _target: cast("ObjectStore", stored),
            tools=SceneToolbox(None),
            clock=lambda: databases.NOW,
            checkpoint=no_checkpoint,
            profiles=ProfileStore(config_path(None, os.environ)),
        )
        past = list(jobs.ENDED if has_jobs else ())
        ended = [failed or SceneJob(jobs.FAILED, jobs.FAILED_LOG)] if has_jobs or failed else []
        if has_jobs and not failed:
            ended += [SceneJob(each, log) for each, log in jobs.LOGGED]
        if failed is not None:
            past = [failed.status]
        if restored is not None:
            past.append(jobs.drill(restored))
            ended.append(SceneJob(past[-1], report=Report((restored,))))
        if ran is not None:
            past.append(jobs.run_of(ran))
            ended.append(SceneJob(past[-1], report=ran))
        engine = SceneEngine(running if has_jobs else (), tuple(ended))
        super().__init__(collaborators, cast("JobEngine", engine))
        self.profiles = SceneProfiles(collaborators)
        self._past = past
        self.may_ask = answering.may_ask if isinstance(answering, LockedServer) else None
        """What the server waits for that wants a password."""
        self.may_answer: threading.Event | None = None
        """What they wait for who do not answer yet."""

    @classmethod
    def waiting(cls, server: SceneServer | None = None) -> SceneBak:
        """The bucket does not answer before `may_answer` is set, nor does the server if none is given."""
        may_answer = threading.Event()
        bak = cls(server=server or WaitingServer(may_answer), store=WaitingStore(may_answer))
        bak.may_answer = may_answer
        return bak

    def history(self, last: int | None = None) -> PastJobs:
        recorded = [record_of(status, None, host="scene", pid=1) for status in self._past]
        return PastJobs(tuple(recorded[:last]))
