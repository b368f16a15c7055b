"""Back up: which databases, whereto, how; enter begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.command_line import bak_line
from bak_tui.core.dump_format import FormatWish
from bak_tui.core.profile import Profile
from bak_tui.core.wording import duration, plural, size, size_cell
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bucket.board import BoardRow
from bak_tui.operations.bucket.expecting import expect
from bak_tui.tui.dialogs.backup_extras import BackupExtras
from bak_tui.tui.dialogs.dialog import Button, Dialog, fact
from bak_tui.tui.dialogs.pick import unfold
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.panes.databases import age_words
from bak_tui.tui.widgets.choosing import Chooser, Dropdown, Option, Radio
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import FormRow

_MOST_ROWS = 8
_COMPRESSIONS: tuple[Option, ...] = (
    ("", "zstd:1, or gzip:1 where pg_dump has no zstd"),
    *((name, name) for name in ("zstd:1", "zstd:3", "gzip:1", "gzip:6", "none")),
)
_FORMATS: tuple[Option, ...] = tuple((wish, wish) for wish in FormatWish)
_FORMAT_MEANS = {
    FormatWish.CUSTOM: "streamed, no local file",
    FormatWish.DIRECTORY: "several workers, an object a table",
    FormatWish.AUTO: "directory for a few big tables",
}


class BackupDialog(Dialog[BackupOptions]):
    """Answers how to do it."""

    CSS = """
    BackupDialog {
        & .label { width: 12; }
        & Dropdown { width: auto; padding: 0; background: $bak-bg; &:focus { background: $bak-cursor; } }
    }
    """

    AUTO_FOCUS = ""
    FOOTER = ("backup.options", *Dialog.FOOTER)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o,ctrl+o",
            "options",
            "Options",
            key_display="o",
            id="backup.options",
            tooltip="Fold the options out, or in",
        ),
        Binding("tab", "app.focus_next", "Next field", show=False, id="backup.next", tooltip="Next field"),
    ]

    def __init__(self, profile: Profile, rows: Sequence[BoardRow], now: datetime, cores: int) -> None:
        super().__init__("Back up", profile)
        self._of = profile
        self._rows = rows
        self._now = now
        self._cores = cores
        most = max(cores, min(8, len(rows)))
        at_once = [(str(number), plural(number, "database")) for number in range(1, most + 1)]
        self._format = Radio(_FORMATS, FormatWish.CUSTOM, id="format")
        self._means = Drawn()
        self._what = Drawn(self._facts())
        self._compress = Dropdown("Compress", _COMPRESSIONS, "", id="compress")
        self._parallel = Dropdown("At a time", at_once, str(cores), id="parallel")
        self._expect = Drawn()
        self._more = BackupExtras()

    def body(self) -> list[Widget]:
        return [
            self._what,
            FormRow("Format", self._format, self._means),
            FormRow("Compress", self._compress),
            FormRow("At a time", self._parallel),
            self._more,
            Drawn([[]]),
            self._expect,
        ]

    def buttons(self) -> list[Button]:
        label = f"Back up {plural(len(self._rows), 'database')}"
        return [Button(label, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "Y copies the command"

    def command(self) -> str:
        words = [word for row in self._rows for word in ("--database", row.database)]
        if self._wish is not FormatWish.CUSTOM:
            words += ["--format", self._wish, "--jobs", str(self._workers)]
        if self._compress.value:
            words += ["--compress", self._compress.value]
        if self._parallel.value != str(self._cores):
            words += ["--parallel", self._parallel.value]
        words += self._more.words()
        return bak_line("backup", self._of, *words)

    def on_mount(self) -> None:
        self._tell()

    def on_chooser_changed(self, event: Chooser.Changed) -> None:
        event.stop()
        self._tell()

    def on_dropdown_opened(self, event: Dropdown.Opened) -> None:
        event.stop()
        unfold(event.dropdown)

    def action_accept(self) -> None:
        if self._more.trouble() or self._format_trouble():
            return
        plain = BackupOptions(
            parallel=int(self._parallel.value),
            compression=self._compress.value or None,
            format=self._wish,
            jobs=self._workers,
        )
        self.dismiss(self._more.added_to(plain))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def _tell(self) -> None:
        """What is chosen, and what it comes to."""
        trouble = self._format_trouble()
        means: Line = [(trouble, "bad")] if trouble else [(_FORMAT_MEANS[self._wish], "muted")]
        self._means.show([[("   ", ""), *means]])
        self._what.show(self._facts())
        self._more.tell()
        self._expect.show([self._expectation()])
        self.renew_command()

    def _format_trouble(self) -> str:
        is_kept = self._wish is FormatWish.DIRECTORY and self._more.keeps_copies
        return "✗ copies are kept in custom format" if is_kept else ""

    def action_options(self) -> None:
        """Fold the rarer options out, or in again."""
        self._more.fold()
        self.fit()

    def _facts(self) -> list[Line]:
        total = sum(row.size or 0 for row in self._rows)
        many = f"{len(self._rows)} marked" if len(self._rows) > 1 else "1 database"
        lines: list[Line] = [fact("Databases", [(f"{many}, {size(total)} on the server", "text")])]
        for row in self._rows[:_MOST_ROWS]:
            name = left(foreign(row.database), 23)
            cells: Line = [("▪ ", "accent"), (name, "text"), (f"{size_cell(row.size)}   ", "text")]
            lines.append(fact("", [*cells, age_words(row, self._now)]))
        if len(self._rows) > _MOST_ROWS:
            lines.append(fact("", [(f"and {len(self._rows) - _MOST_ROWS} more", "muted")]))
        suffix = ".dir/" if self._wish is FormatWish.DIRECTORY else ".sql"
        where = f"{self._of.target}<database>/<database>-<time>{suffix}"
        return [*lines, [], fact("To", [(foreign(where), "text")]), []]

    @property
    def _wish(self) -> FormatWish:
        return FormatWish(self._format.value)

    @property
    def _workers(self) -> int:
        return max(2, self._cores)

    def _expectation(self) -> Line:
        expected = expect(self._rows, int(self._parallel.value))
        if len(expected.unknown) == len(self._rows):
            return fact("Expect", [("unknown: no backup to go by", "muted")])
        known = f"~{size(expected.size)} in ~{duration(max(1.0, expected.seconds))}"
        why = "by the last backups"
        if expected.unknown:
            others = len(expected.unknown) - 1
            names = foreign(expected.unknown[0]) + (f" and {others} more" if others else "")
            why += f"; {names} {'have' if others else 'has'} none to go by"
        return fact("Expect", [(known, "text"), (f"   {why}", "muted")])
