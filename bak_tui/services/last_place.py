"""The last place in the state folder. It may be deleted at any time, and is never worth an error."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bak_tui.core.last_place import NOWHERE, LastPlace, parse_place
from bak_tui.services.replacing import make_folder, replace_file

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
        try:
            make_folder(self._path.parent)
            replace_file(self._path, place.to_json(), lasts=False)
        except OSError as error:
            _log.warning("the last place is not kept: %s: %s", error.filename, error.strerror)
