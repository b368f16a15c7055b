"""The plan of one restore while it is on the screen: being asked for, foreseen, refused, or agreed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bak_tui.core.consent import Consent
from bak_tui.core.errors import BakError
from bak_tui.core.plan import Mode, Prospect, Verdict
from bak_tui.core.profile import Profile
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.tui.dialogs.ask import Confirm, TypeName
from bak_tui.tui.dialogs.restore_plan import losses, plan_lines, rights
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line, foreign

_VERBS = {Mode.SWAP: "Restore and swap", Mode.CLEAN: "Clean and restore"}


@dataclass(frozen=True)
class RestoreOrder:
    """What was agreed to."""

    dump: StoredDump
    to: Profile
    """Whose server it goes to."""
    options: RestoreOptions


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
        """As they are once what is asked first was agreed to: what was named here is called so."""
        if self.prospect is None:
            return options
        options = replace(options, named_at=self.prospect.named_at)
        if not self.prospect.must_be_said:
            return options
        return replace(options, consent=Consent(seals=frozenset({self.prospect.seal})))

    def remark(self) -> str:
        """What is asked before anything is done; empty when nothing is."""
        asks = "asks for the name first" if self.needs_name else "asks first"
        return asks if self.needs_name or self.must_be_said else ""

    def verb(self, mode: Mode) -> str:
        """What the button says; `…` asks again."""
        return _VERBS.get(mode, "Restore") + "…" * bool(self.remark())

    def lines(self, width: int, mends: Mapping[str, str], *, is_short: bool) -> list[Line]:
        """`mends`: what a key can do about a check, by its label; where there is room it stands behind it."""
        if self.prospect is not None:
            return plan_lines(self.prospect, width, {} if is_short else mends, is_short=is_short)
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


def mends(
    works: Callable[[str, tuple[object, ...]], bool | None], key_of: Callable[[str, str], str]
) -> dict[str, str]:
    """What a key can do about a check, by the check's label. `key_of`: what a key is called."""
    every = {
        "tables": ("contents", f"{key_of('restore.tables', 't')} picks tables"),
        "sessions": ("sessions", f"{key_of('restore.sessions', 's')} shows them"),
    }
    return dict(told for action, told in every.items() if works(action, ()))


def session_facts(prospect: Prospect) -> list[tuple[str, Line]]:
    """Everybody who is connected, by process, and what becomes of them."""
    fate = next(check.in_short for check in prospect.checks if check.label == "sessions")
    who = [(str(each.pid), foreign(each.who)) for each in prospect.sessions]
    return [(label, [(told, "text")]) for label, told in [("then", fate), *who]]


def superuser_question(prospect: Prospect, to: Profile, command: str) -> Confirm:
    """That nothing vouches for what a superuser would run, and the `bak` line that says so."""
    return Confirm("Restore as a superuser", rights(prospect), to, command=command)
