"""A backup that is read where it is: nothing of it is kept here, and every byte is hashed all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.parts import Span, spans_of
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.jobs import Task


@dataclass(frozen=True, slots=True)
class Streamed:
    """A backup that stays where it is."""

    store: ObjectStore
    dump: StoredDump
    manifest: Manifest

    def prove(self, task: Task) -> None:
        """Read it once, keeping nothing. Raises IntegrityError; PartsDiffer names the parts that are bad."""
        task.phase("hashing", total=self.dump.stored.size)
        whole = hashlib.sha256()
        bad: list[int] = []
        for number, part in enumerate(self._parts(task, task.advance), 1):
            whole.update(part)
            if not self._is_right(number, part):
                bad.append(number)
        if bad:
            raise PartsDiffer(self.dump.path, tuple(bad), len(self.manifest.parts))
        if whole.hexdigest() != self.manifest.sha256:
            raise IntegrityError(
                f"{self.dump.path}: its manifest contradicts itself: every part is right, the whole is not",
                hint="the manifest was changed after it was written; use another backup",
                kind="bad_manifest",
            )

    def pieces(self, task: Task) -> Iterator[bytearray]:
        """All of it, part by part, each proven. Raises PartsDiffer at the first that is not right."""
        for number, part in enumerate(self._parts(task, lambda _bytes: None), 1):
            if not self._is_right(number, part):
                raise PartsDiffer(self.dump.path, (number,), len(self.manifest.parts))
            yield part

    def _is_right(self, number: int, part: bytearray) -> bool:
        """Whether a part is the one that was written."""
        return hashlib.sha256(part).hexdigest() == self.manifest.parts[number - 1].sha256

    def spans(self) -> tuple[Span, ...]:
        """Where every part lies, as the manifest cuts it."""
        return spans_of(part.size for part in self.manifest.parts)

    def _part(self, span: Span, task: Task, progress: Callable[[int], None]) -> bytearray:
        """The bytes of one part; nothing is proven of it."""
        held = bytearray()
        start, end = span
        with self.store.stream(self.dump.stored, cancellation=task, start=start, end=end) as stream:
            for piece in stream:
                held += piece
                progress(len(piece))
        return held

    def _parts(self, task: Task, progress: Callable[[int], None]) -> Iterator[bytearray]:
        """Every part; one is held at a time."""
        return (self._part(span, task, progress) for span in self.spans())
