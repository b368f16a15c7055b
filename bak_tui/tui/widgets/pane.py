"""A pane: what its frame tells above and below, its list, and a filter to type."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from bak_tui.core.errors import BakError
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.keynames import key_name, name_of_action, own_keys_of
from bak_tui.tui.look.labelled import rule
from bak_tui.tui.look.spans import Line, Span, foreign
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import TextField
from bak_tui.tui.widgets.frame import Frame
from bak_tui.tui.widgets.listing import Listing

T = TypeVar("T")
_LABEL = 11
"""Cells before each line of the details."""


class Pane(Frame, Generic[T]):
    """A heading, a list, and details at the foot. What is in them is each pane's own."""

    DEFAULT_CSS = """
    Pane {
        &:focus-within {
            border: round $bak-accent;
            border-title-color: $bak-text;
            border-title-style: bold;
        }
        &.-filtered { border-subtitle-color: $bak-accent; }
        & > .heading { height: 1; color: $bak-muted; }
        & > Input { display: none; }
        & > Input, & > Input:focus { padding: 0; background: $bak-field; }
    }
    """
    FOOTER: ClassVar[tuple[str, ...]] = ()
    """See `footer`."""
    HELP: ClassVar[str] = ""
    """What the pane is, in a sentence."""
    OPENS: ClassVar[str] = ""
    """What `enter` does with the row under the cursor."""
    MOST_DETAILS: ClassVar[int] = 6
    """Lines that a row's details may have."""
    HAS_ORDERS: ClassVar[bool] = False
    """Whether its rows can stand in another order than the one they are in."""
    LEGEND_TITLE: ClassVar[str] = ""
    LEGEND: ClassVar[tuple[tuple[Span, str], ...]] = ()
    """The words its rows use, and what they mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "Filter", key_display="/", id="pane.filter", tooltip="Show only what matches"
        ),
        Binding(
            "escape",
            "clear_filter",
            "Show all",
            show=False,
            id="pane.clear-filter",
            tooltip="End the filter, show all",
        ),
        Binding("s", "sort", "Sort", show=False, id="pane.sort", tooltip="Sort: the next order"),
    ]

    class Counted(Message):
        """It says something else of its rows now."""

    def __init__(self, number: int, name: str, listing: Listing[T]) -> None:
        super().__init__(number, name)
        self.listing = listing
        self.heading = Drawn(classes="heading")
        self.details = Drawn(classes="details")
        self._field = TextField(placeholder="filter")
        self.filter = ""
        self.counted: list[Span] = []
        """What stands below it in its frame, for where it has none: its trouble, then its count."""
        self.ask_screen: Callable[[str], str] = lambda _action: ""
        """`why_not` of what the screen does with the rows."""
        self._words: list[tuple[str, ...]] = []

    @property
    def footer(self) -> tuple[str, ...]:
        """The ids of the bindings the footer shows, in its order, as long as they work; five at most."""
        return self.FOOTER

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.listing
        yield self._field
        yield self.details

    def say_count(self, text: str, trouble: str = "") -> None:
        """`13, 3 marked, worst first` below; while filtered what is filtered for. `trouble` comes first."""
        token = "bad" if trouble.startswith("✗") else "warn"
        parts = [Content.styled(trouble, f"bold $bak-{token}")] if trouble else []
        self.border_subtitle = Content("   ").join([*parts, Content(text)] if text else parts)
        counted = [(trouble, f"{token} bold"), (text, "accent" if self.filter else "muted")]
        counted = [span for span in counted if span[0]]
        if counted != self.counted:
            self.counted = counted
            self.post_message(self.Counted())

    @property
    def room_for_details(self) -> int:
        """Cells behind a label."""
        return (self.details.size.width or self.content_size.width) - _LABEL

    def show_details(self, name: str, lines: list[tuple[str, Line]]) -> None:
        """`─ name ────` and one labelled line a fact; nothing when there is no room for both.

        Whether there is does not depend on how much this row has to tell, so that the list stands still.
        """
        self.explained = (name, lines)
        width = self.details.size.width or self.content_size.width
        if not lines or self.content_size.height - max(self.MOST_DETAILS, len(lines)) - 2 < 12:
            self.details.show([])
            return
        body: list[Line] = [[(f"{label:<{_LABEL}}", "muted"), *line] for label, line in lines]
        self.details.show([rule(foreign(name), width), *body])

    # -- keys that do not work now -------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What every pane can: False where it never works, None where it does not work now."""
        del parameters
        if action == "clear_filter":
            return self.hides_some or None
        return action != "sort" or self.HAS_ORDERS

    @property
    def hides_some(self) -> bool:
        """Whether there is a filter to be ended, or one is being typed."""
        return bool(self.filter) or bool(self._field.display)

    def why_not(self, action: str) -> str:
        """Why an action does not work on what is under the cursor; empty when there is nothing to say."""
        return self.ask_screen(action.removeprefix("screen.")) if action.startswith("screen.") else ""

    def on_key(self, event: Key) -> None:
        """A key that works comes no further than its binding; whoever presses another is told why."""
        own_keys = own_keys_of(self.app)
        for usual, bindings in self._bindings.key_to_bindings.items():
            for binding in bindings:
                keys = own_keys.get(str(binding.id), usual).split(",")
                why = self.why_not(action_name(binding)) if {event.key, event.character} & {*keys} else ""
                if why:
                    name = name_of_action(own_keys, str(binding.id), key_name(binding))
                    self.notify(f"{name} does not work here: {why}", markup=False)

    # -- what stands in place of rows ----------------------------------------------------------------

    def key_of(self, name: str, usual: str) -> str:
        """The key that does it, as the user has it."""
        return name_of_action(own_keys_of(self.app), name, usual)

    @property
    def nothing_matches(self) -> list[Line]:
        """No row is left by the filter."""
        return placeholders.nothing_matches(self.key_of("pane.clear-filter", "escape"))

    def failure(self, error: BakError) -> list[Line]:
        """There are no rows because of an error."""
        return placeholders.failed(error, self.listing.room, self.key_of("refresh", "r"))

    # -- the filter ----------------------------------------------------------------------------------

    def action_filter(self) -> None:
        # At once, not at the next refresh: what is typed right after `/` belongs to the filter.
        self._field.display = True
        self.screen.set_focus(self._field)
        # What is typed now is another filter; → keeps this one and goes on behind it.
        self._field.select_all()

    def action_clear_filter(self) -> None:
        self.end_filter()
        self.screen.set_focus(self.listing)

    def end_filter(self) -> None:
        """Let everything through again, at once: what comes in now is not to be held back by it."""
        if self._field.has_focus:
            self.screen.set_focus(self.listing)
        self._field.value, self._field.display = "", False
        self._filter_by("")

    def action_sort(self) -> None:
        """The next order, where there are several."""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter_by(event.value)
        self.refill()

    def _filter_by(self, text: str) -> None:
        self.filter = text
        self._words = [self.spellings(word) for word in self.filter.lower().split()]
        self.set_class(bool(self.filter), "-filtered")
        self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.set_focus(self.listing)
        if not self.filter:
            self.action_clear_filter()

    def refill(self) -> None:
        """Fill the list again: filter, order or data have changed."""

    def spellings(self, word: str) -> tuple[str, ...]:
        """How what a word of the filter means may stand in what it is looked for in, in lower case."""
        return (word,)

    def matches(self, text: str) -> bool:
        """Whether the filter lets it through: every word, in any case."""
        lowered = text.lower()
        return all(any(spelling in lowered for spelling in word) for word in self._words)


def action_name(binding: Binding) -> str:
    """Without its parameters."""
    return binding.action.partition("(")[0]
