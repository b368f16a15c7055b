"""The profile form: a server and a bucket under a name, tried out before it is saved.

Nothing secret is ever in it: of a password in a pasted URI only this dialog knows, until it is closed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar, Literal

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import DescendantBlur
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.profile import Profile
from bak_tui.core.profile_line import add_line
from bak_tui.core.secret import Secret
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.bak import Bak
from bak_tui.tui.asking import answered
from bak_tui.tui.dialogs.ask import AskPassword, Confirm
from bak_tui.tui.dialogs.dialog import Button, Dialog, prod_block
from bak_tui.tui.dialogs.pick import Pick, unfold
from bak_tui.tui.dialogs.profile_draft import Draft, draft_of, new_draft
from bak_tui.tui.dialogs.profile_filling import Filling
from bak_tui.tui.dialogs.profile_parts import end_halves, head_halves, secrets_line, weakened_lines
from bak_tui.tui.dialogs.profile_trial import Trials, Tried
from bak_tui.tui.look import states
from bak_tui.tui.look.paths import at_home
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.choosing import Chooser, Dropdown
from bak_tui.tui.widgets.drawn import Drawn


@dataclass(frozen=True)
class Saved:
    """It is in the file now."""

    name: str
    password: Secret | None
    """When it is known already, it need not be asked for again."""


class ProfileDialog(Dialog[Saved | None]):
    """Answers what was saved; None when nothing was. `like` is what a new one begins with."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["dialog.tcss", "profile.tcss"]
    WIDTH = 120
    FOOTER = ("profile.test", "profile.import", *Dialog.FOOTER)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="profile.save", tooltip="Write the profile"),
        Binding("ctrl+t,t", "try_out", "Test", id="profile.test", tooltip="Try both ends"),
        # ctrl+i is tab to a terminal.
        Binding(
            "ctrl+o,i", "import", "Import…", id="profile.import", tooltip="From pg_service.conf or ~/.aws"
        ),
        Binding("down", "app.focus_next", "Next", show=False, id="profile.next", tooltip="The next field"),
        Binding(
            "up",
            "app.focus_previous",
            "Previous",
            show=False,
            id="profile.previous",
            tooltip="The field before",
        ),
    ]

    def __init__(
        self,
        bak: Bak,
        stored: StoredProfile | None = None,
        *,
        like: StoredProfile | None = None,
        begins: Literal["", "test", "import"] = "",
    ) -> None:
        of = Profile(stored.name, environment=stored.environment) if stored else None
        super().__init__("Edit profile" if stored else "New profile", of)
        self._bak = bak
        self._stored = stored
        self._begins = begins
        self._before = draft_of(stored) if stored else new_draft(like)
        self._last = self._before
        self._form = Filling(self, self._before)
        self._trials = Trials(self)
        self._complained_of: Draft | None = None
        """What was wrong: it is complained of until it is something else."""

    def body(self) -> list[Widget]:
        return [head_halves(self._before), Drawn([[]], id="rule"), end_halves(self._before)]

    def below(self) -> list[Widget]:
        names = ("complaint", "weakened", "secrets")
        return [Drawn(id=name, classes="below") for name in names]

    def buttons(self) -> list[Button]:
        return [
            Button("Save", "ctrl+s", "save"),
            Button(self._test_label, "ctrl+t", "try_out"),
            Button("Import…", "ctrl+o", "import"),
            Button("Cancel", "esc", "cancel"),
        ]

    @property
    def _test_label(self) -> str:
        return "Test again" if self._trials.has_begun else "Test"

    def label_of(self, binding: Binding) -> str:
        """The footer says the same as the button."""
        return self._test_label if binding.id == "profile.test" else binding.description

    def remark(self) -> str:
        return foreign(at_home(self._bak.profiles.path))

    def command(self) -> str:
        """Empty as long as it is no profile yet."""
        if not self.is_mounted:
            return ""
        try:
            stored = self._form.draft().parsed()
        except BakError:
            return ""
        return add_line(stored, self._bak.profiles.config, self._stored.name if self._stored else None)

    def on_mount(self) -> None:
        self._form.show_what_is_needed()
        self._tell()
        self.query_one("#name", Input).focus()
        if self._begins == "test":
            self.action_try_out()
        elif self._begins == "import":
            # A screen that another one covers is not laid out any more: it has to stand before.
            self.call_after_refresh(self.call_after_refresh, self.action_import)

    def on_resize(self) -> None:
        self.call_after_refresh(self._trials.show)

    # -- what changes --------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._hear(self._form.typed(event.input.id or "", event.value))
        self._changed(event.input.id or "")

    def on_chooser_changed(self, event: Chooser.Changed) -> None:
        event.stop()
        self._form.chosen(event.chooser.id or "")
        self._changed(event.chooser.id or "")

    def on_dropdown_opened(self, event: Dropdown.Opened) -> None:
        event.stop()
        unfold(event.dropdown)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._hear(self._form.left(event.input.id or ""))
        self.focus_next()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        self._hear(self._form.left(event.widget.id or ""))

    def _hear(self, said: BakError | Line | None) -> None:
        if said is not None:
            self._complain(said)

    def _changed(self, name: str) -> None:
        now = self._form.draft()
        end = self._form.end_of(name)
        # A field also tells what it holds at first.
        if end is not None and now != self._last:
            self._trials.forget(end)
        self._last = now
        if self._complained_of is not None and self._complained_of != now:
            self._complain(None)
        self._form.show_what_is_needed()
        self._tell()
        self.renew_command()

    # -- what it says --------------------------------------------------------------------------------

    def _tell(self) -> None:
        draft = self._form.draft()
        width = max(20, self.query_one("#frame").size.width)
        rows = wrapped("".join(text for text, _ in secrets_line(draft)), width)
        self.query_one("#secrets", Drawn).show([[(row, "muted")] for row in rows])
        weakened = self.query_one("#weakened", Drawn)
        weakened.show(weakened_lines(draft, width))
        weakened.display = bool(weakened.lines)
        self.query_one("#frame").border_title = self._titled(draft)
        label = draft.values["environment"] or self._before.values["environment"]
        block = states.environment(foreign(label))
        bar: Line = [(" " * (not block[0].startswith(" ")), ""), block, (" " * bool(label), "")]
        bar += [(foreign(self._before.values["name"]) or "New profile", "text bold")]
        bar += [("   Edit profile", "muted")] if self._stored else []
        self.query_one("#bar", Drawn).show([bar])
        self.set_class(label.upper() == "PROD", "-prod")
        self.fit()

    def _titled(self, draft: Draft) -> Content:
        parts = [Content(self.title or "")]
        is_prod = "PROD" in {draft.values["environment"].upper(), self._before.values["environment"]}
        if is_prod:
            parts += [Content("   "), prod_block(self.app.theme)]
        name = foreign(self._before.values["name"])
        gap = " " if is_prod else "   "
        return Content("").join(
            [*parts, Content.styled(f"{gap}{name}" if name else "", "not bold $bak-text")]
        )

    def _complain(self, error: BakError | Line | None) -> None:
        """One line of what is wrong, and its hint; None takes it away."""
        width = max(20, self.query_one("#frame").size.width)
        lines: list[Line] = []
        self._complained_of = self._form.draft() if isinstance(error, BakError) else None
        if isinstance(error, BakError):
            lines = [[(row, "bad")] for row in wrapped(f"✗ {foreign(error.message)}", width)]
            lines += [[(f"  {row}", "text")] for row in wrapped(foreign(error.hint), width - 2)]
        elif error is not None:
            lines = [error]
        complaint = self.query_one("#complaint", Drawn)
        complaint.show(lines)
        complaint.display = bool(lines)
        self.fit()

    # -- test ----------------------------------------------------------------------------------------

    def action_try_out(self) -> None:
        """Try both ends as they stand here, saved or not."""
        try:
            stored = self._form.draft(name_instead="unnamed").parsed()
        except BakError as error:
            self._refuse(error)
            return
        self._complain(None)
        is_first = not self._trials.has_begun
        self._trials.begin(self._bak, stored, self._form.password)
        if is_first:
            self.refresh_bindings()
            self.call_later(self.renew_buttons)

    @work(description="-")
    async def on_tried(self, message: Tried) -> None:
        needed = self._trials.end(message)
        if needed is None:
            return
        values = self._form.draft().values
        label = foreign(values["environment"])
        said = await self.app.push_screen_wait(AskPassword(values["name"] or "new", label, needed.message))
        if said:
            self._form.remember(Secret(said))
            self.action_try_out()

    # -- import, save, cancel ------------------------------------------------------------------------

    @work(exclusive=True, group="import", description="-")
    async def action_import(self) -> None:
        """Take over what pg_service.conf or ~/.aws knows."""
        try:
            known = await answered(self, self._bak.profiles.candidates)
        except Cancelled:
            return
        if not known:
            self._complain([("▲ nothing to import: no pg_service.conf, nothing in ~/.aws", "warn")])
            return
        lines: list[Line] = [
            [
                (f"{each.kind:<12}", "muted"),
                (left(foreign(each.name), 20), "text"),
                (foreign(each.told), "muted"),
            ]
            for each in known
        ]
        index = await self.app.push_screen_wait(Pick("Import from", lines))
        if index is not None:
            self._form.take(known[index])

    @work(exclusive=True, group="save", description="-")
    async def action_save(self) -> None:
        """Write it; what is wrong is said, and nothing is lost."""
        replaces = self._stored.name if self._stored else None
        try:
            stored = self._form.draft().parsed()
            await asyncio.to_thread(self._bak.profiles.save, stored, replaces=replaces)
        except BakError as error:
            self._refuse(error)
            return
        self.dismiss(Saved(stored.name, self._form.password))

    def _refuse(self, error: BakError) -> None:
        self._complain(error)
        wrong = self._form.field_of(error.message)
        if wrong is not None:
            wrong.focus()

    @work(exclusive=True, group="cancel", description="-")
    async def action_cancel(self) -> None:  # type: ignore[override]  # a worker: it may ask
        """Close it; asks when something would be lost."""
        if self._form.draft() != self._before:
            said = ["What was typed is not saved yet.", "", "Close the form without saving?"]
            if not await self.app.push_screen_wait(Confirm("Leave the form?", said)):
                return
        self.dismiss(None)

    def action_accept(self) -> None:
        """Enter goes on to the next field."""
        self.focus_next()
