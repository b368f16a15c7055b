"""Where dumps lie: a bucket below a prefix, or a folder. To the operations both are one kind of place.

Paths are relative, `fence/fence-20261123T120000Z.sql`, and the same in both.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import StoreError
from bak_tui.core.journal import FileTrace, Trace, UploadTrace, without_user
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import PartPlan, Receipt, StreamDigest
from bak_tui.core.profile import Target
from bak_tui.core.wording import skew_in_words
from bak_tui.operations.ports import ObjectStore, OpenEntry, Readable
from bak_tui.services.folder import Folder

_SKEW_TOLD = 300
"""Seconds; S3 itself refuses at 900."""


class Place(Protocol):
    """Somewhere a dump can be written to, whole or not at all."""

    def name(self, path: str) -> str:
        """What a person calls it: a URL or a file's full path."""

    def prepare(self, path: str, entry: OpenEntry) -> tuple[str, ...]:
        """Find out now whether it can be written: raises what would be raised later, gives warnings.

        `entry` is that of `trace`.
        """

    def trace(self, path: str, *, wants_manifest: bool = True, is_directory: bool = False) -> Trace:
        """What the journal must say of it so that what a killed run leaves is found."""

    def size_of(self, path: str) -> int | None:
        """Bytes of what is there; None when nothing is, or nothing may be known."""

    def store(
        self,
        path: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        entry: OpenEntry,
        looks: bool = True,
    ) -> Receipt:
        """Write a stream; `entry` is that of `trace`. It is visible only when `gate` did not raise.

        Without `looks` it is not read back how large it is there: that is for `listed` to tell.
        """

    def write(self, path: str, body: bytes) -> None:
        """Write a small object whole."""

    def read(self, path: str, *, limit: int) -> bytes:
        """Read a small object whole."""

    def delete(self, *paths: str) -> None:
        """Remove objects; one that is gone already is as good."""

    def listed(self, path: str) -> Mapping[str, StoredObject] | None:
        """What lies in the folder `path`, by its name in it; None where nobody may look, or need."""

    def has_files_below(self, path: str) -> bool:
        """Whether anything lies in the folder `path`; False as well where nobody may look."""

    def has_nothing_of(self, path: str) -> bool:
        """Whether neither it nor its manifest is there, nor half of it. Raises when nobody may look."""


class FolderPlace(Folder):
    """A folder as a place."""

    def __init__(self, root: Path, *, lasts: bool = True) -> None:
        super().__init__(root, lasts=lasts)

    def within(self, path: str) -> FolderPlace:
        """A folder in it, or one to be, as lasting as it is."""
        return FolderPlace(self.place(path), lasts=self.lasts)

    def listed(self, path: str) -> None:
        """A file has its name here only when it was written whole."""

    def has_files_below(self, path: str) -> bool:
        place = self.root / path
        return place.is_dir() and any(place.iterdir())

    def has_nothing_of(self, path: str) -> bool:
        place = self.root / path
        return not place.parent.exists() or not any(
            each.name.startswith(place.name) for each in place.parent.iterdir()
        )

    def name(self, path: str) -> str:
        return str(self.root / path)

    def prepare(self, path: str, entry: OpenEntry) -> tuple[str, ...]:
        del entry  # an empty folder is nobody's leftover
        self.make_room(path)
        return ()

    def trace(self, path: str, *, wants_manifest: bool = True, is_directory: bool = False) -> Trace:
        del wants_manifest, is_directory  # a file is whole when it has its name
        return FileTrace((self.root / path).absolute().as_uri())

    def store(
        self,
        path: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        entry: OpenEntry | None = None,
        looks: bool = True,
    ) -> Receipt:
        del entry, looks  # a file that fails is gone, whatever happens
        return super().store(path, source, plan, cancellation=cancellation, gate=gate, progress=progress)


class BucketPlace:
    """A bucket below its target's prefix as a place."""

    def __init__(self, store: ObjectStore, target: Target) -> None:
        self.bucket = store
        self.target = target

    def name(self, path: str) -> str:
        return f"s3://{self.target.bucket}/{self.target.key(path)}"

    def prepare(self, path: str, entry: OpenEntry) -> tuple[str, ...]:
        skew = self.bucket.probe_write(self.target.key(path), entry)
        if skew is None or abs(skew) < _SKEW_TOLD:
            return ()
        return (f"the clocks differ by {skew_in_words(skew)}: times in names and ages may be wrong",)

    def size_of(self, path: str) -> int | None:
        try:
            stored = self.bucket.head(self.target.key(path))
        except StoreError as error:
            if error.kind == "access_denied":  # credentials for backup only: Put and Abort
                return None
            raise
        return stored.size if stored else None

    def store(
        self,
        path: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        entry: OpenEntry,
        looks: bool = True,
    ) -> Receipt:
        return self.bucket.upload(
            self.target.key(path),
            source,
            plan,
            cancellation=cancellation,
            gate=gate,
            progress=progress,
            watch=entry,
            looks=looks,
        )

    def trace(self, path: str, *, wants_manifest: bool = True, is_directory: bool = False) -> UploadTrace:
        return UploadTrace(
            without_user(self.bucket.endpoint_in_use()),
            self.target.bucket,
            self.target.key(path),
            secrets.token_hex(8),
            wants_manifest=wants_manifest,
            is_directory=is_directory,
        )

    def write(self, path: str, body: bytes) -> None:
        self.bucket.write(self.target.key(path), body)

    def read(self, path: str, *, limit: int) -> bytes:
        return self.bucket.read(self.target.key(path), limit=limit)

    def listed(self, path: str) -> Mapping[str, StoredObject] | None:
        below = f"{self.target.key(path)}/"
        try:
            pages = list(self.bucket.pages(below))
        except StoreError as error:
            if error.kind == "access_denied":  # credentials for backup only: Put and Abort
                return None
            raise
        return {stored.key.removeprefix(below): stored for page in pages for stored in page.objects}

    def has_files_below(self, path: str) -> bool:
        try:
            return any(page.objects for page in self.bucket.pages(f"{self.target.key(path)}/", first=1))
        except StoreError as error:
            if error.kind == "access_denied":  # credentials for backup only: Put and Abort
                return False
            raise

    def has_nothing_of(self, path: str) -> bool:
        key = self.target.key(path)
        if any(
            upload.key == key or upload.key.startswith(f"{key}/") for upload in self.bucket.open_uploads(key)
        ):
            return False
        # Listed, not asked for by name: who may not read is told "not found" of what is there.
        return not any(page.objects for page in self.bucket.pages(key))

    def delete(self, *paths: str) -> None:
        self.bucket.delete([self.target.key(path) for path in paths])
