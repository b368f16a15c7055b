"""A session that has begun: what everything heavy of the program hangs on.

The app knows it by this value alone, so that a frame can be painted before any of it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bak_tui.operations.bak import Bak
    from bak_tui.tui.screens.workbench import Workbench
    from bak_tui.tui.session.choices import Choice

Prepare = Callable[[Callable[[str], None]], "Choice"]
"""Makes a profile ready, telling each step; may take its time."""


@dataclass(frozen=True)
class Begun:
    """One `Bak` and the workbench on it."""

    bak: Bak
    workbench: Workbench
    own_keys: Mapping[str, str] = field(default_factory=dict)
    """The user's own keys, by the action's id."""
    prepare: Prepare | None = None
    """What makes the profile that the workbench waits for."""


Begin = Callable[[], Begun]
"""Imports, and reads what is configured. Raises BakError when that cannot be used."""
