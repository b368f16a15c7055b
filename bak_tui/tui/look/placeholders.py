"""What an empty list says: what it is for and the keys that fill it, that it loads, or what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bak_tui.core.errors import BakError
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped

NO_PROFILE: tuple[Line, ...] = (
    [],
    [("none yet", "muted")],
)
NO_BUCKET: tuple[Line, ...] = ([("appears with the first profile", "muted")],)
NO_JOBS: tuple[Line, ...] = ([("Backups and restores show up here, and stay after a restart.", "muted")],)


def no_database(key: str) -> list[Line]:
    """A server without any: `key` changes the profile."""
    return [
        [("no database here that this user may see", "text")],
        [
            ("make one, or ", "muted"),
            (key, "accent bold"),
            (" in Profiles connects as another user", "muted"),
        ],
    ]


def bucketless(key: str, dump_key: str) -> list[Line]:
    """A profile that is a server alone: `key` changes it, `dump_key` does without."""
    return [
        [("this profile has no bucket", "text")],
        [(key, "accent bold"), (" in Profiles gives it one", "muted")],
        [(dump_key, "accent bold"), (" on a database dumps it into a folder", "muted")],
    ]


def empty_folder(key: str) -> list[Line]:
    """`key` fills it."""
    return [
        [("nothing is stored here yet", "text")],
        [(key, "accent bold"), (" on a database takes its first backup", "muted")],
    ]


def nothing_matches(key: str) -> list[Line]:
    """`key` ends the filter."""
    return [[("nothing matches; ", "muted"), (key, "accent bold"), (" shows all", "muted")]]


def first_start(keys: tuple[str, str, str], found: str = "") -> list[Line]:
    """How to begin: the keys for a new and an imported profile and for the demo; what there is to import."""
    return [
        [("A profile is a PostgreSQL server and a bucket, under one name.", "text")],
        [("Passwords and keys are never stored, only where to find them.", "muted")],
        [],
        _key(keys[0], "New profile", "paste a postgresql:// URI and a bucket"),
        _key(keys[1], "Import", found or "from pg_service.conf and ~/.aws"),
        _key(keys[2], "Try the demo", "a small server and bucket, gone when you quit"),
        [],
        [("From the shell", "muted")],
        [],
        _shell("bak-tui --demo"),
        _shell("bak profiles add gen3-prod --host db:5432 --bucket s3://…"),
    ]


def _key(key: str, label: str, told: str) -> Line:
    return [(f"{key:<5}", "accent bold"), (f"{label:<15}", "text"), (told, "muted")]


def _shell(command: str) -> Line:
    return [(" $ ", "muted on field"), (f"{command:<64}", "text on field")]


def stale(since: datetime) -> str:
    """That rows are of an earlier moment, because asking again has failed."""
    return f"▲ stale since {since.astimezone(UTC):%H:%M} UTC"


def loading(what: str) -> list[Line]:
    """A muted word while it loads."""
    return [[(f"{what} …", "muted")]]


def problems(told: Sequence[str], width: int) -> list[Line]:
    """What is wrong with what stands above, a sentence each."""
    rows = [(number, row) for each in told for number, row in enumerate(wrapped(foreign(each), width - 2))]
    return [[("  " if number else "▲ ", "warn bold"), (row, "text")] for number, row in rows]


def failed(error: BakError, width: int, key: str) -> list[Line]:
    """What went wrong, what to try, and the key that tries again."""
    said = wrapped(foreign(error.message), width - 2)
    lines: list[Line] = [
        [("✗ " if number == 0 else "  ", "bad bold"), (row, "bad")] for number, row in enumerate(said)
    ]
    lines += [[("  ", ""), (row, "text")] for row in wrapped(foreign(error.hint), width - 2)]
    return [*lines, [(f"  {key}", "accent bold"), ("  try again", "muted")]]
