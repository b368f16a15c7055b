"""Where the workbench's keys mean something: the bindings of each pane, of every list, and of everywhere.

Made of the widgets' own bindings: the key table of README.md and the `[keys]` of the configuration are read
off here, and so cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.dom import DOMNode

from bak_tui.tui.everywhere import Everywhere
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.jobs import JobsPane
from bak_tui.tui.panes.profiles import ProfilesPane
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.themed import Themed
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pane import Pane


@dataclass(frozen=True)
class Context:
    """A place that has keys of its own."""

    name: str
    kinds: tuple[type[DOMNode], ...]
    is_common: bool = False
    """Whether its keys work in every pane."""
    opens: str = ""
    """What `enter` does in it."""

    def bindings(self) -> Iterator[Binding]:
        """As they are declared, in order."""
        for kind in self.kinds:
            yield from (each for each in vars(kind).get("BINDINGS", ()) if isinstance(each, Binding))


def _pane(name: str, kind: type[Pane[Any]]) -> Context:
    return Context(name, (kind,), opens=kind.OPENS)


CONTEXTS = (
    Context("everywhere", (Workbench, Everywhere, Themed), is_common=True),
    Context("every list", (Listing, Pane), is_common=True),
    _pane("Profiles", ProfilesPane),
    _pane("Databases", DatabasesPane),
    _pane("Bucket", BucketPane),
    _pane("Jobs", JobsPane),
)
