"""A job's log, followed while it runs; every line it has said can be read again."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.jobs import LogLine
from bak_tui.services.jobs import Job
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, columns, foreign, left
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.listing import Drawing, Listing

_LOOK_SECONDS = 0.25


class LogDialog(Dialog[None]):
    """Follows the end until the cursor is moved away from it."""

    DEFAULT_CSS = """
    LogDialog > #frame {
        width: 124;
        height: 90%;
        & Listing { background: $bak-field; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "cancel", "Close", show=False, id="log.close", tooltip="Close the log"),
    ]

    def __init__(self, job: Job[Any]) -> None:
        super().__init__(f"Job {job.id}  {job.verb} {foreign(job.what)}", None)
        self._job = job
        self._listing: Listing[tuple[int, LogLine]] = Listing(_draw, lambda row: row[0])
        self._verdict = Drawn()

    def body(self) -> list[Widget]:
        return [self._verdict, self._listing]

    def buttons(self) -> list[Button]:
        return [Button("Close", "esc")]

    def on_mount(self) -> None:
        self._listing.focus()
        self._look()
        self.set_interval(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        status = self._job.status
        word, words = states.job(status.state)
        outcome = status.outcome or ", ".join(task.phase for task in status.tasks if task.phase)
        self._verdict.show([[(f"{word}  ", words), (foreign(outcome), "text")]])
        lines = list(enumerate(self._job.log))
        if len(lines) != len(self._listing.items):
            current = self._listing.current
            follows = current is None or current[0] == len(self._listing.items) - 1
            self._listing.show(lines)
            if follows:
                self._listing.action_move_to(-1)


def _draw(row: tuple[int, LogLine], drawing: Drawing) -> list[Line]:
    said = row[1]
    words = "bad" if said.is_error else "text"
    room = max(0, drawing.width - 12 - 8 - 4)
    return [
        columns(
            (f"{said.at.astimezone():%H:%M:%S.%f}"[:12], "muted"),
            (left(said.source, 10), "muted"),
            (left(foreign(said.text), room), words),
        )
    ]
