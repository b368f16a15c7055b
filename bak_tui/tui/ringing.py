"""Telling somebody who looks elsewhere that a job has ended: the bell, and a notice of the terminal (OSC 9).

Only a terminal that reports its focus, and has lost it, is rung; one that reports nothing is never.
"""

from __future__ import annotations

from typing import Any

from textual.app import App

from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobStatus

_LONGEST = 200


def ring(app: App[Any], status: JobStatus) -> None:
    """`bak-tui: OK backup fence` beside the bell; what a terminal does not know it ignores."""
    driver = app._driver
    if app.app_focus or driver is None:
        return
    said = visible(f"bak-tui: {status.state} {status.verb} {status.what}", limit=_LONGEST)
    # In ASCII: whether the terminal takes more is not known here, and an escape says enough.
    text = said.encode("ascii", "backslashreplace").decode()
    driver.write(f"\x07\x1b]9;{text}\x07")
    driver.flush()
