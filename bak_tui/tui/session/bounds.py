"""What a session begins with and leaves behind: the place of the one before, and who keeps this one's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.last_place import NOWHERE, LastPlace
from bak_tui.core.screen_settings import ScreenSettings
from bak_tui.services.last_place import LastPlaceFile
from bak_tui.services.profiles import ProfileStore, config_path
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


def wished(flags: ScreenSettings, config: str | None, *, is_demo: bool) -> ScreenSettings:
    """What the flags say, else `[screen]` of the configuration, which the demo does not read.

    Raises UsageError naming what is wrong in that file.
    """
    stored = ScreenSettings()
    if not is_demo:
        stored = ProfileStore(config_path(Path(config) if config else None, os.environ)).screen()
    return ScreenSettings(
        stored.is_ascii if flags.is_ascii is None else flags.is_ascii,
        stored.rings if flags.rings is None else flags.rings,
    )


def session_of(environment: Mapping[str, str], said: ScreenSettings) -> SessionBounds:
    """It begins where the last one was left."""
    file = LastPlaceFile(state_folder(environment))
    return SessionBounds(file.read(), file.keep, said.rings is not False)
