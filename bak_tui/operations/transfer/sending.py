"""Send one local dump to a bucket: data first, checked against its manifest, then the manifest."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.errors import BakError, IntegrityError, StoreError
from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from bak_tui.core.names import manifest_path, parse_dump_name
from bak_tui.core.parts import PartPlan, StreamDigest, plan_parts
from bak_tui.core.wording import size
from bak_tui.operations.backup.committing import commit, removed_unless_committed
from bak_tui.operations.backup.walking import WalkedStream
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Journal
from bak_tui.operations.transfer.unwrapping import prove_unwrapped
from bak_tui.services.archive import finish
from bak_tui.services.jobs import Task


@dataclass(frozen=True, slots=True)
class Sent:
    """A dump that is now in the bucket."""

    database: str
    path: str
    place: str
    """Its URL."""
    size: int
    manifest: Manifest | None
    was_there: bool = False
    """The very same bytes already lay there; nothing was sent."""

    @property
    def rows(self) -> int | None:
        return self.manifest.rows if self.manifest else None

    @property
    def sentence(self) -> str:
        kind = "with its manifest" if self.manifest else "a dump without a manifest"
        if self.was_there:
            return f"{size(self.size)}, was already there, {kind}"
        return f"{size(self.size)}, {kind}"


def local_manifest(folder: FolderPlace, path: str) -> Manifest | None:
    """The manifest beside a local dump, or None. Raises IntegrityError for one that cannot be read."""
    where = manifest_path(path)
    if folder.size_of(where) is None:
        return None
    return parse_manifest(folder.read(where, limit=MAX_MANIFEST_BYTES), folder.name(where))


def send(folder: FolderPlace, path: str, bucket: BucketPlace, journal: Journal, task: Task) -> Sent:
    """Upload the dump at `path` under the same path. Never overwrites another object.

    Raises IntegrityError when the file's bytes are not the manifest's (or the archive is not whole, where it
    has none): nothing is visible then.
    """
    manifest = local_manifest(folder, path)
    length = folder.size_of(path) or 0
    database = manifest.database if manifest else parse_dump_name(path).database
    is_wrapped = manifest is None and prove_unwrapped(folder.place(path), task)
    task.phase("uploading", total=length)
    if task.apart(lambda: bucket.size_of(path)) is not None:
        return _already_there(bucket, path, length, manifest, database)
    plan = PartPlan(manifest.part_size) if manifest else plan_parts(length)

    def gate(digest: StreamDigest) -> None:
        task.check()
        if digest.size != length:
            raise IntegrityError(f"{folder.name(path)} changed while it was read")
        if manifest:
            _check(folder.name(path), manifest, digest)
        elif not is_wrapped:
            finish(stream.walk, folder.name(path))

    with (
        looked_after(lambda: bucket.has_nothing_of(path)),
        journal.entry(bucket.trace(path, wants_manifest=manifest is not None)) as entry,
    ):
        with folder.reading(path) as file:
            stream = WalkedStream(file.read)
            receipt = bucket.store(
                path,
                file if is_wrapped else stream,
                plan,
                cancellation=task,
                gate=gate,
                progress=task.advance,
                entry=entry,
            )
        if manifest is not None:
            proven = manifest.model_copy(update={"checked": list(receipt.checked)})
            with removed_unless_committed(bucket, path, task, entry) as stored:
                stored.paths.append(path)
                task.phase("committing")
                manifest = commit(bucket, path, proven)
    return Sent(database, path, bucket.name(path), length, manifest)


def _check(where: str, manifest: Manifest, digest: StreamDigest) -> None:
    expected = manifest.digest
    if digest == expected:
        return
    pairs = enumerate(zip(digest.parts, expected.parts, strict=False), start=1)
    bad = next((number for number, (got, said) in pairs if got != said), None)
    part = f", first in part {bad} of {len(expected.parts)}" if bad else ""
    raise IntegrityError(
        f"{where} is not what its manifest says: {digest.size} bytes, {expected.size} were written{part}",
        hint="the file was changed or damaged after it was dumped; nothing of it was sent",
    )


def _already_there(
    bucket: BucketPlace, path: str, length: int, manifest: Manifest | None, database: str
) -> Sent:
    """The same backup may be uploaded twice; anything else under its key is left alone."""
    there = stored_manifest(bucket, path)
    same = bucket.size_of(path) == length and manifest is not None and there is not None
    if same and there and manifest and there.sha256 == manifest.sha256:
        return Sent(database, path, bucket.name(path), length, there, was_there=True)
    raise other_is_there(bucket, path)


def stored_manifest(bucket: BucketPlace, path: str) -> Manifest | None:
    """The one in the bucket, or None. Raises IntegrityError for one that cannot be read."""
    where = manifest_path(path)
    try:
        return parse_manifest(bucket.read(where, limit=MAX_MANIFEST_BYTES), bucket.name(where))
    except StoreError as error:
        if error.kind != "not_found":
            raise
        return None


def other_is_there(bucket: BucketPlace, path: str) -> BakError:
    """What is said of a key that is taken."""
    return BakError(
        f"another object is already at {bucket.name(path)}; it was left alone",
        hint="delete it first, or upload below another --prefix",
        kind="exists",
    )
