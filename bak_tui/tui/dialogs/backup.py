"""Back up: which databases, whereto, how; enter begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.core.wording import size, size_cell
from bak_tui.operations.board import BoardRow
from bak_tui.tui.dialogs.dialog import Button, Dialog, command_lines, fact
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.panes.databases import age_words
from bak_tui.tui.widgets.drawn import Drawn

_MOST_ROWS = 8


class BackupDialog(Dialog[bool]):
    """Answers True to begin."""

    def __init__(self, profile: Profile, rows: Sequence[BoardRow], command: str, now: datetime) -> None:
        super().__init__("Back up", profile)
        self._rows = rows
        self._command = command
        self._now = now
        self._profile_of = profile

    def body(self) -> list[Widget]:
        total = sum(row.size or 0 for row in self._rows)
        many = f"{len(self._rows)} databases" if len(self._rows) > 1 else "1 database"
        lines: list[Line] = [fact("Databases", [(f"{many}, {size(total)} on the server", "text")])]
        for row in self._rows[:_MOST_ROWS]:
            name = left(foreign(row.database), 26)
            lines.append(
                fact(
                    "",
                    [
                        ("▪ ", "accent"),
                        (name, "text"),
                        (f"{size_cell(row.size)}   ", "text"),
                        age_words(row, self._now),
                    ],
                )
            )
        if len(self._rows) > _MOST_ROWS:
            lines.append(fact("", [(f"and {len(self._rows) - _MOST_ROWS} more", "muted")]))
        where = f"{self._profile_of.target}<database>/<database>-<time>.sql"
        lines += [[], fact("To", [(foreign(where), "text")]), []]
        lines.append(
            fact("Format", [("● ", "text"), ("custom", "text"), ("     streamed, no local file", "muted")])
        )
        lines.append(fact("Counts", [("every row, in the dump's own snapshot", "text")]))
        return [Drawn(lines), Drawn(command_lines(self._command), classes="command")]

    def buttons(self) -> list[Button]:
        what = f"Back up {len(self._rows)} databases" if len(self._rows) > 1 else "Back up 1 database"
        return [Button(what, "enter"), Button("Cancel", "esc")]

    def action_accept(self) -> None:
        self.dismiss(True)
