"""Files of a spool folder on their way to a place: several at once, each removed here when it is there.

Small ones go side by side when they are complete, one request each. Large ones take workers and buffers by
themselves, so only a few go at a time; they are followed while they grow, and what was read of them takes no
disk here any more. The first that fails ends all: `check` raises it, and leaving waits for the others to be
taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import DumpFailed
from bak_tui.core.parts import PartPlan, Receipt, StreamDigest
from bak_tui.operations.backup.committing import Stored
from bak_tui.operations.backup.seeing import seen
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.places import FolderPlace, Place
from bak_tui.operations.ports import Journal, OpenEntry, Readable
from bak_tui.operations.side_by_side import LOOK_EVERY, GivenUp
from bak_tui.services.folder.growing import GrowingFile

_SMALL_AT_ONCE = 4
_LARGE_AT_ONCE = 4
"""At most: each takes the memory of two parts."""
_PARTS_AT_ONCE = 4
"""Of all large files together, as far as that goes."""


def checked_of_all(receipts: Mapping[str, Receipt]) -> tuple[str, ...]:
    """What was checked of every file."""
    all_of = [set(receipt.checked) for receipt in receipts.values()]
    return tuple(each for each in ("parts", "size", "etag") if all(each in checked for checked in all_of))


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
        large: int = 1,
        check: Callable[[str, StreamDigest], None] = lambda _name, _digest: None,
        is_kept: bool = False,
    ) -> None:
        """`entry` is the whole directory's in the journal. `large`: how many large files come at once.
        `check` may refuse a file when all its bytes were read; `is_kept`: files stay here.
        """
        self._folder = FolderPlace(folder)
        self._place = place
        self._path = path
        self._large_at_once = min(large, _LARGE_AT_ONCE)
        self._plan = replace(plan, at_once=max(1, _PARTS_AT_ONCE // self._large_at_once))
        self._stored = stored
        self._journal = journal
        self._entry = entry
        self._cancellation = GivenUp(cancellation)
        self._progress = progress
        self._check = check
        self._is_kept = is_kept
        self._sent: dict[str, Future[Receipt]] = {}
        self._under_way: dict[str, Future[Receipt]] = {}
        """Those of which it is not known yet that they ended: of thousands of files only a few."""
        self._unseen: set[str] = set()
        """Files of which the store has only said that it has them."""
        self._sizes: dict[str, int] = {}
        """Of the files that are complete, in bytes."""
        self._growing: dict[str, GrowingFile] = {}
        self._exits = ExitStack()

    def __enter__(self) -> FileSender:
        self._sees_all_at_once = self._place.listed(self._path) is not None
        self._small = self._exits.enter_context(ThreadPoolExecutor(_SMALL_AT_ONCE, "bak-small-file"))
        self._large = self._exits.enter_context(ThreadPoolExecutor(self._large_at_once, "bak-large-file"))
        self._exits.callback(self._drop)
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _drop(self) -> None:
        """What has not begun never will; what has is given up, unless all is done."""
        for sending in self._sent.values():
            sending.cancel()
        self._cancellation.give_up()

    def follow(self, name: str) -> None:
        """A large file that is still written, from front to back; `give` it when it is complete."""
        growing = self._growing[name] = GrowingFile(self._folder.place(name), self._cancellation)
        self._begin(name, self._large.submit(self._send, name, growing, is_large=True))

    @property
    def may_follow(self) -> bool:
        """Whether one more would begin at once."""
        return sum(not self._sent[name].done() for name in self._growing) < self._large_at_once

    @property
    def followed(self) -> frozenset[str]:
        """Large files that were begun, complete or not."""
        return frozenset(self._growing)

    def give(self, name: str, size: int) -> None:
        """A file that is complete."""
        self._sizes[name] = size
        is_large = size > self._plan.part_size
        if name in self._growing:
            self._growing[name].complete()
        elif is_large and not self._is_kept:
            self.follow(name)
            self._growing[name].complete()
        else:
            pool = self._large if is_large else self._small
            self._begin(name, pool.submit(self._send, name, self._folder.reading(name), is_large=is_large))

    def _begin(self, name: str, sending: Future[Receipt]) -> None:
        self._sent[name] = self._under_way[name] = sending

    @property
    def waiting(self) -> int:
        """Bytes that lie here and will go without anything else having to happen first."""
        whole = (name for name, sending in self._under_way.items() if not sending.done())
        complete = (self._sizes[name] for name in whole if name not in self._growing)
        return sum(complete) + sum(growing.waiting for growing in self._growing.values())

    def check(self) -> None:
        """Raise what a file failed with."""
        for name, sending in list(self._under_way.items()):
            if sending.done():
                sending.result()
                del self._under_way[name]

    def join(self) -> None:
        """Wait until every file is stored. None grows any more: one that was not given is wrong."""
        for growing in self._growing.values():
            growing.complete()
        while wait(self._under_way.values(), timeout=LOOK_EVERY, return_when=FIRST_EXCEPTION).not_done:
            self._cancellation.check()
            self.check()
        self.check()

    def receipts(self) -> dict[str, Receipt]:
        """Of every file, by its name, in order, once all are stored and seen to be there."""
        receipts = {name: sending.result() for name, sending in sorted(self._sent.items())}
        unseen = {name: receipts[name] for name in self._unseen}
        return receipts | seen(self._place, self._path, unseen, self._cancellation)

    def _entry_of(self, path: str, *, is_large: bool) -> AbstractContextManager[OpenEntry]:
        """One of its own for what is an open upload for a time; a small file is one request."""
        if is_large:
            return self._journal.entry(self._place.trace(path, wants_manifest=False))
        return nullcontext(self._entry)

    def _send(self, name: str, opened: AbstractContextManager[Readable], *, is_large: bool) -> Receipt:
        self._cancellation.check()
        path = f"{self._path}/{name}"

        def gate(digest: StreamDigest) -> None:
            self._cancellation.check()
            if digest.size != self._sizes.get(name):
                raise DumpFailed(f"{name} changed while it was sent", kind="bad_dump")
            self._check(name, digest)

        # From the first request on something of it may be there.
        self._stored.paths.append(path)
        with self._entry_of(path, is_large=is_large) as entry, opened as file:
            receipt = self._place.store(
                path,
                file,
                self._plan,
                cancellation=self._cancellation,
                gate=gate,
                progress=self._progress.add,
                entry=entry,
                looks=is_large or not self._sees_all_at_once,
            )
        if not is_large and self._sees_all_at_once:
            self._unseen.add(name)
        if not self._is_kept:
            self._folder.delete(name)
        return receipt
