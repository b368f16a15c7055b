"""Who is connected to a database, and the error that names those who are in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.core.errors import ServerError

_NAMED = 5
_CROWDED = ("too many connections", "too many clients", "connection slots")
FEWER_SESSIONS = (
    "each worker takes a session of its own: say --jobs 1, or have CONNECTION LIMIT or max_connections raised"
)
"""What to try when no more sessions are taken while others are at work."""


def is_crowded(said: str) -> bool:
    """Whether a server has said that it takes no more sessions; only English words are known."""
    return any(words in said for words in _CROWDED)


@dataclass(frozen=True, slots=True)
class DatabaseSession:
    """One session on a database; fields that this role may not see are empty."""

    pid: int
    user: str
    application: str
    client: str = ""
    """An address; empty for a local socket."""
    state: str = ""

    def __str__(self) -> str:
        return f"{self.pid} ({', '.join(self._named)})"

    @property
    def who(self) -> str:
        """`indexd, gunicorn, 10.0.3.7, idle in transaction`, as far as it may be seen."""
        return ", ".join(filter(None, (*self._named, self.state)))

    @property
    def _named(self) -> tuple[str, ...]:
        named = (self.user or "unknown role", self.application or "no application name", self.client)
        return tuple(filter(None, named))


class DatabaseInUse(ServerError):
    """Sessions (or prepared transactions) on a database keep it from getting another name."""

    kind = "in_use"

    def __init__(
        self, database: str, sessions: Sequence[DatabaseSession], prepared: Sequence[str], *, was_ended: bool
    ) -> None:
        self.sessions = tuple(sessions)
        self.prepared = tuple(prepared)
        listed = [*map(str, sessions), *(f"prepared transaction {name}" for name in prepared)]
        more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        who = ", ".join(listed[:_NAMED]) or "somebody who connects again and again"
        what = "sessions could not be ended" if was_ended else "it is in use"
        hint = "close what is connected, or end it with --terminate; nothing was renamed"
        if prepared:
            hint = "commit or roll back its prepared transactions; nothing was renamed"
        elif was_ended:
            hint = "ending other roles' sessions takes pg_signal_backend; nothing was renamed"
        super().__init__(f"{database} cannot get another name, {what}: {who}{more}", hint=hint)
