"""The last step of a backup: the manifest, written last and read back. Before it nothing is a backup."""

from __future__ import annotations

import contextlib

from bak_tui.core.errors import BakError, IntegrityError, StoreError
from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest
from bak_tui.core.names import manifest_path
from bak_tui.operations.places import Place


def commit(place: Place, path: str, manifest: Manifest) -> Manifest:
    """Write the manifest beside the dump at `path` and read it back; the manifest as it now lies there.

    When it cannot be written the dump is removed again, so that nothing half-proven is left; if that fails
    too, the error says what remains. Credentials that may not read leave `manifest` out of `checked`.
    """
    try:
        return _commit(place, path, manifest)
    except BakError as error:
        left = "the dump itself was removed again"
        try:
            with contextlib.suppress(BakError):
                place.delete(manifest_path(path))
            place.delete(path)
        except BakError:
            left = f"the dump without its manifest is left at {place.name(path)}"
        error.hint = f"{error.hint}; {left}".removeprefix("; ")
        raise


def _commit(place: Place, path: str, manifest: Manifest) -> Manifest:
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
