"""An app that is drawn by one of our palettes: which one, and what follows from it for all that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, Monochrome, NoColor

from bak_tui.tui.look.ascii_glyphs import AsciiFilter
from bak_tui.tui.look.no_colour import ColourlessFilter
from bak_tui.tui.look.palette import DARK, NO_COLOUR, PALETTES
from bak_tui.tui.look.terminal import Look

_COLOURLESS = ColourlessFilter()
_ASCII = AsciiFilter()


class Themed(App[int]):
    """Begins with what `look` says; `T` goes on to the next palette."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("T", "next_theme", "Theme", show=False, id="app.theme", tooltip="The next theme"),
    ]

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.chosen_theme = ""
        """The one chosen by key; empty until then."""
        for palette in PALETTES.values():
            self.register_theme(palette.theme)
        self._wear(look.palette.name)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The tokens, also for whoever reads TCSS before a theme of ours is in force."""
        return DARK.variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """No colour and ASCII are made here, after everything that draws, so that nothing can forget them."""
        # Textual's own answers to NO_COLOR draw greys, or name the default colours.
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome | NoColor)]
        if self.theme == NO_COLOUR.name:
            filters.append(_COLOURLESS)
        if self._look.is_ascii:
            filters.append(_ASCII)
        return filters

    def action_next_theme(self) -> None:
        """The next palette; a toast says its name."""
        names = list(PALETTES)
        self.chosen_theme = names[(names.index(self.theme) + 1) % len(names)]
        self._wear(self.chosen_theme)
        self.notify(f"theme: {self.theme}", timeout=2, markup=False)

    def _wear(self, name: str) -> None:
        self.no_color = name == NO_COLOUR.name
        self.theme = name
