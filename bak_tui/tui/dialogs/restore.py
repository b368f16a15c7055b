"""Restore in three steps: what → where → plan. Nothing is touched before the plan was seen and agreed to.

The plan is asked of the operation itself, in a thread; what it says there is what the restore will do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.command_line import bak_line
from bak_tui.core.errors import BakError, PasswordNeeded
from bak_tui.core.foreign import visible
from bak_tui.core.plan import Mode, Prospect
from bak_tui.core.profile import Profile
from bak_tui.core.secret import Secret
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.tui.dialogs.ask import AskPassword
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.dialogs.pick import unfold
from bak_tui.tui.dialogs.restore_foresight import (
    Foresight,
    RestoreOrder,
    mends,
    name_question,
    session_facts,
    superuser_question,
)
from bak_tui.tui.dialogs.restore_plan import where_line
from bak_tui.tui.dialogs.restore_steps import PLAN, STEPS, WHAT, WHERE, steps_line, steps_row
from bak_tui.tui.dialogs.restore_what import WhatForm
from bak_tui.tui.dialogs.restore_where import WhereForm
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.look.spans import Line
from bak_tui.tui.session.choices import Choice
from bak_tui.tui.widgets.choosing import Chooser, Dropdown
from bak_tui.tui.widgets.drawn import Flowing


class RestoreDialog(Dialog[RestoreOrder]):
    """`dumps` are those to choose from, newest first; `choices` the profiles whose server it may go to."""

    CSS = """
    RestoreDialog {
        & #steps { margin-bottom: 1; }
        & #what, & #where, & #plan { display: none; height: auto; }
        &.-step1 #what, &.-step2 #where, &.-step3 #plan { display: block; }
        & .label { width: 13; }
        & #where TextField, & #where Dropdown { width: 66; }
        &.-full #steps { display: none; }
        &.-full #where TextField, &.-full #where Dropdown { width: 1fr; }
    }
    """
    WIDTH = 120
    FOOTER = ("restore.options", "restore.tables", "restore.sessions", "restore.whole", *Dialog.FOOTER)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,backspace,alt+left",
            "back",
            "Back",
            show=False,
            key_display="←",
            id="restore.back",
            tooltip="The step before",
        ),
        Binding("ctrl+o", "options", "Options", id="restore.options", tooltip="Fold the options out, or in"),
        Binding(
            "ctrl+t,t",
            "tables",
            "Tables",
            id="restore.tables",
            tooltip="Tick tables in the manifest's list",
        ),
        Binding(
            "s",
            "sessions",
            "Sessions",
            id="restore.sessions",
            tooltip="Everybody who is connected to what is replaced",
        ),
        Binding("v", "whole", "In full", id="restore.whole", tooltip="The plan in full, or in few words"),
        Binding("tab", "app.focus_next", "Next field", show=False, id="restore.next", tooltip="Next field"),
    ]

    def __init__(
        self,
        bak: Bak,
        profile: Profile,
        dumps: Sequence[StoredDump],
        choices: Sequence[Choice],
        *,
        now: datetime,
        shrunk: Mapping[str, str],
        tables: Sequence[str] = (),
    ) -> None:
        """`shrunk`: why a dump counts as that, by its path; `tables`: those that are meant, `schema.name`."""
        super().__init__("Restore", profile)
        self._bak, self._from, self._to, self._now = bak, profile, profile, now
        self._choices = {choice.name: choice for choice in choices if not choice.is_read_only}
        self._step = WHAT
        self._steps = Flowing(self._steps_row, id="steps")
        self._what = WhatForm(dumps, now, shrunk)
        names = [profile.name, *(name for name in self._choices if name != profile.name)]
        servers = [(name, visible(name)) for name in names]
        self._form = WhereForm(servers, dumps[0].database)
        self._shown = Flowing(self._plan_lines)
        self._foresight = Foresight()
        self._tables = tuple(tables)
        self._is_whole = False
        """Whether the plan is told in full even where it has to be scrolled then."""

    # -- what it says --------------------------------------------------------------------------------

    def body(self) -> list[Widget]:
        return [
            self._steps,
            Vertical(self._what, id="what"),
            Vertical(self._form, id="where"),
            Vertical(self._shown, id="plan"),
        ]

    def buttons(self) -> list[Button]:
        forward = {WHAT: "Next", WHERE: "Plan", PLAN: self._foresight.verb(self._form.mode)}[self._step]
        back = [] if self._step == WHAT else [Button("Back", self._back_key, "back")]
        may_go = self._step != PLAN or self._foresight.allows
        go = [Button(forward, "enter", "accept")] if may_go else []
        return [*go, *back, Button("Cancel", "esc", "cancel")]

    @property
    def _back_key(self) -> str:
        """In the fields of the second step the arrow alone moves the cursor."""
        return self.key_of("restore.back", "alt+←" if self._step == WHERE else "←")

    def remark(self) -> str:
        asks = self._foresight.remark() if self._step == PLAN else ""
        return asks or "nothing is touched yet"

    def command(self) -> str:
        options = self._form.options()
        return self._line(self._foresight.agreed(options) if self._step == PLAN else options)

    def _line(self, options: RestoreOptions) -> str:
        needs_name = self._form.mode in {Mode.SWAP, Mode.CLEAN}
        arguments = options.arguments(needs_name=needs_name, target=self._form.into)
        to = ["--to", self._to.name] if self._to.name != self._from.name else []
        return bak_line("restore", self._from, *to, *arguments, operands=[self._dump.path])

    @property
    def _dump(self) -> StoredDump:
        return self._what.dump

    @property
    def _is_short(self) -> bool:
        return self.has_class("-full") and not self._is_whole

    def label_of(self, binding: Binding) -> str:
        """`In full`, or `In short`: what the key will show."""
        is_back = binding.id == "restore.whole" and self._is_whole
        return "In short" if is_back else binding.description

    def fit(self) -> None:
        """The plan is told in short where the dialog is the screen."""
        was_short = self._is_short
        super().fit()
        if self._is_short is not was_short:
            self._shown.flow(self._plan_lines)

    # -- going from step to step ---------------------------------------------------------------------

    def on_mount(self) -> None:
        self._know_names(self._from)
        if self._tables:
            self._form.extras.name_tables(self._tables)
        self.call_later(self._go, WHAT)

    async def _go(self, step: int) -> None:
        self._step = step
        for number in STEPS:
            self.set_class(number == step, f"-step{number}")
        self._steps.flow(self._steps_row)
        self.renew_title()
        if step == PLAN:
            self.set_focus(None)
            self._foresight = Foresight()
            self._shown.flow(self._plan_lines)
            self._foresee()
        else:
            (self._what.listing if step == WHAT else self._form.name_field).focus()
        self.renew_command()
        await self.renew_buttons()

    def steps(self) -> Line:
        return steps_line(self._step)

    def _steps_row(self, width: int) -> list[Line]:
        return [steps_row(self._step, self._back_key, width)]

    def on_listing_moved(self) -> None:
        self._what.tell()
        self.renew_command()

    def on_listing_chosen(self) -> None:
        self.run_worker(self.action_accept())

    def action_options(self) -> None:
        """Fold the rarer options of the second step out, or in again."""
        self._form.extras.fold()

    @work(description="-")
    async def action_tables(self) -> None:
        """Tick what of the dump is meant, in the list that its manifest has; a plan is made anew then."""
        manifest, plain = self._dump.manifest, self._form.options()
        if manifest is None or not manifest.tables:
            return

        def line(names: Sequence[str]) -> str:
            return self._line(replace(plain, portion=replace(plain.portion, tables=tuple(names))))

        dialog = TablesDialog(self._to, manifest.tables, plain.portion.tables, line)
        names = await self.app.push_screen_wait(dialog)
        if names is not None:
            self._form.extras.name_tables(names)
            if self._step == PLAN:
                await self._go(PLAN)

    def action_sessions(self) -> None:
        """Who is connected, of whom the plan names only the first."""
        prospect = self._foresight.prospect
        if prospect is not None:
            name = f"sessions on {prospect.database}"
            self.app.push_screen(DetailsDialog(name, session_facts(prospect), self._to))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "options":
            return self._step == WHERE
        if action == "whole":
            return self._step == PLAN and self.has_class("-full") and self._foresight.prospect is not None
        if action == "tables":
            manifest = self._dump.manifest
            # A swap replaces the whole database.
            may_pick = self._step == WHERE or (self._step == PLAN and self._form.mode is not Mode.SWAP)
            return may_pick and bool(manifest and manifest.tables)
        if action == "sessions":
            prospect = self._foresight.prospect
            return self._step == PLAN and prospect is not None and bool(prospect.sessions)
        return super().check_action(action, parameters)

    def action_whole(self) -> None:
        """Every fact of the plan in full, or in few words."""
        self._is_whole = not self._is_whole
        self._shown.flow(self._plan_lines)
        self.refresh_bindings()

    async def action_back(self) -> None:
        """The step before."""
        if self._step > WHAT:
            await self._go(self._step - 1)

    async def action_accept(self) -> None:  # type: ignore[override]  # a coroutine: it lays other fields out
        """Forward; from the plan: do it, after a name was typed where something is lost."""
        if self._step == WHAT:
            await self._go(WHERE)
        elif self._step == WHERE:
            if not self._form.trouble() and not self._form.extras.trouble():
                await self._go(PLAN)
        elif self._foresight.allows:
            self._agree()

    # -- where ---------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._form.explain()
        self.renew_command()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self.action_accept()

    def on_chooser_changed(self, event: Chooser.Changed) -> None:
        event.stop()
        if event.chooser.id == "how":
            self._form.propose()
        elif event.chooser.id == "server":
            self._switch_server(event.chooser.value)
        self._form.explain()
        self.renew_command()

    def on_dropdown_opened(self, event: Dropdown.Opened) -> None:
        event.stop()
        unfold(event.dropdown)

    @work(exclusive=True, group="server", description="-")
    async def _switch_server(self, name: str) -> None:
        """Another profile's server: its secrets are fetched now; a password nobody has told is asked."""
        if name == self._to.name:
            return  # the field has gone back to it
        try:
            to: Profile | None = self._from
            if name != self._from.name:
                to = await asyncio.to_thread(self._choices[name].open, None)
        except BakError as error:
            to = await self._with_password(name, error)
        if to is None:
            self._form.server.value = self._to.name
            return
        self._to = self._profile = to
        self._form.know(None)
        self.renew_title()
        self.renew_command()
        self._know_names(to)

    @work(exclusive=True, group="names", description="-")
    async def _know_names(self, profile: Profile) -> None:
        """Which databases its server has; what that wants to be told first is asked."""
        try:
            there = await asyncio.to_thread(self._bak.databases, profile.server)
        except BakError as error:
            to = await self._with_password(profile.name, error)
            if to is not None:
                self._to = self._profile = to
                self._know_names(to)
            return
        self._form.know(frozenset(database.name for database in there))
        self.renew_command()

    async def _with_password(self, name: str, error: BakError) -> Profile | None:
        """The profile with a password that is typed now; None, and said why, where it lacks another thing."""
        lacks_it = isinstance(error, PasswordNeeded) or error.kind == "wrong_password"
        choice = self._choices.get(name)
        if not lacks_it or choice is None or name == self._from.name:
            self._complain(error)
            return None
        said = await self.app.push_screen_wait(AskPassword(name, choice.environment, error.message))
        try:
            return await asyncio.to_thread(choice.open, Secret(said)) if said else None
        except BakError as other:
            self._complain(other)
            return None

    def _complain(self, error: BakError) -> None:
        self.notify(f"{error.message}\n{error.hint}".strip(), severity="error", timeout=10, markup=False)

    # -- plan ----------------------------------------------------------------------------------------

    @work(exclusive=True, group="plan", description="-")
    async def _foresee(self) -> None:
        bak, dump, target, server = self._bak, self._dump, self._from.target, self._to.server
        options = self._form.options()

        def ask() -> Prospect:
            return bak.plans.restore(server, bak.catalogue(target).sources([dump]), options)[0]

        try:
            self._foresight = Foresight(prospect=await asyncio.to_thread(ask))
        except BakError as error:
            self._foresight = Foresight(trouble=error)
        if self._step == PLAN:
            self._shown.flow(self._plan_lines)
            self.renew_command()
            await self.renew_buttons()

    def _plan_lines(self, width: int) -> list[Line]:
        where = where_line(self._to, self._form.into, self._form.mode, width)
        lines = [self._what.line(width), where]
        can = mends(self.check_action, self.key_of)
        told = self._foresight.lines(width, can, is_short=self._is_short)
        return [*lines, *([] if self.has_class("-full") else [[]]), *told]

    @work(description="-")
    async def _agree(self) -> None:
        prospect = self._foresight.prospect
        if prospect is None:
            return
        confirmed: tuple[str, ...] = ()
        if prospect.needs_name:
            if not await self.app.push_screen_wait(name_question(prospect, self._to, self.command())):
                return
            confirmed = (prospect.database,)
        elif prospect.must_be_said:
            question = superuser_question(prospect, self._to, self.command())
            if not await self.app.push_screen_wait(question):
                return
        options = self._foresight.agreed(self._form.options(*confirmed))
        self.dismiss(RestoreOrder(self._dump, self._to, options))
