"""The plan of one restore while it is on the screen: being asked for, foreseen, or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bak_tui.core.consent import Consent
from bak_tui.core.errors import BakError
from bak_tui.core.plan import Mode, Prospect, Verdict
from bak_tui.core.profile import Profile
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.tui.dialogs.ask import Confirm, TypeName
from bak_tui.tui.dialogs.restore_plan import losses, plan_lines, rights
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line

_VERBS = {Mode.SWAP: "Restore and swap", Mode.CLEAN: "Clean and restore"}


@dataclass(frozen=True)
class Foresight:
    """Neither `prospect` nor `trouble`: nobody has answered yet."""

    prospect: Prospect | None = None
    trouble: BakError | None = None

    @property
    def allows(self) -> bool:
        """Whether the restore may be begun."""
        return self.prospect is not None and self.prospect.verdict is not Verdict.BAD

    @property
    def needs_name(self) -> bool:
        """Whether something is lost, and a name must be typed first."""
        return self.prospect is not None and self.prospect.needs_name

    @property
    def must_be_said(self) -> bool:
        """Whether a superuser would run code that nothing vouches for, and it is asked first."""
        return self.prospect is not None and self.prospect.must_be_said

    def agreed(self, options: RestoreOptions) -> RestoreOptions:
        """As they are once what is asked first was agreed to."""
        if self.prospect is None or not self.prospect.must_be_said:
            return options
        return replace(options, consent=Consent(seals=frozenset({self.prospect.seal})))

    def remark(self) -> str:
        """What is asked before anything is done; empty when nothing is."""
        asks = "asks for the name first" if self.needs_name else "asks first"
        return asks if self.needs_name or self.must_be_said else ""

    def verb(self, mode: Mode) -> str:
        """What the button says; `…` asks again."""
        return _VERBS.get(mode, "Restore") + "…" * bool(self.remark())

    def lines(self, width: int, *, is_short: bool) -> list[Line]:
        if self.prospect is not None:
            return plan_lines(self.prospect, width, is_short=is_short)
        if self.trouble is not None:
            return placeholders.failed(self.trouble, width, "")[:-1]
        return placeholders.loading("looking at server and dump")


def name_question(prospect: Prospect, to: Profile, command: str) -> TypeName:
    """What is lost, the name to type, and the `bak` line that has it."""
    what = "replaces" if prospect.mode is Mode.SWAP else "drops and makes again what the dump has in"
    verb = _VERBS.get(prospect.mode, "Restore")
    return TypeName(
        verb,
        to,
        f"This {what} {prospect.database}",
        losses(prospect),
        name=prospect.database,
        verb=verb,
        place=str(to.server),
        command=command,
    )


def superuser_question(prospect: Prospect, to: Profile, command: str) -> Confirm:
    """That nothing vouches for what a superuser would run, and the `bak` line that says so."""
    return Confirm("Restore as a superuser", rights(prospect), to, command=command)
