"""A run's globals: roles and tablespaces of the cluster, as a script below `_globals/`.

Never a dump of a database: it has no manifest of its own, the manifests of its run name it with its hash.
It is visible only when pg_dumpall came to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import GlobalsRecord
from bak_tui.core.parts import StreamDigest, plan_parts
from bak_tui.operations.backup.dumping import Run
from bak_tui.operations.backup.naming import free_globals_path
from bak_tui.operations.places import FolderPlace, Place
from bak_tui.operations.ports import Journal, Limits, Readable
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import GlobalsProcess, GlobalsRequest


class _Script:
    """pg_dumpall's output, read as any stream is."""

    def __init__(self, process: GlobalsProcess) -> None:
        self.read = process.stream


@dataclass(frozen=True)
class TakeGlobals:
    """The globals of one run on their way. Call it once; it raises BakError with nothing left behind."""

    run: Run
    limits: Limits
    journal: Journal
    task: Task
    has_passwords: bool

    def __call__(self, place: Place, folder: FolderPlace | None = None) -> GlobalsRecord:
        """Write them to `place`; with a `folder` into that first, and then what lies there."""
        path = self._prepared([folder, place] if folder else [place])
        self.task.phase("dumping")
        request = GlobalsRequest(
            self.run.tools,
            self.run.server,
            self.run.application_name,
            self.has_passwords,
            self.limits.stall,
        )
        process = GlobalsProcess(request, lambda line: self.task.say("pg_dumpall", line))
        with process, self.task.on_cancel(process.stop):
            digest = self._store(
                folder or place, path, _Script(process), lambda _digest: process.check_complete()
            )
        if folder is not None:
            self._send(folder, place, path, digest)
        return GlobalsRecord(
            path=path, size=digest.size, sha256=digest.sha256, has_passwords=self.has_passwords
        )

    def _prepared(self, places: Sequence[Place]) -> str:
        """Where they will lie in all of `places`, each of which takes them."""
        self.task.phase("preparing")
        path = free_globals_path(self.run.taken, places)
        for place in places:
            trace = place.trace(path, wants_manifest=False)
            with self.journal.entry(trace, self.run.application_name) as entry:
                place.prepare(path, entry)
        return path

    def _send(self, folder: FolderPlace, place: Place, path: str, digest: StreamDigest) -> None:
        def gate(sent: StreamDigest) -> None:
            if sent.sha256 != digest.sha256:
                raise IntegrityError(f"{folder.name(path)} changed while it was sent")

        self.task.phase("uploading", total=digest.size)
        with folder.reading(path) as file:
            self._store(place, path, file, gate)

    def _store(
        self, place: Place, path: str, source: Readable, check: Callable[[StreamDigest], None]
    ) -> StreamDigest:
        def gate(digest: StreamDigest) -> None:
            self.task.check()
            check(digest)

        trace = place.trace(path, wants_manifest=False)
        with self.journal.entry(trace, self.run.application_name) as entry:
            receipt = place.store(
                path,
                source,
                plan_parts(0),
                cancellation=self.task,
                gate=gate,
                progress=lambda _amount: None,
                entry=entry,
            )
        return receipt.digest
