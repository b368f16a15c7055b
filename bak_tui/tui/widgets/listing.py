"""A list with a cursor and marks, drawn virtually: a million rows cost what the visible ones cost.

It holds items and draws them by a function of its pane's. The cursor stays on its item when the items change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import strip_of

T = TypeVar("T")


_WITH_MARKS = 3
"""Cells of a gutter that has a column of marks."""
_UNKNOWN_ROOM = 200
_MOVES = Binding.Group("move, also arrows")
_PAGES = Binding.Group("half a page down, up")


def _moving(key: str, action: str, shown: str, name: str, told: str) -> Binding:
    return Binding(key, action, told, show=False, key_display=shown, id=name, tooltip=told, group=_MOVES)


def _paging(key: str, action: str, shown: str, name: str, told: str) -> Binding:
    return Binding(key, action, told, show=False, key_display=shown, id=name, tooltip=told, group=_PAGES)


@dataclass(frozen=True)
class Drawing:
    """What a row is drawn for."""

    width: int
    """Cells, without the gutter."""
    is_cursor: bool
    """Whether the cursor is on it and the list has the focus."""


class Listing(ScrollView, Generic[T], can_focus=True):
    """Rows of `row_height` lines each; a gutter of bar, mark (if `has_marks`) and blank."""

    DEFAULT_CSS = "Listing { scrollbar-size: 0 0; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        _moving("down,j", "move(1)", "j", "list.down", "One row down"),
        _moving("up,k", "move(-1)", "k", "list.up", "One row up"),
        _moving("g,home", "move_to(0)", "g", "list.first", "The first row"),
        _moving("G,end", "move_to(-1)", "G", "list.last", "The last row"),
        _paging("ctrl+d,pagedown", "page(1)", "^d", "list.page-down", "Half a page down"),
        _paging("ctrl+u,pageup", "page(-1)", "^u", "list.page-up", "Half a page up"),
        Binding("enter", "choose", "Open", id="list.open", tooltip="Open what is under the cursor"),
    ]

    class Moved(Message):
        """The cursor is on another item."""

        def __init__(self, listing: Listing[Any]) -> None:
            super().__init__()
            self.listing = listing

        @property
        def control(self) -> Listing[Any]:
            return self.listing

    class Chosen(Moved):
        """Enter, or a second click, on an item."""

    class Marked(Moved):
        """A click in the gutter has marked an item, or unmarked it."""

    def __init__(
        self,
        draw: Callable[[T, Drawing], list[Line]],
        key: Callable[[T], Hashable],
        *,
        row_height: int = 1,
        has_marks: bool = False,
        may_mark: Callable[[T], bool] = lambda _item: True,
    ) -> None:
        super().__init__()
        self._draw = draw
        self._key = key
        self._row_height = row_height
        self._gutter = _WITH_MARKS if has_marks else 2
        self._may_mark = may_mark
        self._items: Sequence[T] = ()
        self._cursor = 0
        self.marks: set[Hashable] = set()
        self._placeholder: Sequence[Line] = ()
        self._is_said_below = False

    # -- what it holds -------------------------------------------------------------------------------

    @property
    def items(self) -> Sequence[T]:
        return self._items

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._cursor] if self._cursor < len(self._items) else None

    @property
    def cursor(self) -> int:
        """The row the cursor is on."""
        return self._cursor

    @property
    def is_at_top(self) -> bool:
        """Whether the cursor is where it begins."""
        return self._cursor == 0

    def show(self, items: Sequence[T], cursor: int | None = None) -> None:
        """Show these; the cursor goes to that row, else stays on the item it is on, or near where it was.

        It stays on its line of the screen, where there are rows enough.
        """
        if cursor is None:
            cursor = self._again(items)
        cursor = max(0, min(len(items) - 1, cursor))
        moved, is_same = cursor - self._cursor, items is self._items
        self._items, self._cursor = items, cursor
        self._measure()
        if moved:
            self._scroll_by(moved)
        if moved or not is_same:  # else whoever scrolled away with the mouse would be called back
            self._follow()
        self.refresh()
        self.post_message(self.Moved(self))

    def settle(self, cursor: int | None) -> None:
        """Items came in or went: the cursor's is in that row now, and stays where it stands on the screen."""
        if cursor is None or cursor == self._cursor:
            return
        moved = cursor - self._cursor
        self._cursor = cursor
        self._measure()
        self._scroll_by(moved)
        self.refresh()

    def see_from_top(self) -> None:
        """Show the first items, and further down only as far as the cursor is."""
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._follow()

    def _scroll_by(self, rows: int) -> None:
        y = self.scroll_offset.y + rows * self._row_height
        self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def _again(self, items: Sequence[T]) -> int:
        """Where the cursor's item is among others."""
        held = self.current
        if held is None or not items:
            return 0
        key = self._key(held)
        near = range(max(0, self._cursor - 1), min(len(items), self._cursor + 2))
        found = next((index for index in near if self._key(items[index]) == key), None)
        if found is None:
            found = next((index for index, item in enumerate(items) if self._key(item) == key), None)
        return self._cursor if found is None else found

    def _measure(self) -> None:
        size = Size(self.size.width, len(self._items) * self._row_height + self._lines_below)
        if size != self.virtual_size:
            self.virtual_size = size

    @property
    def _lines_below(self) -> int:
        """Lines of what is said under the last item."""
        return len(self._placeholder) + 1 if self._items and self._is_said_below else 0

    @property
    def room(self) -> int:
        """Cells that a line of `say_instead` may take; many as long as it has no place."""
        return self.size.width - self._gutter if self.size.width else _UNKNOWN_ROOM

    def say_instead(self, lines: Sequence[Line], *, also_below: bool = False) -> None:
        """What stands in the list as long as it has no items: what it is for, that it loads, what failed.

        `also_below`: under the items as well; who goes to the last one sees it.
        """
        self._placeholder, self._is_said_below = lines, also_below
        self._measure()
        self.refresh()

    def toggle_mark(self) -> None:
        """Mark the item under the cursor, or unmark it, and go on to the next."""
        if self.current is not None and self._may_mark(self.current):
            self.marks ^= {self._key(self.current)}
            self.action_move(1)
            self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is nothing, nothing is opened; but a dialog's own enter would begin its work."""
        del parameters
        return action != "choose" or bool(self._items) or self.screen.is_modal or None

    # -- moving --------------------------------------------------------------------------------------

    def go_to(self, index: int) -> None:
        """Put the cursor on a row."""
        if not self._items:
            return
        index = max(0, min(len(self._items) - 1, index))
        if index != self._cursor:
            self._cursor = index
            self._measure()
            self.post_message(self.Moved(self))
        self._follow()
        self.refresh()

    def action_move(self, by: int) -> None:
        self.go_to(self._cursor + by)

    def action_move_to(self, index: int) -> None:
        self.go_to(index if index >= 0 else len(self._items) + index)

    def action_page(self, direction: int) -> None:
        self.go_to(self._cursor + direction * max(1, self.size.height // self._row_height // 2))

    def action_choose(self) -> None:
        if self._items:
            self.post_message(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """One click moves the cursor, in the gutter it marks; a second on the cursor's row opens it."""
        index = (event.y + round(self.scroll_offset.y)) // self._row_height
        if index < len(self._items):
            is_in_gutter = self._gutter == _WITH_MARKS and event.x < self._gutter
            if is_in_gutter and self._may_mark(self._items[index]):
                self.marks ^= {self._key(self._items[index])}
                self.post_message(self.Marked(self))
            elif index == self._cursor and event.chain == 2:
                self.action_choose()
            self.go_to(index)

    def _follow(self) -> None:
        top = self._cursor * self._row_height
        below = self._lines_below if self._cursor == len(self._items) - 1 else 0
        height = max(self._row_height, min(self._row_height + below, self.size.height))
        region = Region(0, top, max(1, self.size.width), height)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    # -- drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = y + round(self.scroll_offset.y)
        index, line_number = divmod(row, self._row_height)
        if index >= len(self._items):
            # A blank line between what there is and what is said of it.
            line = self._said(row - len(self._items) * self._row_height - bool(self._items))
            return strip_of(self, [(" " * (self._gutter - 1), ""), *line] if line else [], width)
        item = self._items[index]
        is_here = index == self._cursor
        is_lit = is_here and self.has_focus
        lines = self._draw(item, Drawing(width - self._gutter, is_lit))
        is_gap = line_number >= len(lines)
        gutter: Line = [("▌", "accent") if is_lit and not is_gap else (" ", "")]
        if self._gutter == _WITH_MARKS:
            gutter.append(("▪", "accent") if self._key(item) in self.marks else (" ", ""))
        gutter.append((" ", ""))
        ground = ("cursor" if self.has_focus else "idle") if is_here and not is_gap else ""
        return strip_of(self, gutter + ([] if is_gap else lines[line_number]), width, ground)

    def _said(self, number: int) -> Line:
        """A line of what stands in place of items, or below them."""
        is_there = 0 <= number < len(self._placeholder) and (self._is_said_below or not self._items)
        return self._placeholder[number] if is_there else []

    def on_resize(self) -> None:
        self._measure()
        self._follow()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
