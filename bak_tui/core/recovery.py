"""A standby that has to go on with its primary's changes ends whatever reads the rows they concern.

PostgreSQL says so to pg_dump, or to the session that holds its snapshot: whichever is met first.
https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT
"""

from __future__ import annotations

from bak_tui.core.errors import ServerError

_SAID = "conflict with recovery"


class RecoveryConflict(ServerError):
    """The standby has ended it."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="the standby had to go on with what its primary did to these rows: try again, raise"
            " max_standby_streaming_delay, or back up the primary",
            kind="recovery_conflict",
        )


def is_recovery_conflict(said: str) -> bool:
    """Whether a server's words are of one; only English ones are known."""
    return _SAID in said
