"""The catalogue: what a bucket holds below its prefix. There is no other; nothing is kept elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property

from bak_tui.core.errors import StoreError
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.browse import BrowsePage, FolderReading
from bak_tui.operations.bucket.inventory import Inventory, StoredDump, look_up, take_inventory
from bak_tui.operations.bucket.peek import Peek
from bak_tui.operations.places import BucketPlace
from bak_tui.operations.ports import Collaborators, ObjectStore
from bak_tui.operations.restore.bucket_dumps import bucket_source, named_source
from bak_tui.operations.restore.sources import DumpSource


class Catalogue:
    """Questions to one bucket. Its client is made at the first of them, and asked all the others."""

    def __init__(self, collaborators: Collaborators, target: Target) -> None:
        self._with = collaborators
        self._target = target

    @cached_property
    def _store(self) -> ObjectStore:
        return self._with.store(self._target)

    def inventory(self) -> Inventory:
        """Every dump below the prefix, newest first, and the objects that are none."""
        return take_inventory(self._store, self._target, cache=self._with.documents)

    def browse(self, folder: str = "", start: str = "") -> Iterator[BrowsePage]:
        """One folder, page by page; with `start` from that name on, without reading what is before it."""
        return self.read(FolderReading(self._target, folder, start))

    def read(self, folder: FolderReading) -> Iterator[BrowsePage]:
        """What is left of a folder: all of it, or what was not listed when reading broke off."""
        return folder.pages(self._store)

    def show(self, key: str) -> StoredDump:
        """One object as a dump, named by URL, key, or below the prefix. UsageError when it is not there."""
        return look_up(self._store, self._target, key)

    def peek(self, dump: StoredDump) -> Peek:
        """A dump of this bucket, to be looked into where it lies; nothing is asked yet."""
        return Peek(self._store, dump, self._with.tools)

    def may_write(self) -> bool:
        """Whether something may be stored below the prefix: an upload is begun and aborted, nothing stays.

        Only a store that says no is believed; any other failure is raised.
        """
        place = BucketPlace(self._store, self._target)
        path = f".bak-test-{secrets.token_hex(8)}"
        with self._with.journal.entry(place.trace(path, wants_manifest=False)) as entry:
            try:
                place.prepare(path, entry)
            except StoreError as error:
                if error.kind != "access_denied":
                    raise
                return False
        return True

    def sources(self, dumps: Sequence[StoredDump]) -> list[DumpSource]:
        """Dumps of this bucket, to restore from."""
        return [bucket_source(self._store, self._target, dump) for dump in dumps]

    def source(self, asked: str) -> DumpSource:
        """One dump to restore from, object or folder, named by URL, key, or below the prefix.

        Raises UsageError when it is not there or is no dump, IntegrityError when it is empty or cut.
        """
        return named_source(self._store, self._target, asked)
