"""What a job came to: the verdict and what it rests on, a table, and more of the row under the cursor.

What stands in it is `result_counts`' (one database, table by table) or `result_run`'s (several, a row each).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId, JobState
from bak_tui.core.profile import Profile
from bak_tui.operations.titles import dump_words
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.listing import Drawing, Listing

Row = TypeVar("Row")
_AROUND, _AROUND_FULL = 12, 7
"""Rows that are neither facts nor tables: with a frame and the screen around it, and without."""
_MOST_UNDER = 50
"""Rows, the first ones, that room is kept for under the table."""
_TITLES = {"prove": "Proof"}
_WORDS = {JobState.WARN: "OK WITH WARNINGS"}


class Contents(ABC, Generic[Row]):
    """What a result dialog shows. All of it is there: nothing is asked of anybody."""

    @property
    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """Of the table, the worst first."""

    @abstractmethod
    def key(self, row: Row) -> Hashable:
        """By which the cursor knows a row again."""

    @abstractmethod
    def report(self) -> list[str]:
        """The verdict, the facts and every row, as text."""

    @abstractmethod
    def head(self, width: int) -> list[Line]:
        """The verdict and the facts."""

    @abstractmethod
    def heading(self, width: int) -> list[Line]:
        """The table's."""

    @abstractmethod
    def draw(self, row: Row, drawing: Drawing) -> list[Line]:
        """One row of the table."""

    def under(self, row: Row, width: int) -> list[Line]:
        """What is told of the row under the cursor, whole, where its row has no room for it."""
        del row, width
        return []

    @property
    def has_inner(self) -> bool:
        """Whether a row can have a table of its own."""
        return False

    def inner(self, row: Row) -> Contents[Any] | None:
        """A row's own table; None when it has none."""
        del row
        return None

    def name(self, row: Row) -> str:
        """What a row is about, in words."""
        return str(self.key(row))


class ResultDialog(Dialog[str]):
    """Answers `log` when the log is wanted, `again` when the same shall be done again, as a new job."""

    WIDTH = 120
    FOOTER = ("result.repeat", "result.log", "result.tables", "result.copy", "dialog.help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "log", "Log", id="result.log", tooltip="The job's log"),
        Binding("t", "tables", "Tables", id="result.tables", tooltip="The tables of this one of several"),
        Binding("y", "copy_report", "Copy report", id="result.copy", tooltip="Copy what stands here"),
        Binding("r", "repeat", "Try again", id="result.repeat", tooltip="Do the same again, as a new job"),
    ]

    def __init__(
        self,
        contents: Contents[Any],
        job: JobId,
        verb: str,
        what: str,
        profile: Profile | None,
        *,
        may_repeat: bool = False,
    ) -> None:
        super().__init__(f"{_TITLES.get(verb, verb.capitalize())} result", profile)
        self._contents = contents
        self._job = job
        self._verb = verb
        self._what = what
        self._may_repeat = may_repeat
        self._listing: Listing[Any] = Listing(contents.draw, contents.key)
        self._under = Flowing(self._told_under)

    def body(self) -> list[Widget]:
        return [Flowing(self._contents.head), Flowing(self._contents.heading), self._listing, self._under]

    def buttons(self) -> list[Button]:
        return [
            Button("Close", "enter", "accept"),
            *([Button("Try again", "r", "repeat")] if self._may_repeat else []),
            Button("Log", "L", "log"),
            *([Button("Tables", "t", "tables")] if self._contents.has_inner else []),
            Button("Copy report", "y", "copy_report"),
        ]

    def remark(self) -> str:
        return foreign(f"job {self._job}, {dump_words(self._what)}")

    def on_mount(self) -> None:
        self._listing.show(self._contents.rows)
        self._listing.focus()
        self.fit()

    def fit(self) -> None:
        """The table takes what the head leaves, and keeps room for what is told under it."""
        super().fit()
        width, height = self.size
        around = _AROUND_FULL if self.has_class("-full") else _AROUND
        inside = min(self.WIDTH - 6, width - 2)
        rows = self._contents.rows
        under = max((len(self._contents.under(row, inside)) for row in rows[:_MOST_UNDER]), default=0)
        under = min(under, height // 3)
        self._under.styles.min_height = under
        room = height - len(self._contents.head(inside)) - under - around
        self._listing.styles.height = max(3, min(len(rows), room))

    def _told_under(self, width: int) -> list[Line]:
        row = self._listing.current
        return self._contents.under(row, width) if row is not None else []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "tables":
            if not self._contents.has_inner:
                return False
            row = self._listing.current
            return (row is not None and self._contents.inner(row) is not None) or None
        if action == "repeat" and not self._may_repeat:
            return False
        return super().check_action(action, parameters)

    def on_listing_moved(self) -> None:
        self._under.flow(self._told_under)
        self.refresh_bindings()

    def on_listing_chosen(self) -> None:
        self.action_accept()

    def action_log(self) -> None:
        self.dismiss("log")

    def action_repeat(self) -> None:
        """The same again; the dialog goes, the new job is in Jobs."""
        self.dismiss("again")

    def action_tables(self) -> None:
        """The row's own tables, over this; from there to the log, too."""
        row = self._listing.current
        inner = self._contents.inner(row) if row is not None else None
        if inner is None:
            return
        dialog = ResultDialog(
            inner,
            self._job,
            self._verb,
            self._contents.name(row),
            self._profile,
            may_repeat=self._may_repeat,
        )
        self.app.push_screen(dialog, self._go_on)

    def _go_on(self, answer: str | None) -> None:
        if answer is not None:
            self.dismiss(answer)

    def action_copy_report(self) -> None:
        """The verdict, the facts and every row, as text."""
        self.app.copy_to_clipboard("\n".join(map(visible, self._contents.report())))
        self.notify("the report is copied", markup=False)


def word_of(state: JobState) -> str:
    """As a verdict says it."""
    return _WORDS.get(state, state.value)


def verdict_lines(state: JobState, sentence: str, width: int) -> list[Line]:
    """`● OK   what that means`, wrapped, and a blank line."""
    word, words = states.job(state)
    label = f"{word[:2]}{word_of(state)}"
    said = wrapped(foreign(sentence), max(20, width - len(label) - 3))
    lines: list[Line] = [[(f"{label}   ", words), (said[0] if said else "", "text")]]
    lines += [[(" " * (len(label) + 3), ""), (row, "text")] for row in said[1:]]
    return [*lines, []]
