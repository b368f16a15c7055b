"""The files of a directory-format backup in a bucket: are their bytes the ones that were written?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import IntegrityError
from bak_tui.core.etags import contradicts
from bak_tui.core.manifest import Manifest
from bak_tui.core.wording import plural
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.recorded import RecordedFile, recorded_files
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.side_by_side import side_by_side
from bak_tui.services.jobs import Task

_AT_ONCE = 3
"""Each is read by several threads, in bounded memory."""
_MOST_NAMED = 5


@dataclass(frozen=True)
class FilesCheck:
    """One backup's files, each there with its size when this was made."""

    store: ObjectStore
    path: str
    files: tuple[RecordedFile, ...]
    task: Task

    @classmethod
    def of(cls, store: ObjectStore, dump: StoredDump, manifest: Manifest, task: Task) -> FilesCheck:
        """Raises IntegrityError for a file that is missing or has another size."""
        files = task.apart(lambda: recorded_files(store, dump.stored.key, manifest))
        return cls(store, dump.path, files, task)

    def other_etags(self) -> tuple[str, ...] | None:
        """Files whose ETag is not that of what was written; None when not every file's tells."""
        told = {file.record.name: contradicts(file.stored.etag, file.record.digest) for file in self.files}
        if None in told.values():
            return None
        return tuple(sorted(name for name, is_other in told.items() if is_other))

    def rehash(self) -> None:
        """Read every byte. Raises IntegrityError that names the files that are not what was written."""
        self.task.phase("hashing", total=sum(file.record.size for file in self.files))
        bad = [name for name in side_by_side(self.files, _AT_ONCE, self.task, self._differs) if name]
        if bad:
            raise damaged(self.path, sorted(bad))

    def _differs(self, file: RecordedFile, cancellation: Cancellation) -> str:
        """Its name, when its bytes are others, also at a second look: the network may be at fault."""
        if self._sha256(file, cancellation) == file.record.sha256:
            return ""
        if self._sha256(file, cancellation) != file.record.sha256:
            return file.record.name
        self.task.warn(f"{file.record.name} came damaged once and right the second time: look at the network")
        return ""

    def _sha256(self, file: RecordedFile, cancellation: Cancellation) -> str:
        sha256 = hashlib.sha256()
        with self.store.stream(file.stored, cancellation=cancellation) as pieces:
            for piece in pieces:
                sha256.update(piece)
                self.task.advance(len(piece))
        return sha256.hexdigest()


def damaged(path: str, names: list[str] | tuple[str, ...]) -> IntegrityError:
    """What is said of files that are not what was backed up."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    verb = "is" if len(names) == 1 else "are"
    return IntegrityError(
        f"{path}: {', '.join(names[:_MOST_NAMED])}{more} {verb} not what was backed up"
        f" ({plural(len(names), 'file')} of the dump)",
        hint="the objects are damaged in the store; use another backup",
        kind="bad_files",
    )
