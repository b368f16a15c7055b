"""What a restore will do, told before it does anything: the same facts for the screens and for `--plan`.

Always the four words *created, replaced, kept, lost*, in this order; *lost* stays with "nothing" when nothing
is. What was not or cannot be known is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bak_tui.core.sessions import DatabaseSession


class Mode(StrEnum):
    """What happens to the target's name."""

    NEW = "new"
    """It does not exist: made as a scratch database, named when it is proven."""
    EXISTING = "existing"
    """It exists and is empty: filled directly."""
    CLEAN = "clean"
    """It exists: what the dump has is dropped in it and made again, in one transaction."""
    SWAP = "swap"
    """It exists: it gives its name to the proven one and is kept under another."""


class PlanWord(StrEnum):
    """The four words of every plan."""

    CREATED = "created"
    REPLACED = "replaced"
    KEPT = "kept"
    LOST = "lost"


class Verdict(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    """The restore would fail, or is refused."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One of the four lines."""

    word: PlanWord
    what: str = ""
    """A database, or what of it; empty: nothing."""
    size: int | None = None
    """Bytes of it, as far as they are known."""
    is_estimate: bool = False
    """Whether `size` rests on an estimate: shown with `~`."""
    age: timedelta | None = None
    """How long a time is concerned, where it is a time."""
    remark: str = ""
    shorter: tuple[str, ...] = field(default=(), compare=False)
    """The remark in fewer and fewer words, where there is little room for it."""

    def remark_in(self, fits: Callable[[str], bool]) -> str | None:
        """The fullest of them that fits; None when none does."""
        return next((said for said in (self.remark, *self.shorter) if fits(said)), None)

    @property
    def is_nothing(self) -> bool:
        return not self.what


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at beforehand."""

    label: str
    """`version`, `roles`, `extensions`, `locale`, `disk`, `sessions`, `privileges`, `contents`,
    `own settings`, `rights`, `code`, `workers`, `undo`."""
    verdict: Verdict
    fact: str
    short: str = field(default="", compare=False)
    """The fact in a few words, nothing of its harm left out; empty: it has few itself."""

    @property
    def in_short(self) -> str:
        """What is said where there is little room; why it cannot be done, and what mends that, in full."""
        return self.fact if self.verdict is Verdict.BAD else self.short or self.fact


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one dump will do to one target."""

    source: str
    """The dump's key or path."""
    reference: str
    """What is said to `bak restore` to mean it."""
    taken: datetime
    dump_size: int
    """Bytes of the archive."""
    database: str
    mode: Mode
    needs_name: bool
    """Whether it is done only after the database's name was typed (`--confirm`)."""
    changes: tuple[Change, ...]
    """Created, replaced, kept, lost: always these four."""
    checks: tuple[Check, ...]
    seconds: float | None
    """As long as earlier restores of this database took; None when there were none."""
    arguments: tuple[str, ...]
    """The options of the `bak restore` line that does the same."""
    must_be_said: bool = False
    """Whether a superuser would run code that nothing vouches for: done only when that was said."""
    seal: str = ""
    """Of that code: see `consent`."""
    sessions: tuple[DatabaseSession, ...] = ()
    """Everybody who is connected to what is replaced, or emptied."""
    named_at: datetime | None = None
    """The moment whose time stands in the names it tells: a restore that is told of it takes the same."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks."""
        found = {check.verdict for check in self.checks}
        order = (Verdict.BAD, Verdict.WARN, Verdict.UNKNOWN)
        return next((verdict for verdict in order if verdict in found), Verdict.OK)
