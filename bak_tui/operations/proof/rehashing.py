"""Read a whole dump out of the bucket, hash every part of it again, and decode it on the way when asked.

The bytes stream through in bounded memory: nothing of the dump lies on this machine, however large it is.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.parts import Digester, PartPlan
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.archive import ArchiveWalk, finish
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Decoder, ToolSet

_SECOND_LOOKS = 3
"""So few bad parts are read once more before the store is blamed: the network may be at fault."""


@dataclass(frozen=True)
class Rehash:
    """One dump read through. Every call raises IntegrityError for what is wrong with the bytes."""

    store: ObjectStore
    dump: StoredDump
    task: Task
    stall: float
    """Seconds that pg_restore may take nothing."""
    tools: ToolSet | None = None
    """With them the archive is decoded, too."""

    def bare(self) -> None:
        """Decode a dump that has no manifest to hold its bytes against."""
        self._read(None)

    def against(self, manifest: Manifest) -> None:
        """Hold every part against the manifest. Raises PartsDiffer, naming the bad ones."""
        bad = self._read(manifest)
        if bad and len(bad) <= _SECOND_LOOKS and not self._still_bad(manifest, bad):
            numbers = ", ".join(map(str, bad))
            self.task.warn(f"part {numbers} came damaged once and right the second time: look at the network")
            # What was decoded were the damaged bytes.
            bad = self._read(manifest) if self.tools is not None else ()
        if bad:
            raise PartsDiffer(self.dump.path, bad, len(manifest.parts))

    def _read(self, manifest: Manifest | None) -> tuple[int, ...]:
        """Once from the first byte to the last; the numbers of the bad parts."""
        self.task.phase("decoding" if self.tools else "hashing", total=self.dump.stored.size)
        digester = Digester(PartPlan(manifest.part_size) if manifest else PartPlan())
        walk = ArchiveWalk()
        with ExitStack() as stack:
            decoder = self._decoder(self.tools, stack) if self.tools else None
            for piece in stack.enter_context(self.store.stream(self.dump.stored, cancellation=self.task)):
                digester.update(piece)
                if decoder is not None:
                    walk.update(piece)
                    decoder.feed(piece)
                self.task.advance(len(piece))
            bad = self._differing(manifest, digester) if manifest else ()
            if decoder is not None and not bad:
                finish(walk, self.dump.path)
                try:
                    decoder.finish()
                finally:
                    self.task.check()  # cancelling ends pg_restore, and that is no finding
        return bad

    def _decoder(self, tools: ToolSet, stack: ExitStack) -> Decoder:
        decoder = stack.enter_context(Decoder(tools, self.dump.path, stall=self.stall))
        stack.enter_context(self.task.on_cancel(decoder.stop))
        return decoder

    def _differing(self, manifest: Manifest, digester: Digester) -> tuple[int, ...]:
        digest, expected = digester.finish(), manifest.digest
        pairs = enumerate(zip(digest.parts, expected.parts, strict=False), 1)
        bad = tuple(number for number, (found, written) in pairs if found.sha256 != written.sha256)
        if not bad and digest.sha256 != expected.sha256:
            raise IntegrityError(
                f"{self.dump.path}: its manifest contradicts itself: every part is right, the whole is not",
                hint="the manifest was changed after it was written; use another backup",
                kind="bad_manifest",
            )
        return bad

    def _still_bad(self, manifest: Manifest, bad: tuple[int, ...]) -> bool:
        """Read the bad parts alone once more."""
        for number in bad:
            start = sum(part.size for part in manifest.parts[: number - 1])
            part = manifest.parts[number - 1]
            sha256 = hashlib.sha256()
            with self.store.stream(
                self.dump.stored, cancellation=self.task, start=start, end=start + part.size
            ) as pieces:
                for piece in pieces:
                    sha256.update(piece)
            if sha256.hexdigest() != part.sha256:
                return True
        return False
