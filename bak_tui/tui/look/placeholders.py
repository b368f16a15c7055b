"""What an empty list says: what it is for and the keys that fill it, that it loads, or what went wrong."""

from __future__ import annotations

from bak_tui.core.errors import BakError
from bak_tui.tui.look.spans import Line, foreign

FIRST_START: tuple[Line, ...] = (
    [("A profile is a PostgreSQL server and a bucket, under one name.", "text")],
    [("Passwords and keys are never stored, only where to find them.", "muted")],
    [],
    [("From the shell", "muted")],
    [],
    [(" $ ", "muted"), ("bak-tui --demo", "text")],
    [(" $ ", "muted"), ("bak profiles add gen3-prod --host db:5432 --bucket s3://…", "text")],
)
NO_PROFILE: tuple[Line, ...] = ([("none yet", "muted")],)
NO_BUCKET: tuple[Line, ...] = ([("appears with the first profile", "muted")],)
NO_JOBS: tuple[Line, ...] = ([("Backups and restores show up here, and stay after a restart.", "muted")],)
EMPTY_FOLDER: tuple[Line, ...] = ([("nothing is stored here yet", "muted")],)
NOTHING_MATCHES: tuple[Line, ...] = (
    [("nothing matches; ", "muted"), ("escape", "accent bold"), (" shows all", "muted")],
)


def loading(what: str) -> list[Line]:
    """A muted word while it loads."""
    return [[(f"{what} …", "muted")]]


def failed(error: BakError) -> list[Line]:
    """What went wrong, what to try, and the key that tries again."""
    lines: list[Line] = [[("✗ ", "bad bold"), (foreign(error.message), "bad")]]
    if error.hint:
        lines.append([("  ", ""), (foreign(error.hint), "text")])
    return [*lines, [("  r", "accent bold"), ("  try again", "muted")]]
