"""pg_restore into a database, and pg_restore as a decoder that proves an archive is readable to its end."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bak_tui.core.activity import Activity
from bak_tui.core.errors import IntegrityError
from bak_tui.core.profile import Server
from bak_tui.services.pgtools.child import Child, connection_string
from bak_tui.services.pgtools.complaints import Complaint, sort_complaints
from bak_tui.services.pgtools.feeding import Feeding
from bak_tui.services.pgtools.finding import ToolSet
from bak_tui.services.pgtools.untangling import is_of_errors
from bak_tui.services.pgtools.watchdog import IDLE, Watchdog

_TABLE = re.compile(
    r'pg_restore: (?:processing data for table|finished item \d+ TABLE DATA) "?(?P<table>.*?)"?$'
)

_IGNORED = re.compile(r"errors ignored on restore: (\d+)")


class Manner(StrEnum):
    """What pg_restore does with what is there, and after an error."""

    ON = "on"
    """It goes on: in a scratch database the errors are sorted afterwards."""
    STOP = "stop"
    """Nothing more is done after the first error."""
    CLEAN = "clean"
    """What the archive has is dropped and made again, in one transaction: an error undoes everything."""


_MANNERS: dict[Manner, list[str]] = {
    Manner.ON: [],
    Manner.STOP: ["--exit-on-error"],
    Manner.CLEAN: ["--clean", "--if-exists", "--single-transaction"],
}
"""Never `--create --clean` together: it drops the database that the archive names, not the one meant."""


class Cancellable(Protocol):
    """What a run needs of its job."""

    def check(self) -> None: ...

    def on_cancel(self, action: Callable[[], None]) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose the restored objects are, and who may use them."""

    has_owners: bool = True
    """As in the dump; else everything belongs to the role that restores."""
    has_privileges: bool = True
    """Grants as in the dump; else none."""
    role: str | None = None
    """Becomes this role before anything is made."""

    @property
    def arguments(self) -> list[str]:
        """For pg_restore; `--option=value`, so that a role called `-x` is a role."""
        return [
            *([] if self.has_owners else ["--no-owner"]),
            *([] if self.has_privileges else ["--no-privileges"]),
            *([f"--role={self.role}"] if self.role else []),
        ]


AS_DUMPED = Ownership()


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What to restore, where, with what."""

    tools: ToolSet
    server: Server
    database: str
    archive: Path | None
    """None: a custom-format one that comes through its input."""
    application_name: str
    jobs: int = 1
    manner: Manner = Manner.ON
    ownership: Ownership = AS_DUMPED
    uses_tablespaces: bool = True
    """As in the dump; else all goes to the database's default one."""
    sections: tuple[str, ...] = ()
    """`pre-data`, `data`, `post-data`; empty means all."""
    list_file: Path | None = None
    """Names the entries to restore, one dump id and a semicolon a line; None means all."""
    stall_timeout: float = 600.0
    """Seconds without any sign of work, after which it is given up."""
    lock_timeout: float = 60.0
    """Seconds that a lock is waited for."""

    def argv(self) -> list[str]:
        return [
            str(self.tools.pg_restore),
            "--verbose",
            "--no-password",
            *_MANNERS[self.manner],
            *self.ownership.arguments,
            *([] if self.uses_tablespaces else ["--no-tablespaces"]),
            *(f"--section={section}" for section in self.sections),
            *([f"--use-list={self.list_file}"] if self.list_file else []),
            # One transaction has one session.
            *([] if self.manner is Manner.CLEAN else [f"--jobs={self.jobs}"]),
            f"--dbname={connection_string(self.server, self.database, self.application_name)}",
            *(["--format=custom"] if self.archive is None else ["--", str(self.archive)]),
        ]


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """How pg_restore ended; `complaints` are its errors, sorted."""

    exit_code: int
    complaints: tuple[Complaint, ...]
    last_words: str
    jobs: int = 1

    @property
    def came_to_its_end(self) -> bool:
        """Whether pg_restore went through the whole archive: nothing failed, or it says how much it ignored.

        Its exit code alone cannot tell: it is 1 for a missing role and for a lost connection alike, and one
        harmless complaint must not excuse whatever ended it after that. What it says it ignored must be among
        what it complained of. A leader counts an item that failed in a worker once more (parseWorkerResponse
        and mark_restore_job_done), and what workers met while they connected not at all.
        """
        if self.exit_code == 0:
            return True
        ignored = _IGNORED.search(self.last_words)
        most = len(self.complaints) * (2 if self.jobs > 1 else 1)
        return self.exit_code == 1 and ignored is not None and int(ignored[1]) <= most


def run_restore(
    request: RestoreRequest,
    cancellable: Cancellable,
    on_table: Callable[[str], None],
    log: Callable[[str], None] = lambda _line: None,
    look: Callable[[], Activity] = lambda: IDLE,
    pieces: Iterator[bytearray] | None = None,
) -> RestoreResult:
    """Run to the end. Raises Cancelled, or ServerError (`stalled`) and RestoreFailed (`lock_timeout`) when it
    was given up; every other ending is in the result. `look` asks the server what its sessions do. `pieces`
    is the archive, where it is no file; what it raises is raised.
    """
    errors: list[str] = []

    def notice(line: str) -> None:
        log(line)
        if match := _TABLE.match(line):
            on_table(match["table"])
        elif is_of_errors(line):
            errors.append(line)

    stdin = subprocess.DEVNULL if pieces is None else subprocess.PIPE
    child = Child(request.argv(), password=request.server.password, stdin=stdin, on_line=notice)
    with child, cancellable.on_cancel(child.stop):
        watchdog = Watchdog(
            child, stall=request.stall_timeout, lock=request.lock_timeout, look=look, told=log
        )
        with watchdog, Feeding(child, pieces or iter(())) as feeding:
            code = child.wait()
    cancellable.check()
    feeding.check()
    watchdog.check()
    last_words = child.stderr[-1] if child.stderr else ""
    complaints = sort_complaints(errors, of_workers=request.jobs > 1)
    return RestoreResult(code, complaints, last_words, request.jobs)


def decode(tools: ToolSet, archive: Path, cancellable: Cancellable, *, stall: float = 600.0) -> None:
    """Decode every entry to nowhere. Raises IntegrityError: `pg_restore --list` notices no cut, this does.

    ServerError of kind `stalled` when it reads nothing for `stall` seconds.
    """
    child = Child([str(tools.pg_restore), "--format=custom", f"--file={os.devnull}", "--", str(archive)])
    with child, cancellable.on_cancel(child.stop):
        watchdog = Watchdog(child, stall=stall, lock=stall)
        with watchdog:
            code = child.wait()
    cancellable.check()
    watchdog.check()
    if code != 0:
        said = child.stderr[-1].removeprefix("pg_restore: ") if child.stderr else f"exit code {code}"
        raise IntegrityError(
            f"{archive.name} cannot be decoded to its end: {said}",
            hint="the file is cut or damaged; take another dump",
        )
