"""The last step of a backup: the manifest, written last and read back. Before it nothing is a backup."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bak_tui.core.errors import BakError, IntegrityError, StoreError
from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest
from bak_tui.core.names import manifest_path
from bak_tui.operations.places import Place
from bak_tui.operations.ports import OpenEntry
from bak_tui.services.jobs import Task


@dataclass
class Stored:
    """What of a dump lies there, or may, without its manifest."""

    paths: list[str] = field(default_factory=list)


@contextmanager
def removed_unless_committed(place: Place, path: str, task: Task, entry: OpenEntry) -> Iterator[Stored]:
    """Around everything up to the manifest: what fails after a dump's last byte leaves no dump.

    Name in `paths` what is stored; nothing else is removed, for nothing else of ours is there. When it cannot
    be removed either (the store is gone), the task warns of what remains and the journal keeps it.
    """
    stored = Stored()
    is_committed = False
    try:
        yield stored
        is_committed = True
    finally:
        if stored.paths and not is_committed:
            try:
                with contextlib.suppress(BakError):
                    place.delete(manifest_path(path))
                place.delete(*stored.paths)
            except BakError as error:
                entry.remains()
                task.warn(f"a dump without a manifest is left at {place.name(path)}: {error}")


def commit(place: Place, path: str, manifest: Manifest) -> Manifest:
    """Write the manifest beside the dump at `path` and read it back; the manifest as it now lies there.

    Credentials that may not read leave `manifest` out of `checked`.
    """
    where = manifest_path(path)
    proven = manifest.model_copy(update={"checked": [*manifest.checked, "manifest"]})
    body = proven.to_json()
    place.write(where, body)
    try:
        written = place.read(where, limit=MAX_MANIFEST_BYTES)
    except StoreError as error:
        if error.kind != "access_denied":
            raise
        place.write(where, manifest.to_json())
        return manifest
    if written != body:
        raise IntegrityError(f"{place.name(where)} reads back differently from what was written")
    return proven
