"""The header: where am I, is it PROD, and what is wrong. One row."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, fitted, foreign, left, width_of
from bak_tui.tui.widgets.drawn import Drawn

_VERSIONS_FROM = 140
_ROOMY_FROM = 100
_USUAL_PORT = ":5432"
_READ_ONLY = " read-only"
_LEAST_NAME = 8


@dataclass(frozen=True)
class Whereabouts:
    """What the header tells."""

    profile: str = ""
    environment: str = ""
    is_read_only: bool = False
    instead: str = ""
    """What stands in place of server and bucket before there are any."""
    server: str = ""
    version: str = ""
    target: str = ""
    provider: str = ""
    """Whose S3 it is, as far as that is known."""
    server_trouble: str = ""
    """What is wrong with it, in two words; empty when nothing is."""
    target_trouble: str = ""
    at_risk: int = 0
    has_none: bool = False
    running: int = 0
    failed: int = 0
    weakened: tuple[str, ...] = ()
    """What the profile gives up of its protection on the wire."""
    stale: str = ""
    """Since when what the panes show was not renewed, where their frames do not say it."""
    banner: str = ""
    """`DEMO`, when everything is for play."""


class Header(Drawn):
    """One row on `bar`; on `prodbar` while the profile is PROD."""

    DEFAULT_CSS = """
    Header { dock: top; height: 1; background: $bak-bar; &.-prod { background: $bak-prodbar; } }
    """

    def tell(self, here: Whereabouts) -> None:
        """Say where we are."""
        self.set_class(here.environment.upper() == "PROD", "-prod")
        width = max(1, self.app.size.width)
        counters = _counters(here, gap="   " if width >= _VERSIONS_FROM else "  ")
        room = max(0, width - width_of(counters) - 1)
        name = foreign(here.profile)
        place = _place(here, width, name)
        if width_of(place) > room:
            # However long the name is: which server and bucket it is, and what may be done there, is told.
            keeps = max(_LEAST_NAME, cell_len(name) - (width_of(place) - room))
            place = _place(here, width, left(name, min(cell_len(name), keeps)))
        self.show([[*fitted(place, room), *counters, (" ", "")]])


def _place(here: Whereabouts, width: int, name: str) -> Line:
    is_wide = width >= _VERSIONS_FROM
    is_small = width < _ROOMY_FROM
    line: Line = [(" ", "")]
    if here.banner:
        line += [(here.banner, "warn bold"), ("  ", "")]
    if here.environment:
        label = states.environment(foreign(here.environment))
        line = [
            *([] if label[0].startswith(" ") and not here.banner else line),
            label,
            (" " if is_small else "  ", ""),
        ]
    line += [(name, "text bold"), *([(_READ_ONLY, "muted")] if here.is_read_only else [])]
    if here.instead:
        return [*line, (f"   {foreign(here.instead)}", "muted")]
    if here.target and _ROOMY_FROM <= width < _VERSIONS_FROM:
        line += [(" ▾", "muted")]  # there is no pane of profiles
    server = here.server.removesuffix(_USUAL_PORT) if is_small else here.server
    line += [("  " if is_small else "   ", ""), (foreign(server), "bad" if here.server_trouble else "text")]
    line += [(f" {here.server_trouble}", "bad")] if here.server_trouble else []
    if is_wide and here.version:
        line += [(f"  PostgreSQL {here.version.split()[0]}", "muted")]
    if here.target:
        line += [
            ("   →   " if is_wide else " → ", "muted"),
            (foreign(here.target), "bad" if here.target_trouble else "text"),
        ]
        line += [(f" {here.target_trouble}", "bad")] if here.target_trouble else []
        line += [(f"  {foreign(here.provider)}", "muted")] if is_wide and here.provider else []
    return line


def _counters(here: Whereabouts, gap: str) -> Line:
    counters = [
        (here.at_risk, "at risk", "bad bold" if here.has_none else "warn bold"),
        (here.running, "running", "accent bold"),
        (here.failed, "failed", "bad bold"),
    ]
    line: Line = [part for each in here.weakened for part in ((gap, ""), (f"▲ {each}", "warn bold"))]
    line += [(gap, ""), (here.stale, "warn bold")] if here.stale else []
    for number, label, words in counters:
        if number:
            line += [(gap, ""), (f"{number} {label}", words)]
    return line
