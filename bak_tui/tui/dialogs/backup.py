"""Back up: which databases, whereto, how; enter begins."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.command_line import bak_line
from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import BakError
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.core.wording import duration, plural, size
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.selecting import no_connections
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import BoardRow
from bak_tui.operations.bucket.expecting import expect
from bak_tui.tui.dialogs.backup_extras import BackupExtras
from bak_tui.tui.dialogs.backup_formats import Formats
from bak_tui.tui.dialogs.backup_what import Meant, names_of, what_lines
from bak_tui.tui.dialogs.dialog import Button, Dialog, fact
from bak_tui.tui.dialogs.pick import unfold
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line, foreign, width_of
from bak_tui.tui.widgets.choosing import Chooser, Dropdown, Option, Radio
from bak_tui.tui.widgets.drawn import Drawn, Flowing
from bak_tui.tui.widgets.fields import FormRow

_LABEL = 12
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


@dataclass(frozen=True)
class BackupOrder:
    """What was agreed to."""

    selection: Selection
    options: BackupOptions


class BackupDialog(Dialog[BackupOrder]):
    """Answers what to back up, and how. `there` are the names of the whole board."""

    CSS = """
    BackupDialog {
        & .label { width: 12; }
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

    def __init__(
        self,
        bak: Bak,
        profile: Profile,
        rows: Sequence[BoardRow],
        now: datetime,
        cores: int,
        *,
        there: Collection[BoardRow] = (),
    ) -> None:
        super().__init__("Back up", profile)
        self._bak = bak
        self._of = profile
        self._meant = Meant(tuple(rows), there=there)
        self._now = now
        self._cores = cores
        most = max(cores, min(8, len(rows)))
        at_once = [(str(number), plural(number, "database")) for number in range(1, most + 1)]
        self._format = Radio(_FORMATS, FormatWish.CUSTOM, id="format")
        self._means = Drawn()
        self._formats = Formats()
        self._why = Flowing(self._why_lines)
        self._what = Flowing(self._facts)
        self._compress = Dropdown("Compress", _COMPRESSIONS, "", id="compress", is_bare=True)
        self._parallel = Dropdown("At a time", at_once, str(cores), id="parallel", is_bare=True)
        self._expect = Flowing(self._expectation)
        self._more = BackupExtras()

    # -- what it says --------------------------------------------------------------------------------

    def body(self) -> list[Widget]:
        return [
            self._what,
            FormRow("Format", self._format, self._means),
            self._why,
            FormRow("Compress", self._compress),
            FormRow("At a time", self._parallel),
            self._more,
            Drawn([[]]),
            self._expect,
        ]

    def buttons(self) -> list[Button]:
        label = f"Back up {plural(len(self._meant.kept), 'database')}"
        return [Button(label, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return f"{self.key_of('dialog.copy', 'Y')} copies the command"

    def command(self) -> str:
        words = names_of(self._meant.rows)
        words += [word for each in self._meant.excluded for word in ("--exclude", each)]
        if self._wish is not FormatWish.CUSTOM:
            words += ["--format", self._wish, "--jobs", str(self._workers)]
        if self._compress.value:
            words += ["--compress", self._compress.value]
        if self._parallel.value != str(self._cores):
            words += ["--parallel", self._parallel.value]
        words += self._more.words()
        return bak_line("backup", self._of, *words)

    def _tell(self) -> None:
        """What is chosen, and what it comes to."""
        before = len(self._meant.kept)
        self._meant = replace(self._meant, excluded=self._more.excluded)
        trouble = self._format_trouble()
        means: Line = [(trouble, "bad")] if trouble else [(_FORMAT_MEANS[self._wish], "muted")]
        self._means.show([[("   ", ""), *means]])
        self._why.flow(self._why_lines)
        self._what.flow(self._facts)
        self._more.tell()
        self._expect.flow(self._expectation)
        self.renew_command()
        if len(self._meant.kept) != before:
            self.call_later(self.renew_buttons)

    def _facts(self, width: int) -> list[Line]:
        where = f"{self._of.target}<database>/<database>-<time>{self._suffix}"
        return [*what_lines(self._meant, self._now), [], *labelled("To", where, width, room=_LABEL), []]

    @property
    def _suffix(self) -> str:
        if self._wish is FormatWish.AUTO and not self._more.keeps_copies:
            return self._formats.suffix([row.database for row in self._meant.kept])
        return ".dir/" if self._wish is FormatWish.DIRECTORY else ".sql"

    def _why_lines(self, width: int) -> list[Line]:
        """What `auto` takes, as far as the server has answered."""
        if self._wish is not FormatWish.AUTO:
            return []
        if self._more.keeps_copies:
            return [fact("", [("custom: a copy that is kept here is one file", "muted")])]
        return self._formats.lines([row.database for row in self._meant.kept], width, _LABEL)

    def _expectation(self, width: int) -> list[Line]:
        rows = self._meant.kept
        expected = expect(rows, int(self._parallel.value))
        if len(expected.unknown) == len(rows):
            return [fact("Expect", [("unknown: no backup to go by", "muted")])]
        known = f"~{size(expected.size)} in ~{duration(max(1.0, expected.seconds))}"
        why = "by the last backups"
        if expected.unknown:
            others = len(expected.unknown) - 1
            names = expected.unknown[0] + (f" and {others} more" if others else "")
            why += f"; {names} {'have' if others else 'has'} none to go by"
        line = fact("Expect", [(known, "text"), (f"   {foreign(why)}", "muted")])
        if width_of(line) <= width:
            return [line]
        return [line[:2], *labelled("", why, width, words="muted", room=_LABEL)]

    # -- what is chosen ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._tell()

    def on_chooser_changed(self, event: Chooser.Changed) -> None:
        event.stop()
        if event.chooser is self._format and self._wish is FormatWish.AUTO and not self._formats.choices:
            self._formats = Formats()
            self._ask_formats()
        self._tell()

    def on_dropdown_opened(self, event: Dropdown.Opened) -> None:
        event.stop()
        unfold(event.dropdown)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_options(self) -> None:
        """Fold the rarer options out, or in again."""
        self._more.fold()
        self.fit()

    def action_accept(self) -> None:
        if self._more.trouble() or self._format_trouble() or not self._meant.kept:
            return
        plain = BackupOptions(
            parallel=int(self._parallel.value),
            compression=self._compress.value or None,
            format=self._wish,
            jobs=self._workers,
        )
        self.dismiss(BackupOrder(self._meant.selection, self._more.added_to(plain)))

    def _format_trouble(self) -> str:
        is_kept = self._wish is FormatWish.DIRECTORY and self._more.keeps_copies
        return "✗ copies are kept in custom format" if is_kept else ""

    @property
    def _wish(self) -> FormatWish:
        return FormatWish(self._format.value)

    @property
    def _workers(self) -> int:
        return max(2, self._cores)

    @work(exclusive=True, group="formats", description="-")
    async def _ask_formats(self) -> None:
        """Which format `auto` takes for each, one database after the other."""
        selection = Selection(tuple(row.database for row in self._meant.rows))
        options = BackupOptions(format=FormatWish.AUTO, jobs=self._workers)
        try:
            plan = await asyncio.to_thread(self._bak.plans.backup, self._of.server, selection, options)
        except BakError as error:
            self._formats = self._formats.failed("", error)
            self._tell()
            return
        for name in plan.closed:
            self._formats = self._formats.failed(name, no_connections(name))
        for database in plan.databases:
            try:
                choice = await asyncio.to_thread(plan.run.format_of, database.name)
                self._formats = self._formats.chosen(database.name, choice)
            except BakError as error:
                self._formats = self._formats.failed(database.name, error)
            self._tell()
