"""Verify one dump of a bucket: are its bytes the ones written, and does the archive decode to its end?

    fresh look ─► manifest, size, ETag ─► every byte hashed ─► decoded ─► the result kept beside it

What was compared is told, and what could not be. Only harm is a failed check: a store that does not answer,
or tools that are missing, end it without a result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bak_tui.core.checks import Check, CheckKind, CheckResult, PartsDiffer
from bak_tui.core.errors import FileProblem, IntegrityError, UsageError
from bak_tui.core.etags import contradicts
from bak_tui.core.levels import Level
from bak_tui.core.manifest import Manifest
from bak_tui.core.profile import Target
from bak_tui.core.wording import amount, size
from bak_tui.operations.bucket.checks import checked_by
from bak_tui.operations.bucket.inventory import StoredDump, look_up
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.proof.checking import CheckRun
from bak_tui.operations.proof.files import FilesCheck, damaged
from bak_tui.operations.proof.rehashing import Rehash
from bak_tui.operations.restore.bucket_dumps import bucket_source
from bak_tui.operations.restore.opening import prove_directory
from bak_tui.operations.restore.sources import tools_for
from bak_tui.operations.spool import spool_folder
from bak_tui.services.archive import Kind
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet

_FOUND = {
    Level.MANIFEST: "manifest and size fit, no byte was read",
    Level.BYTES: "every byte is the one written",
    Level.DECODE: "every byte is the one written, decoded to its end",
}

NO_MANIFEST = "it has no manifest: nothing tells whether these are the bytes that were written"


@dataclass(frozen=True, slots=True)
class Verified:
    """A dump in which nothing bad was found."""

    database: str
    path: str
    size: int
    level: Level
    has_manifest: bool
    compared: tuple[str, ...]
    not_compared: tuple[str, ...]
    seconds: float
    rows: int | None = None
    """Never counted here: that takes a `prove`."""

    @property
    def sentence(self) -> str:
        if self.has_manifest:
            found = _FOUND[self.level]
        else:
            found = "decoded to its end" if "archive" in self.compared else "begins like an archive"
        read = size(self.size) if self.level is Level.MANIFEST else amount(self.size, self.seconds)
        return f"{read}, {found}"


@dataclass
class VerifyOne:
    """One verification. Call it once; raises IntegrityError when something bad was found."""

    run: CheckRun
    level: Level
    task: Task
    compared: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    tools: ToolSet | None = None

    def __call__(self, listed: StoredDump) -> Verified:
        started = self.run.collaborators.clock()
        self.task.phase("looking")
        dump = look_again(self.run.store, self.run.target, listed, self.task)
        try:
            self._examine(dump)
        except IntegrityError as error:
            self._keep(dump, started, error)
            raise
        return self._keep(dump, started)

    def _examine(self, dump: StoredDump) -> None:
        if dump.problem:
            raise IntegrityError(
                f"{dump.path} is no backup any more: {dump.problem}",
                hint="the object was cut or replaced, or its manifest damaged; use another backup",
            )
        if dump.manifest is None:
            self._examine_bare(dump)
            return
        if dump.is_directory:
            self._examine_files(dump, dump.manifest)
            return
        self.compared += ["manifest", "size"]
        self._compare_etag(dump, dump.manifest)
        if self.level >= Level.BYTES:
            self._rehash(dump, decodes=self.level is Level.DECODE).against(dump.manifest)
            self.compared.append("bytes")
        if self.level is Level.DECODE:
            self.compared.append("archive")

    def _examine_files(self, dump: StoredDump, manifest: Manifest) -> None:
        """A directory: each file by itself; to be decoded it is fetched, and hashed on the way."""
        files = FilesCheck.of(self.run.store, dump, manifest, self.task)
        self.compared += ["manifest", "size"]
        others = files.other_etags() if "etag" in manifest.checked else None
        if others is None:
            self.not_compared.append("etag: the store shows none that tells of the bytes")
        elif not others:
            self.compared.append("etag")
        elif self.level is Level.MANIFEST:
            raise damaged(dump.path, others)
        else:
            self.not_compared.append("etag: some are others; the bytes decide")
        if self.level is Level.BYTES:
            files.rehash()
            self.compared.append("bytes")
        elif self.level is Level.DECODE:
            self._open(dump)
            self.compared += ["bytes", "archive"]

    def _examine_bare(self, dump: StoredDump) -> None:
        """Without a manifest the most that can be known is that it decodes; that is tried from level 2 on."""
        kind = dump.head.kind if dump.head else Kind.OTHER
        if kind in {Kind.EMPTY, Kind.CUT}:
            raise IntegrityError(f"{dump.path} is {kind}", hint="it was never whole, or was cut")
        if not dump.is_dump:
            raise FileProblem(
                f"{dump.path} is {dump.head or kind} without a manifest: nothing can be checked of it",
                hint="of dumps without a manifest pg_dump's archives can be checked: decoded to their end",
                kind="no_dump",
            )
        if self.level >= Level.BYTES:
            if kind is Kind.CUSTOM:
                self._rehash(dump, decodes=True).bare()
            else:
                self._open(dump)
            self.compared.append("archive")
        self.not_compared.append("bytes: no manifest tells what was written")
        self.task.warn(NO_MANIFEST)

    def _open(self, dump: StoredDump) -> None:
        """Out of its wrapping, every file read: that takes a copy here, as a restore of it would."""
        self.tools = self._tools_for(dump)
        source = bucket_source(self.run.store, self.run.target, dump)
        with spool_folder(self.run.collaborators.journal, "verify") as spool:
            file = source.proven_file(spool, self.tools, self.task)
            if dump.is_directory and dump.manifest is not None:  # only hashed so far
                prove_directory(file, self.tools, self.task)

    def _compare_etag(self, dump: StoredDump, manifest: Manifest) -> None:
        etag = dump.stored.etag
        is_other = contradicts(etag, manifest.digest) if "etag" in manifest.checked else None
        if is_other is None:
            self.not_compared.append("etag: the store shows none that tells of the bytes")
        elif not is_other:
            self.compared.append("etag")
        elif self.level is Level.MANIFEST:
            raise IntegrityError(
                f"{dump.path}: the store's ETag {etag} is not that of what was backed up",
                hint="the object was replaced or copied; bak verify --level 2 reads every byte of it",
                kind="bad_etag",
            )
        else:
            self.not_compared.append("etag: it is another one; the bytes decide")

    def _rehash(self, dump: StoredDump, *, decodes: bool) -> Rehash:
        if decodes:
            self.tools = self._tools_for(dump)
        return Rehash(self.run.store, dump, self.task, self.run.collaborators.limits.stall, self.tools)

    def _tools_for(self, dump: StoredDump) -> ToolSet:
        major = dump.manifest.tools.pg_dump_major if dump.manifest else None
        major = major or (dump.head.innermost.pg_dump_major if dump.head else None) or 0
        return tools_for(self.run.collaborators.tools, major, dump.manifest, dump.head)

    def _keep(self, dump: StoredDump, started: datetime, error: IntegrityError | None = None) -> Verified:
        """Put the result beside the dump; what it says of a good one is also what is returned."""
        verified = Verified(
            database=dump.database,
            path=dump.path,
            size=dump.stored.size,
            level=self.level,
            has_manifest=dump.manifest is not None,
            compared=tuple(self.compared),
            not_compared=tuple(self.not_compared),
            seconds=(self.run.collaborators.clock() - started).total_seconds(),
        )
        check = Check(
            kind=CheckKind.VERIFY,
            level=self.level,
            backup=dump.manifest.id if dump.manifest else None,
            started=started,
            seconds=max(0.0, verified.seconds),
            result=CheckResult.FAILED if error else CheckResult.OK,
            compared=self.compared,
            not_compared=self.not_compared,
            bad_parts=list(error.parts) if isinstance(error, PartsDiffer) else [],
            said=str(error).removeprefix(f"{dump.path}: ") if error else verified.sentence,
            by=checked_by(self.tools),
        )
        self.run.book.keep(dump.stored.key, check, self.task)
        return verified


def look_again(store: ObjectStore, target: Target, listed: StoredDump, task: Task) -> StoredDump:
    """A dump as it is now; it may have been listed a while ago. IntegrityError when it is gone."""
    try:
        return task.apart(lambda: look_up(store, target, listed.stored.key))
    except UsageError as error:
        raise IntegrityError(
            f"{listed.path} is gone: it was there when the bucket was listed",
            hint="somebody deleted it, or the store lost it",
            kind="gone",
        ) from error
