"""Where what outlives a session lies: history, journal, cache, the last place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where the program's state lies: `BAK_STATE_DIR`, else the platform's folder for it."""
    import platformdirs

    named = environment.get("BAK_STATE_DIR")
    return Path(named) if named else platformdirs.user_state_path("bak-tui", appauthor=False)
