"""Step 2 of a restore: which server, which database, and what becomes of one that is there already."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from bak_tui.core.names import IDENTIFIER_BYTES, suffixed
from bak_tui.core.plan import Mode
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.tui.dialogs.restore_extras import RestoreExtras
from bak_tui.tui.dialogs.restore_plan import MODES
from bak_tui.tui.look.labelled import LABEL
from bak_tui.tui.widgets.choosing import Dropdown, Option, Radio
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import FormRow, TextField

_HOW: tuple[Option, ...] = tuple(
    (mode.value, mode.value) for mode in (Mode.NEW, Mode.EXISTING, Mode.SWAP, Mode.CLEAN)
)
_SESSIONS: tuple[Option, ...] = (("wait", "wait for them, then fail"), ("end", "end them"))


class WhereForm(Vertical):
    """The fields, and the options they come to."""

    DEFAULT_CSS = """
    WhereForm {
        height: auto;
        & #explained { margin-bottom: 1; }
    }
    """

    def __init__(self, servers: Sequence[Option], database: str) -> None:
        super().__init__()
        self._database = database
        self._there: Collection[str] | None = None
        """The server's databases; None while it has not told: the plan asks for itself."""
        self._proposed = ""
        """The name that was proposed last."""
        self.server = Dropdown("Server", servers, servers[0][0], id="server")
        self.how = Radio(_HOW, Mode.NEW.value, id="how")
        self.name_field = TextField(id="into")
        self.sessions = Radio(_SESSIONS, "wait", id="sessions")
        self._sessions_row = FormRow("Sessions", self.sessions)
        self.extras = RestoreExtras()

    def compose(self) -> ComposeResult:
        yield FormRow("Server", self.server)
        yield FormRow("How", self.how)
        yield Drawn([[]], id="explained")
        yield FormRow("Database", self.name_field)
        yield Drawn([[]], id="trouble")
        yield self._sessions_row
        yield self.extras

    @property
    def mode(self) -> Mode:
        return Mode(self.how.value)

    @property
    def into(self) -> str:
        """The name of the target."""
        return self.name_field.text

    def know(self, there: Collection[str] | None) -> None:
        """Which databases the server has, None while it is asked; a name that was typed meanwhile stays."""
        self._there = there
        if self.into == self._proposed:
            self.propose()
        else:
            self.explain()

    def propose(self) -> None:
        """A name that fits the way that is chosen."""
        if self.mode is Mode.NEW:
            endings = ["_restored", *(f"_restored_{number}" for number in range(2, 100))]
            names = [suffixed(self._database, ending) for ending in endings]
            self.name_field.text = next((name for name in names if name not in (self._there or ())), names[0])
        else:
            self.name_field.text = self._database
        self._proposed = self.into
        self.explain()

    def explain(self) -> None:
        """What the way does, and what is wrong with the name."""
        self.query_one("#explained", Drawn).show([[(" " * LABEL, ""), (MODES[self.mode], "muted")]])
        self.query_one("#trouble", Drawn).show([[(" " * LABEL, ""), (self.trouble(), "bad")]])
        self.extras.tell()
        self._sessions_row.display = self.mode is Mode.SWAP

    def trouble(self) -> str:
        """What is wrong with the name; empty when nothing is."""
        name = self.into
        length = len(name.encode("utf-8", "surrogateescape"))
        if not name:
            return "✗ name the database"
        if length > IDENTIFIER_BYTES:
            return f"✗ {length} bytes; PostgreSQL keeps {IDENTIFIER_BYTES}"
        is_there = None if self._there is None else name in self._there
        if self.mode is Mode.NEW and is_there:
            return "✗ it exists already; name another, or choose swap or clean"
        if self.mode is not Mode.NEW and is_there is False:
            return "✗ there is no such database on that server; choose new"
        if self.mode is Mode.SWAP and not self.extras.trouble() and not self.extras.portion.is_whole:
            return "✗ a swap replaces the whole database; choose new or clean for a part of the dump"
        return ""

    def options(self, *confirmed: str) -> RestoreOptions:
        """As the operation takes them."""
        plain = RestoreOptions(
            into=self.into,
            jobs=None,
            over=self.mode if self.mode in {Mode.SWAP, Mode.CLEAN} else None,
            confirmed=frozenset(confirmed),
            terminates=self.mode is Mode.SWAP and self.sessions.value == "end",
        )
        return self.extras.added_to(plain)
