"""The footer: the keys of what works now, at most eight. A pane, or a dialog, says which matter most."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from textual.binding import Binding
from textual.screen import Screen

from bak_tui.tui.look.keynames import key_name
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.pane import Pane

_ALWAYS = ("pane.filter", "app.help", "app.quit")
_NARROW = 100


class Keys(Drawn):
    """One row on `bar`."""

    DEFAULT_CSS = "Keys { height: 1; background: $bak-bar; padding: 0 1; }"

    shown: AbstractSet[str | None] = frozenset()
    """The ids of the bindings that stand there now."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self._renew(self.screen)

    def _renew(self, screen: Screen[object]) -> None:
        if not screen.is_active:
            return
        working: dict[str | None, Binding] = {}
        for active in screen.active_bindings.values():
            if active.enabled:
                working.setdefault(active.binding.id, active.binding)  # of several keys the first
        focused = screen.focused
        pane = next((node for node in focused.ancestors if isinstance(node, Pane)), None) if focused else None
        wanted = (*pane.FOOTER, *_ALWAYS) if pane else getattr(screen, "FOOTER", _ALWAYS)
        shown = [binding for name in wanted if (binding := working.get(name)) is not None]
        gap = "  " if self.app.size.width < _NARROW else "   "
        self.shown = {binding.id for binding in shown}
        line: Line = []
        for binding in shown:
            line += [
                (key_name(binding), "accent bold"),
                (" ", ""),
                (self._label(binding), "muted"),
                (gap, ""),
            ]
        self.show([line])

    def _label(self, binding: Binding) -> str:
        """Some labels say how much they will take; the screen knows."""
        say = getattr(self.screen, "label_of", None)
        return str(say(binding)) if say else binding.description
