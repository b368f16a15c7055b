"""The empty frame of the workbench, painted while everything else is still being imported and read.

No key works here, and none is lost: the app keeps what is typed for the workbench.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.screen import Screen

from bak_tui.tui.screens.arranging import Arrangement
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.frame import Frame
from bak_tui.tui.widgets.header import Header, Whereabouts
from bak_tui.tui.widgets.strip import JobStrip, Tabs


class Opening(Screen[None]):
    """The workbench's layout, with nothing in it."""

    CSS_PATH = "workbench.tcss"
    AUTO_FOCUS = ""

    def __init__(self, pane: int) -> None:
        super().__init__()
        self._arrangement = Arrangement(self)
        self._arrangement.active = pane

    def compose(self) -> ComposeResult:
        yield Header()
        yield Tabs()
        with Horizontal(id="top"):
            yield Frame(1, "Profiles")
            yield Frame(2, "Databases")
            yield Frame(3, "Bucket")
        yield Frame(4, "Jobs")
        yield Drawn([[("too small: 60 columns and 15 rows are needed", "text")]], id="too-small")
        with Vertical(id="foot"):
            yield JobStrip()
            yield Drawn([[]], classes="keys")

    def on_resize(self, event: Resize) -> None:
        self._arrangement.fit(event.size.width, event.size.height)
        self.query_one(Header).tell(Whereabouts(profile="bak-tui"))
        self.query_one(Tabs).tell(self._arrangement.active, {})
