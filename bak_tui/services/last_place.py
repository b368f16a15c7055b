"""The last place in the state folder. It may be deleted at any time, and is never worth an error."""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from bak_tui.core.last_place import NOWHERE, LastPlace, parse_place

_NAME = "last-place.json"
_LARGEST = 64 * 1024

_log = logging.getLogger(__name__)


class LastPlaceFile:
    """One file below a state folder, which is made when there is something to write."""

    def __init__(self, state: Path) -> None:
        self._path = state / _NAME

    def read(self) -> LastPlace:
        """What was kept last; nothing when that is gone or damaged."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                return parse_place(file.read(_LARGEST))
        except OSError:
            return NOWHERE

    def keep(self, place: LastPlace) -> None:
        """Whole or not at all, for the user alone."""
        draft = self._path.with_name(f".{_NAME}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(place.to_json())
            draft.replace(self._path)
        except OSError as error:
            _log.warning("the last place is not kept: %s: %s", error.filename, error.strerror)
            with suppress(OSError):
                draft.unlink()
