"""What a session begins with and leaves behind: the place of the one before, and who keeps this one's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bak_tui.core.last_place import NOWHERE, LastPlace
from bak_tui.services.last_place import LastPlaceFile
from bak_tui.services.state_folder import state_folder


def _forget(_place: LastPlace) -> None:
    """A session that leaves nothing behind: the demo's."""


@dataclass(frozen=True)
class SessionBounds:
    """Its beginning and its end."""

    place: LastPlace = NOWHERE
    keep: Callable[[LastPlace], None] = _forget
    """Called once, when the session ends in good order."""
    rings: bool = True
    """Whether the end of a job is told to who looks elsewhere."""


def session_of(environment: Mapping[str, str], *, rings: bool) -> SessionBounds:
    """It begins where the last one was left."""
    file = LastPlaceFile(state_folder(environment))
    return SessionBounds(file.read(), file.keep, rings)
