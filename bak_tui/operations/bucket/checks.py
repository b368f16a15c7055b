"""Results of `verify` and `prove`, kept beside the dump they are about and read back from there.

A credential that may only read can still check: the result then stands in this machine's history alone, and
the run says so. What cannot be read back counts for nothing.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterable

from bak_tui import __version__
from bak_tui.core.checks import MAX_CHECK_BYTES, Check, CheckedBy, newest_first, parse_check
from bak_tui.core.errors import IntegrityError, StoreError
from bak_tui.core.names import check_path, checked_dump, checks_folder
from bak_tui.operations.bucket.documents import Readable
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet

_MOST_READ = 50
"""The newest of one dump's checks that are looked at."""
_NO_MATTER = frozenset({"not_found", "too_large", "access_denied", "archived"})

_log = logging.getLogger(__name__)


class CheckBook:
    """Keeps the results of one run; `notes` tells where they could not be kept."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def keep(self, key: str, check: Check, task: Task) -> None:
        """Write a check beside the dump at `key`. A store that refuses it does not change its result."""
        where = check_path(key, check.started)
        try:
            task.apart(lambda: self._store.write(where, check.to_json()))
        except StoreError as error:
            task.say("bak", f"the result is not in the bucket: {error}", is_error=True)
            self._notes[
                f"results could not be put beside the dumps ({error.kind.replace('_', ' ')}):"
                " they stand in this machine's job history only"
            ] = None


def checked_by(tools: ToolSet | None = None) -> CheckedBy:
    """This program on this machine."""
    return CheckedBy(bak_tui=__version__, host=platform.node(), pg_restore=tools.version if tools else None)


class CheckShelf:
    """The checks that a listing has shown, by the dump they lie beside; read when they are asked for."""

    def __init__(self, documents: Readable, keys: Iterable[str]) -> None:
        self._documents = documents
        self._keys: dict[str, list[str]] = {}
        for key in keys:
            self._keys.setdefault(checked_dump(key), []).append(key)

    @classmethod
    def beside(cls, store: ObjectStore, dump: str) -> CheckShelf:
        """What lies beside one dump; nothing where listing is not allowed."""
        try:
            pages = store.pages(checks_folder(dump))
            return cls(store, [stored.key for page in pages for stored in page.objects])
        except StoreError as error:
            if error.kind not in _NO_MATTER:
                raise
            return cls(store, ())

    def of(self, dump: str) -> tuple[Check, ...]:
        """The newest checks of a dump, newest first. Their names' order is their order in time."""
        keys = sorted(self._keys.get(dump, ()), reverse=True)[:_MOST_READ]
        return newest_first(filter(None, map(self._read, keys)))

    def _read(self, key: str) -> Check | None:
        try:
            return parse_check(self._documents.read(key, limit=MAX_CHECK_BYTES), key)
        except IntegrityError as error:
            _log.warning("%s", error)
        except StoreError as error:
            if error.kind not in _NO_MATTER:
                raise
        return None
