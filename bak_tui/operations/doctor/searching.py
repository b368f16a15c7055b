"""What a bucket tells of killed runs: open uploads, and dumps and manifests that have lost each other.

Some stores do not list open uploads, and some credentials may not: what the journal knows by its id is
aborted all the same, which harms nobody where it is gone already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bak_tui.core.errors import StoreError
from bak_tui.core.journal import Entry, Life, UploadTrace
from bak_tui.core.leftovers import (
    Claims,
    Leftover,
    LeftoverKind,
    why_kept,
    why_upload_kept,
    without_entries,
)
from bak_tui.core.names import (
    checked_dump,
    checks_folder,
    dump_of,
    is_manifest,
    is_template_named,
    manifest_path,
    manifested,
)
from bak_tui.core.objects import OpenUpload, StoredObject
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.directories import toc_key
from bak_tui.operations.bucket.pairing import Pairing
from bak_tui.operations.ports import Collaborators, ObjectStore

_UNLISTED = frozenset({"access_denied", "not_implemented"})
"""Kinds of StoreError that say: this cannot be listed here, however often it is asked."""
_UNKNOWN = "an unknown run"


class BucketSearch:
    """One search of one bucket; `found` and `notes` are what it came to."""

    def __init__(self, collaborators: Collaborators, target: Target, claims: Claims) -> None:
        self._store = collaborators.store(target)
        self._target = target
        self._claims = claims
        self._now = collaborators.clock()
        self.found: list[Leftover] = []
        self.notes: list[str] = []

    def look(
        self, every: Sequence[Entry], here: Sequence[tuple[Entry, Life]], *, lists_objects: bool
    ) -> None:
        """`every` entry of the journal, and those of ended processes in this bucket. Raises StoreError."""
        for entry, life in here:
            if isinstance(entry.trace, UploadTrace):
                self.found += self._of_upload(entry, entry.trace, life)
        known = [entry.trace.key for entry in every if isinstance(entry.trace, UploadTrace)]
        self.found += self._unknown_uploads(known)
        if lists_objects:
            self.found += self._strays(set(known))

    def _of_upload(self, entry: Entry, trace: UploadTrace, life: Life) -> Iterator[Leftover]:
        where = self._url(trace.key)
        uploads = self._open_uploads(trace.key)
        if uploads is None:
            upload = OpenUpload(trace.key, trace.upload_id or "", entry.at)
            may = "an upload may remain, the store lists none" if trace.upload_id else "no upload is known of"
            yield journalled(LeftoverKind.UPLOAD, trace.key, f"{where} ({may})", entry, life, upload)
        for upload in uploads or ():
            is_any = trace.has_lost_answer or trace.upload_id is None
            if upload.key == trace.key and (is_any or upload.upload_id == trace.upload_id):
                yield journalled(LeftoverKind.UPLOAD, trace.key, where, entry, life, upload)
        if is_orphan(self._store, trace):
            kind = LeftoverKind.TRIAL if trace.is_trial else LeftoverKind.OBJECT
            yield journalled(kind, trace.key, where, entry, life)

    def _unknown_uploads(self, known: Sequence[str]) -> Iterator[Leftover]:
        uploads = self._open_uploads(self._target.prefix)
        if uploads is None:
            self.notes.append(
                f"open uploads in {self._target} cannot be listed with these credentials, or by this store:"
                " only those in the journal are known"
            )
        for upload in without_entries(uploads or (), known):
            kept = why_upload_kept(upload, self._now, self._claims)
            yield Leftover(
                LeftoverKind.UPLOAD,
                upload.key,
                self._url(upload.key),
                upload.begun,
                _UNKNOWN,
                kept,
                upload.upload_id,
            )

    def _open_uploads(self, prefix: str) -> tuple[OpenUpload, ...] | None:
        """None where they cannot be listed."""
        try:
            return self._store.open_uploads(prefix)
        except StoreError as error:
            if error.kind not in _UNLISTED:
                raise
            return None

    def _strays(self, known: set[str]) -> Iterator[Leftover]:
        """Objects that the journal does not know: who wrote them cannot be told, so nothing goes unnamed."""
        checks: dict[str, StoredObject] = {}
        folders: dict[str, StoredObject] = {}
        manifests: dict[str, StoredObject] = {}
        whole: set[str] = set()
        for stored in self._alone(whole):
            dump = dump_of(stored.key)
            if checked := checked_dump(stored.key):
                checks.setdefault(checked, stored)
            elif dump != stored.key:
                folders.setdefault(dump, stored)
            elif is_manifest(stored.key):
                manifests[manifested(stored.key)] = stored
            elif stored.key not in known:
                yield from self._stray(stored.key, stored)
        for dump in folders.keys() - manifests.keys() - known:
            yield from self._folder(dump, folders[dump])
        for dump in manifests.keys() - folders.keys():
            yield from self._manifest(dump, manifests[dump])
        there = whole | folders.keys()
        yield from self._checks({dump: stored for dump, stored in checks.items() if dump not in there})

    def _alone(self, whole: set[str]) -> Iterator[StoredObject]:
        """Objects without a manifest beside them, manifests without an object; the others go to `whole`."""
        pairing = Pairing()
        for page in self._store.pages(self._target.prefix):
            for stored, manifest in pairing.take(page):
                if manifest is None:
                    yield stored
                else:
                    whole.add(stored.key)
        yield from (stored for stored, _ in pairing.end())

    def _checks(self, checks: dict[str, StoredObject]) -> Iterator[Leftover]:
        for dump, stored in checks.items():
            if is_gone(self._store, dump):
                key = checks_folder(dump)
                kept = "" if key in self._claims.objects else f"its dump is gone; --object {key} removes it"
                yield Leftover(LeftoverKind.CHECKS, key, self._url(key), stored.modified, _UNKNOWN, kept)

    def _manifest(self, dump: str, stored: StoredObject) -> Iterator[Leftover]:
        if is_gone(self._store, dump):
            key = stored.key
            kept = "" if key in self._claims.objects else f"its dump is gone; --object {key} removes it"
            yield Leftover(LeftoverKind.MANIFEST, key, self._url(key), stored.modified, _UNKNOWN, kept)

    def _stray(self, dump: str, stored: StoredObject) -> Iterator[Leftover]:
        if is_template_named(dump):
            kept = "restorable, and perhaps another machine is about to finish it; bak delete removes it"
            yield Leftover(LeftoverKind.OBJECT, dump, self._url(dump), stored.modified, _UNKNOWN, kept)

    def _folder(self, dump: str, stored: StoredObject) -> Iterator[Leftover]:
        """A directory-format dump without its manifest; half of one has no table of contents, either."""
        if self._store.head(toc_key(dump)) is not None:
            yield from self._stray(dump, stored)
            return
        kept = f"it is not whole, and perhaps another machine is still at it; --object {dump} removes it"
        kept = "" if dump in self._claims.objects else kept
        yield Leftover(LeftoverKind.OBJECT, dump, self._url(dump), stored.modified, _UNKNOWN, kept)

    def _url(self, key: str) -> str:
        return f"s3://{self._target.bucket}/{key}"


def is_gone(store: ObjectStore, dump: str) -> bool:
    """Whether neither an object lies under a dump's key nor a folder of a directory-format one."""
    if store.head(dump) is not None:
        return False
    return not any(page.objects for page in store.pages(f"{dump}/", first=1))


def is_orphan(store: ObjectStore, trace: UploadTrace) -> bool:
    """Whether that upload's object lies there without the manifest it was to get, or was only a trial.

    The key was free when the upload began; a token that differs is another's object all the same. Without the
    right to look nothing is taken for one.
    """
    try:
        if trace.is_trial:
            return store.head(trace.key) is not None
        if not trace.wants_manifest or store.head(manifest_path(trace.key)) is not None:
            return False
        if trace.is_directory:
            return any(page.objects for page in store.pages(f"{trace.key}/", first=1))
        stored = store.head(trace.key)
    except StoreError as error:
        if error.kind != "access_denied":
            raise
        return False
    return stored is not None and stored.token in {"", trace.token}


def journalled(
    kind: LeftoverKind, name: str, where: str, entry: Entry, life: Life, upload: OpenUpload | None = None
) -> Leftover:
    """A leftover that the journal knows."""
    since = upload.begun if upload else entry.at
    upload_id = upload.upload_id if upload else ""
    return Leftover(kind, name, where, since, entry.whose, why_kept(life), upload_id, entry.id)
