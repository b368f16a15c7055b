"""Everything that can go wrong, as one tree.

Every error says what happened in the user's words (`message`), what to try (`hint`), what is there now
(`left`, where that wants saying), which kind of failure it is (`kind`, stable, for scripts) and what the
process exits with (`exit_code`).

    BakError                    1   the operation failed
    ├── UsageError              2   flags, environment or configuration
    ├── DumpFailed              1   pg_dump ended badly, or wrote nothing
    ├── RestoreFailed           1   a restore was given up; the target is as it was
    ├── NoSpace                 1   the local disk is full
    ├── FileProblem             1   a local file or folder cannot be used
    ├── ServerError             4   PostgreSQL unreachable or refused
    │   └── PasswordNeeded      4   ... because no password is known
    ├── StoreError              5   S3 unreachable or refused
    ├── IntegrityError          6   a checksum, size, decode or row count does not match
    ├── ToolError               7   pg_dump/pg_restore missing or too old for this server
    ├── LockHeld                8   another run holds the lock
    ├── ConfirmationNeeded      9   refused until the user says so
    └── Cancelled             130   the user (or a signal) stopped it

Third-party exceptions are translated where they are caught, with the cause kept (`raise … from`).
"""

from __future__ import annotations

import errno
from enum import IntEnum

from bak_tui.core.foreign import visible


class ExitCode(IntEnum):
    """What `bak` exits with; scripts rely on these numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    SERVER = 4
    STORE = 5
    INTEGRITY = 6
    TOOLS = 7
    LOCKED = 8
    CONFIRMATION = 9
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class BakError(Exception):
    """A failure that was understood: one sentence, a hint, what it left, a kind, an exit code.

    `message`, `hint` and `left` may quote foreign text (server messages, names, keys); it is made safe for a
    terminal here, once, so that no caller can forget.
    """

    kind = "failed"
    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "", left: str = "", kind: str | None = None) -> None:
        self.message = visible(message, limit=2000)
        self.hint = visible(hint, limit=2000)
        self.left = visible(left, limit=2000)
        """What is there now, in words: what it left, what is as it was. Empty when nobody knows."""
        if kind is not None:
            self.kind = kind
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


def limit_of(error: BaseException) -> str:
    """What this machine lets us have no more of; empty where that is not what an exception says.

    Any line may meet such a limit, so that none can answer for it.
    """
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return "open files"
    if isinstance(error, MemoryError):
        return "memory"
    # CPython's own words (Modules/_threadmodule.c): it has no class for it.
    is_thread = isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    return "threads or processes" if is_thread else ""


def limit_met(what: str, limit: str) -> BakError:
    """That one of this machine's limits was met."""
    return BakError(
        f"{what} broke: this machine lets the program have no more {limit}",
        hint="raise the limit (ulimit -a; in a container its own), or do less at once (--parallel, --jobs)",
        kind="limit",
    )


def understood(error: BakError | MemoryError | RuntimeError) -> BakError:
    """The error as one of ours. What is none, and tells of no limit, is raised again."""
    if isinstance(error, BakError):
        return error
    limit = limit_of(error)
    if not limit:
        raise error
    return limit_met("bak", limit)


def defect(what: str, error: Exception) -> BakError:
    """An exception nobody understood, as an error that says whose fault it is. The cause is kept."""
    limit = limit_of(error)
    broken = (
        limit_met(what, limit)
        if limit
        else BakError(
            f"{what} broke: {type(error).__name__}: {error}",
            hint="this is a defect of bak-tui; run again with -v and report what it prints",
            kind="defect",
        )
    )
    broken.__cause__ = error
    return broken


class UsageError(BakError):
    """Flags, environment or configuration make no sense together."""

    kind = "usage"
    exit_code = ExitCode.USAGE


class DumpFailed(BakError):
    """pg_dump ended badly, was killed, or wrote nothing."""

    kind = "dump_failed"


class RestoreFailed(BakError):
    """A restore was given up; a database that was there before is as it was."""

    kind = "restore_failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        left: str = "",
        kind: str | None = None,
        blames_dump: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, left=left, kind=kind)
        self.blames_dump = blames_dump
        """Its own rows were refused; else the server, or what is missing on it, may be at fault."""


class NoSpace(BakError):
    """The local disk is full, or will be."""

    kind = "no_space"


class FileProblem(BakError):
    """A local file or folder cannot be read, written or trusted."""

    kind = "file"


class ServerError(BakError):
    """PostgreSQL is unreachable, went away, or refused."""

    kind = "server"
    exit_code = ExitCode.SERVER


class PasswordNeeded(ServerError):
    """The server wants a password and none is known; the front end may ask and try again."""

    kind = "password_needed"


class StoreError(BakError):
    """The S3 endpoint is unreachable, went away, or refused."""

    kind = "store"
    exit_code = ExitCode.STORE


class IntegrityError(BakError):
    """Bytes, sizes, hashes or row counts are not what they were."""

    kind = "integrity"
    exit_code = ExitCode.INTEGRITY


class ToolError(BakError):
    """No pg_dump/pg_restore is installed that can do this."""

    kind = "tools"
    exit_code = ExitCode.TOOLS


class LockHeld(BakError):
    """Another run is backing up the same database."""

    kind = "locked"
    exit_code = ExitCode.LOCKED


class ConfirmationNeeded(BakError):
    """Refused until the user asks for it by name."""

    kind = "confirmation_needed"
    exit_code = ExitCode.CONFIRMATION

    def __init__(self, message: str, *, hint: str = "", name: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.name = name
        """What a front end may ask to be typed; None: no answer makes it possible."""


class Cancelled(BakError):
    """Stopped by the user or a signal, after cleaning up."""

    kind = "cancelled"
    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str = "cancelled", *, left: str = "") -> None:
        super().__init__(message, left=left)
