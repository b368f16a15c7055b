"""Complete files of a spool folder on their way to a place: several at once, each removed here when it is.

Small ones go side by side, one request each; of large ones, which take several workers and their buffers by
themselves, only one at a time. The first that fails ends all: `check` raises it, and leaving waits for the
others to be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import DumpFailed
from bak_tui.core.parts import PartPlan, Receipt, StreamDigest
from bak_tui.operations.backup.committing import Stored
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.places import FolderPlace, Place
from bak_tui.operations.ports import Journal, OpenEntry
from bak_tui.operations.side_by_side import LOOK_EVERY, GivenUp

_SMALL_AT_ONCE = 4


class FileSender:
    """Sends files of `folder` below `path`. One thread gives and checks; entered once."""

    def __init__(
        self,
        folder: Path,
        place: Place,
        path: str,
        plan: PartPlan,
        *,
        stored: Stored,
        journal: Journal,
        entry: OpenEntry,
        cancellation: Cancellation,
        progress: StoredBytes,
        check: Callable[[str, StreamDigest], None] = lambda _name, _digest: None,
        is_kept: bool = False,
    ) -> None:
        """`entry` is the whole directory's in the journal. `check` may refuse a file when all its bytes were
        read; `is_kept`: files stay here.
        """
        self._folder = FolderPlace(folder)
        self._place = place
        self._path = path
        self._plan = plan
        self._stored = stored
        self._journal = journal
        self._entry = entry
        self._cancellation = GivenUp(cancellation)
        self._progress = progress
        self._check = check
        self._is_kept = is_kept
        self._sent: dict[str, Future[Receipt]] = {}
        self._exits = ExitStack()

    def __enter__(self) -> FileSender:
        self._small = self._exits.enter_context(ThreadPoolExecutor(_SMALL_AT_ONCE, "bak-small-file"))
        self._large = self._exits.enter_context(ThreadPoolExecutor(1, "bak-large-file"))
        self._exits.callback(self._drop)
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _drop(self) -> None:
        """What has not begun never will; what has is given up, unless all is done."""
        for sending in self._sent.values():
            sending.cancel()
        self._cancellation.give_up()

    def give(self, name: str, size: int) -> None:
        """A file that is complete."""
        pool = self._small if size <= self._plan.part_size else self._large
        self._sent[name] = pool.submit(self._send, name, size)

    @property
    def on_their_way(self) -> int:
        """How many files are given and not stored yet."""
        return sum(not sending.done() for sending in self._sent.values())

    def check(self) -> None:
        """Raise what a file failed with."""
        for sending in self._sent.values():
            if sending.done():
                sending.result()

    def join(self) -> None:
        """Wait until every file that was given is stored."""
        while wait(self._sent.values(), timeout=LOOK_EVERY, return_when=FIRST_EXCEPTION).not_done:
            self._cancellation.check()
            self.check()
        self.check()

    @property
    def receipts(self) -> dict[str, Receipt]:
        """Of every file, by its name, in order."""
        return {name: sending.result() for name, sending in sorted(self._sent.items())}

    @property
    def checked(self) -> tuple[str, ...]:
        """What was checked of every file."""
        all_of = [set(receipt.checked) for receipt in self.receipts.values()]
        return tuple(each for each in ("parts", "size", "etag") if all(each in checked for checked in all_of))

    def _entry_of(self, path: str, size: int) -> AbstractContextManager[OpenEntry]:
        """One of its own for what is an open upload for a time; a small file is one request."""
        if size <= self._plan.part_size:
            return nullcontext(self._entry)
        return self._journal.entry(self._place.trace(path, wants_manifest=False))

    def _send(self, name: str, size: int) -> Receipt:
        self._cancellation.check()
        path = f"{self._path}/{name}"

        def gate(digest: StreamDigest) -> None:
            self._cancellation.check()
            if digest.size != size:
                raise DumpFailed(f"{name} changed while it was sent", kind="bad_dump")
            self._check(name, digest)

        # From the first request on something of it may be there.
        self._stored.paths.append(path)
        with self._entry_of(path, size) as entry, self._folder.reading(name) as file:
            receipt = self._place.store(
                path,
                file,
                self._plan,
                cancellation=self._cancellation,
                gate=gate,
                progress=self._progress.add,
                entry=entry,
            )
        if not self._is_kept:
            self._folder.delete(name)
        return receipt
