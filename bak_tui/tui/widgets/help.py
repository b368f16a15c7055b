"""Help: what the keys do where the focus is. It is made of the bindings, so it cannot say anything else.

It lies over what is at the right and takes no focus: the keys it tells go on working, and what does not
work just now is muted. Under 100 columns it fills the screen, and is scrolled by the keys of a list; it then
has the focus, tells of what had it before, and of another pane when one of its keys is pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget

from bak_tui.tui.look.keynames import key_name, name_of_action, own_keys_of, short_name, working_name
from bak_tui.tui.look.spans import Line, left
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pane import Pane

_KEYS = 11
"""Cells of the column of keys."""
_NARROW = 100


@dataclass
class Entry:
    """One line of the help: the keys that share a meaning."""

    keys: list[str]
    told: str
    works: bool

    def name(self, key: str) -> None:
        """It is one of them."""
        self.keys += [] if key in self.keys else [key]


@dataclass
class About:
    """What the help tells of."""

    title: str
    pane: Pane[Any] | None
    here: list[Entry]
    """The keys of the pane, or of the dialog."""
    everywhere: list[Entry]


class Help(VerticalScroll, can_focus=True):
    """Docked at the right of the screen that shows it."""

    DEFAULT_CSS = """
    Help {
        layer: help;
        dock: right;
        width: 50;
        height: 100%;
        margin: 1 0;
        padding: 0 1;
        border: round $bak-line;
        border-title-color: $bak-muted;
        border-subtitle-color: $bak-muted;
        border-subtitle-align: right;
        background: $bak-bg;
        scrollbar-size: 0 0;
        &.-full { width: 100%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", show=False, id="help.down", tooltip="Further down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="help.up", tooltip="Back up"),
        Binding("ctrl+d", "page_down", "Page down", show=False, id="help.page-down", tooltip="A page down"),
        Binding("ctrl+u", "page_up", "Page up", show=False, id="help.page-up", tooltip="A page up"),
        Binding("escape,q", "app.help", "Close", show=False, id="help.close", tooltip="Close the help"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._text = Drawn()
        self._about: About | None = None
        self._told: Widget | None = None
        """What it tells of: what had the focus when it took it."""

    def compose(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self._fit()
        self._renew(self.screen)

    def on_resize(self) -> None:
        self._fit()
        self._show()

    def close(self) -> None:
        """Away with it; what had the focus has it again."""
        self._give_focus_back()
        self.remove()

    def _fit(self) -> None:
        is_full = self.app.size.width < _NARROW
        if not is_full:
            self._give_focus_back()
        self.set_class(is_full, "-full")
        self.can_focus = is_full
        self._renew(self.screen)

    def _give_focus_back(self) -> None:
        if self.screen.focused is self:
            self.screen.set_focus(self._told)

    def _renew(self, screen: Screen[Any]) -> None:
        """The focus is elsewhere, or other keys work. A help that has the focus tells of who had it."""
        # Not `has_focus`: that is true only when the widget has heard of it.
        if not screen.is_active or screen.focused is self:
            return
        self._about = about(screen)
        self._show()
        if self.can_focus:
            self._told = screen.focused
            self.focus()

    def _show(self) -> None:
        if self._about is None:
            return
        self.border_title = f"Help  {self._about.title}"
        self._text.show(help_lines(self._about, max(20, self.size.width or 46)))
        is_cut = len(self._text.lines) > max(1, self.size.height)
        name = "dialog.help" if self.screen.is_modal else "app.help"
        closes = f"{name_of_action(own_keys_of(self.app), name, '?')} closes"
        self.border_subtitle = f"pgdn more   {closes}" if is_cut else closes


def toggle_help(screen: Screen[Any]) -> None:
    """Show the help of this screen, or take it away and give the focus back."""
    shown = screen.query(Help)
    if not shown:
        screen.mount(Help())
        return
    for panel in shown:
        panel.close()


def help_lines(about: About, width: int) -> list[Line]:
    """What the place is for, its keys, those of everywhere, and what its words mean."""
    pane = about.pane
    lines: list[Line] = [[(row, "text")] for row in wrapped(pane.HELP if pane else "", width)]
    lines += _section("this pane" if pane else "this dialog", about.here, width, is_first=not lines)
    lines += _section("everywhere", about.everywhere, width, is_first=not lines)
    if pane is not None and pane.LEGEND:
        lines += [[], [(pane.LEGEND_TITLE, "muted")]]
        lines += [[(left(word, 13), words), (told, "text")] for (word, words), told in pane.LEGEND]
    return lines


def about(screen: Screen[Any]) -> About:
    """What there is to tell where the focus is. Textual's own bindings have no id: left out."""
    focused = screen.focused
    pane = next((node for node in focused.ancestors if isinstance(node, Pane)), None) if focused else None
    here: dict[str, Entry] = {}
    everywhere: dict[str, Entry] = {}
    unnamed: dict[str, tuple[Entry, Binding, list[str]]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if binding.id is None:
            continue
        belongs = _belongs_here(active, screen, pane)
        group = binding.group.description if binding.group else ""
        entry = (here if belongs else everywhere).setdefault(
            group or binding.id, Entry([], group or _told(active, pane), works=active.enabled)
        )
        # Of several keys the one that the binding shows.
        if short_name(key) == key_name(binding):
            entry.name(key_name(binding))
        else:
            unnamed.setdefault(binding.id, (entry, binding, []))[2].append(key)
    for entry, binding, keys in unnamed.values():
        if not entry.keys:
            entry.name(working_name(binding, keys))
    title = f"{pane.number} {pane.title}" if pane else screen.title or ""
    return About(title, pane, [here[name] for name in sorted(here, key=_rank)], list(everywhere.values()))


def _rank(name: str) -> int:
    """What enter does, then what is the pane's own, then what all panes can."""
    return 0 if name == "list.open" else 2 if name.startswith("pane.") else 1


def _belongs_here(active: ActiveBinding, screen: Screen[Any], pane: Pane[Any] | None) -> bool:
    if pane is None:
        return screen.is_modal and active.binding.group is None
    is_open = isinstance(active.node, Listing) and active.binding.id == "list.open"
    return (active.node is pane and active.binding.group is None) or is_open


def _told(active: ActiveBinding, pane: Pane[Any] | None) -> str:
    binding = active.binding
    told = pane.OPENS if pane and binding.id == "list.open" else binding.tooltip or binding.description
    why = (
        pane.why_not(binding.action.partition("(")[0])
        if pane and active.node is pane and not active.enabled
        else ""
    )
    return told[:1].lower() + told[1:] + (f" (not now: {why})" if why else "")


def _section(title: str, listed: list[Entry], width: int, *, is_first: bool = False) -> list[Line]:
    lines: list[Line] = [[(title, "muted")]] if is_first else [[], [(title, "muted")]]
    for entry in listed:
        words = ("accent bold", "text") if entry.works else ("muted", "muted")
        keys = f"{' '.join(entry.keys):<{_KEYS - 1}} "
        rows = wrapped(entry.told, width - cell_len(keys))
        lines.append([(keys, words[0]), (rows[0] if rows else "", words[1])])
        lines += [[(" " * _KEYS, ""), (row, words[1])] for row in rows[1:]]
    return lines if listed else []
