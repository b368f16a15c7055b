"""Restore a dump into a new database: what, where, go. Nothing that exists can be hurt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.names import IDENTIFIER_BYTES
from bak_tui.core.profile import Profile
from bak_tui.core.wording import counted, size
from bak_tui.operations.inventory import StoredDump
from bak_tui.tui.dialogs.dialog import Button, Dialog, fact
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Drawn


class RestoreDialog(Dialog[str]):
    """Answers the new database's name."""

    def __init__(
        self, profile: Profile, dump: StoredDump, taken_names: frozenset[str], command: Callable[[str], str]
    ) -> None:
        super().__init__("Restore", profile)
        self._dump = dump
        self._taken_names = taken_names
        self._line = command
        self._server = str(profile.server)

    def body(self) -> list[Widget]:
        return [
            Drawn(self._facts()),
            Drawn([[], [("New database", "muted")]]),
            Input(self._proposal(), compact=True),
            Drawn([[]], id="trouble"),
        ]

    def buttons(self) -> list[Button]:
        return [Button("Restore", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def command(self) -> str:
        return self._line(self.query_one(Input).value)

    def remark(self) -> str:
        return "a scratch database first, named when every count matches"

    def on_input_changed(self, event: Input.Changed) -> None:
        trouble = self._trouble(event.value)
        self.query_one("#trouble", Drawn).show([[(trouble, "bad")]])
        self.renew_command()

    def on_input_submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        name = self.query_one(Input).value
        if not self._trouble(name):
            self.dismiss(name)

    def _facts(self) -> list[Line]:
        dump, manifest = self._dump, self._dump.manifest
        lines = [
            fact("What", [(foreign(dump.database), "text bold"), (f"  {foreign(dump.path)}", "muted")]),
            fact(
                "Taken",
                [
                    (
                        f"{dump.taken.astimezone(UTC):%a %Y-%m-%d %H:%M:%S} UTC, {size(dump.stored.size)}",
                        "text",
                    )
                ],
            ),
        ]
        if manifest is None:
            lines.append(
                fact(
                    "Manifest",
                    [("▲ none: ", "warn bold"), ("nothing vouches for it, no counts to compare", "text")],
                )
            )
        else:
            version = foreign(f"PostgreSQL {manifest.server.version}, pg_dump {manifest.tools.pg_dump}")
            lines.append(fact("From", [(version, "text")]))
            lines.append(fact("Holds", [(counted(len(manifest.tables or []), manifest.rows), "text")]))
        return [*lines, fact("Where", [(foreign(self._server), "text"), (", a new database", "muted")])]

    def _proposal(self) -> str:
        base = f"{self._dump.database}_restored"
        names = [base, *(f"{base}_{number}" for number in range(2, 100))]
        return next((name for name in names if name not in self._taken_names), base)

    def _trouble(self, name: str) -> str:
        if not name:
            return "name the new database"
        if len(name.encode()) > IDENTIFIER_BYTES:
            return f"✗ {len(name.encode())} bytes; PostgreSQL keeps {IDENTIFIER_BYTES}"
        if name in self._taken_names:
            return "✗ it exists already; name another"
        return ""
