"""The footer: the keys of what works now, at most eight. A pane, or a dialog, says which matter most.

What must stay true: no word of it is cut. Where the room is short its last keys are left out; help, which
has them all, and quitting stay. To their right a screen may say something (`beside_keys`).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from textual.binding import Binding
from textual.screen import Screen

from bak_tui.tui.look.keynames import working_name
from bak_tui.tui.look.spans import Line, fitted, width_of
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.pane import Pane

_ALWAYS = ("pane.filter", "app.help", "app.quit")
_NARROW = 100


class Keys(Drawn):
    """One row on `bar`."""

    DEFAULT_CSS = "Keys { height: 1; background: $bak-bar; padding: 0 1; }"

    shown: AbstractSet[str | None] = frozenset()
    """The ids of the bindings that stand there now."""
    names: Mapping[str | None, str] = MappingProxyType({})
    """Of every binding that works the key it is called by; where a field has the focus no letter."""

    def on_resize(self) -> None:
        self._renew(self.screen)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self._renew(self.screen)

    def renew(self) -> None:
        """At once: a dialog that opens next leaves what is behind it as it is."""
        self._renew(self.screen)

    def _renew(self, screen: Screen[object]) -> None:
        if not screen.is_active:
            return
        working: dict[str | None, Binding] = {}
        keys: dict[str | None, list[str]] = {}
        for key, active in screen.active_bindings.items():
            if active.enabled:
                working.setdefault(active.binding.id, active.binding)  # of several keys the first
                keys.setdefault(active.binding.id, []).append(key)
        self.names = {name: working_name(binding, keys[name]) for name, binding in working.items()}
        focused = screen.focused
        pane = next((node for node in focused.ancestors if isinstance(node, Pane)), None) if focused else None
        wanted = (*pane.footer, *_ALWAYS) if pane else getattr(screen, "FOOTER", _ALWAYS)
        shown = [binding for name in wanted if (binding := working.get(name)) is not None]
        beside: Line = getattr(screen, "beside_keys", [])
        room = self.app.size.width - 2 - (width_of(beside) + 2 if beside else 0)
        while width_of(line := self._line(shown)) > room and any(_may_go(binding) for binding in shown):
            shown.remove(next(binding for binding in reversed(shown) if _may_go(binding)))
        self.shown = {binding.id for binding in shown}
        self.show([[*fitted(line, room), ("  ", ""), *beside] if beside else line])

    def _line(self, shown: list[Binding]) -> Line:
        gap = "  " if self.app.size.width < _NARROW else "   "
        line: Line = []
        for binding in shown:
            line += [
                *([(gap, "")] if line else []),
                (self.names[binding.id], "accent bold"),
                (" ", ""),
                (self._label(binding), "muted"),
            ]
        return line

    def _label(self, binding: Binding) -> str:
        """Some labels say how much they will take; the screen knows."""
        say = getattr(self.screen, "label_of", None)
        return str(say(binding)) if say else binding.description


def _may_go(binding: Binding) -> bool:
    return binding.id not in (*_ALWAYS, "dialog.help")
