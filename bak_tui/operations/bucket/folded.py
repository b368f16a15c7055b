"""Directory-format backups in a folder that is browsed: one row each, manifest and files folded into it.

In a listing a backup's manifest, `X.dir.manifest.json`, comes before its folder, `X.dir/`, maybe a page
before. It is held back until that is decided: when a name behind the folder's is seen, it is an object like
others.
"""

from __future__ import annotations

from collections.abc import Iterator

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.names import is_manifest, is_template_named, manifested, parse_dump_name
from bak_tui.core.objects import StoredObject

UNKNOWN_SIZE = -1
"""Of a dump of which a listing shows no more than its folder."""


class FoldedDirectories:
    """Takes what a listing shows, in its order."""

    def __init__(self) -> None:
        self._held: dict[str, StoredObject] = {}
        """Manifests, by their dump's key."""

    def holds(self, stored: StoredObject) -> bool:
        """Whether an object without a manifest may itself be a directory's; it is then held back."""
        dump = manifested(stored.key)
        if not is_manifest(stored.key) or not dump.endswith(DumpFormat.DIRECTORY.suffix):
            return False
        self._held[dump] = stored
        return True

    def dump_at(self, folder: str) -> tuple[StoredObject, bool] | None:
        """The dump that a folder (its key ends with `/`) is, of unknown size; whether it has a manifest."""
        key = folder.removesuffix("/")
        manifest = self._held.pop(key, None)
        if manifest is not None:
            return StoredObject(key, UNKNOWN_SIZE, manifest.modified), True
        taken = parse_dump_name(key).taken
        if taken is None or not (key.endswith(DumpFormat.DIRECTORY.suffix) and is_template_named(key)):
            return None
        return StoredObject(key, UNKNOWN_SIZE, taken), False

    def released(self, last: str | None = None) -> Iterator[StoredObject]:
        """Manifests whose folder would have come before the name `last`; all of them at the end."""
        for dump in [dump for dump in self._held if last is None or f"{dump}/" < last]:
            yield self._held.pop(dump)
