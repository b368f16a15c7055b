"""A child process that keeps secrets, answers to cancel, and never outlives us.

* its password comes through `PGPASSFILE=/proc/self/fd/N` on a 0600 memfd: not in argv, environ or on disk,
  and no other secret of our environment goes on to it;
* its own process group: the user's ctrl-C reaches us, and we end it in order;
* `setpriv --pdeathsig TERM` where there is one: the kernel ends it when our thread dies (TERM, because
  pg_dump's leader then cancels its workers; they survive a KILL of the leader). So a child must be started
  by the thread that waits for it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from bak_tui.core.errors import ServerError, ToolError, UsageError
from bak_tui.core.inherited import inherited
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.pgtools.output import Output

_log = logging.getLogger(__name__)
_KILL_AFTER = 5.0
_KEPT_LINES = 2000
_LONGEST_LINE = 64 * 1024
"""Bytes; what is longer counts as several lines."""


class Child:
    """One running program. Use it as a context manager: leaving ends it, whatever happened."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        password: Secret | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.argv = tuple(argv)
        self._password = password
        self._stdin = stdin
        self._stdout = stdout
        self._on_line = on_line
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._lines_said = 0
        self._exits = ExitStack()
        self._process: subprocess.Popen[bytes]
        self._drainer: threading.Thread
        self._output: Output | None = None

    def __enter__(self) -> Child:
        environment = {**inherited(os.environ), "LC_ALL": "C"}
        # It is for who looks: what is written for it may not hold every name there is.
        environment.pop("PGCLIENTENCODING", None)
        password = self._password or _left_to_libpq()
        _log.debug("running %s", " ".join(self.argv))
        with ExitStack() as opening:
            handles: tuple[int, ...] = ()
            if password is not None:
                path, handles = opening.enter_context(_password_file(password))
                environment["PGPASSFILE"] = path
            try:
                self._process = subprocess.Popen(
                    [*_dies_with_us(), *self.argv],
                    stdin=self._stdin,
                    stdout=self._stdout,
                    stderr=subprocess.PIPE,
                    env=environment,
                    pass_fds=handles,
                    process_group=0,
                )
            except OSError as error:
                raise ToolError(f"cannot run {self.argv[0]}: {error.strerror}") from error
            self._exits = opening.pop_all()
        if self._process.stdout is not None:
            self._output = Output(self._process.stdout)
        self._drainer = threading.Thread(target=self._drain, name="bak-stderr", daemon=True)
        self._drainer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._exits.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended, waiting for that at most so long."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def lines_said(self) -> int:
        """How many lines it has said so far, those no longer kept too."""
        return self._lines_said

    @property
    def stderr(self) -> tuple[str, ...]:
        """The last lines it has said."""
        return tuple(self._lines)

    def write(self, data: bytes | bytearray) -> bool:
        """Give it all of `data`, however slowly it takes it; False when it takes no more."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._input(), view) :]
        except BrokenPipeError:
            return False
        return True

    def end_input(self) -> None:
        """No more comes."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _input(self) -> int:
        if self._process.stdin is None:
            raise ValueError("this child has no input")
        return self._process.stdin.fileno()

    def read(self, size: int, *, stall: float) -> bytes:
        """Up to `size` bytes of its output, b"" at its end. ServerError after `stall` silent seconds."""
        if self._output is None:
            raise ValueError("this child's output is not piped")
        if not self._output.comes(stall):
            raise ServerError(
                f"{Path(self.argv[0]).name} has sent nothing for {stall:.0f} s",
                hint="the connection to the server stalls, or a query there is blocked",
                kind="stalled",
            )
        return self._output.read(size)

    def wait(self) -> int:
        """Its exit code (negative: the signal that ended it), once it and its last words are in."""
        code = self._process.wait()
        self._drainer.join(timeout=_KILL_AFTER)
        if self._drainer.is_alive():
            # Somebody still holds its stderr: workers that outlived their leader, which was killed. Their
            # group keeps its number as long as they live.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._drainer.join(timeout=_KILL_AFTER)
        return code

    def stop(self) -> None:
        """Ask the whole group to end, held or not, and see to it after five seconds. Returns at once."""
        if self._process.poll() is not None:
            return
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)
        killer = threading.Timer(_KILL_AFTER, self._signal, (signal.SIGKILL,))
        killer.daemon = True
        killer.start()

    def hold(self) -> None:
        """Stop the whole group where it is, until `resume`; the server waits with it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _drain(self) -> None:
        stream: IO[bytes] | None = self._process.stderr
        if stream is None:
            return
        with stream:
            while raw := stream.readline(_LONGEST_LINE):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                self._lines.append(line)
                self._lines_said += 1
                if self._on_line is not None:
                    self._on_line(line)


@cache
def _dies_with_us() -> tuple[str, ...]:
    """The prefix that ties a child to its starting thread; empty where setpriv cannot (macOS, Alpine)."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    try:
        asked = [setpriv, "--help"]
        usage = subprocess.run(
            asked, env=inherited(os.environ), capture_output=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (setpriv, "--pdeathsig", "TERM", "--") if b"pdeathsig" in usage else ()


def _left_to_libpq() -> Secret | None:
    """What libpq would find in our environment, and the child's does not have."""
    said = os.environ.get("PGPASSWORD")
    return Secret(said) if said else None


@contextmanager
def _password_file(password: Secret) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A libpq password file that only the child can read: its path there, and the handles to pass."""
    if "\n" in password.reveal():
        raise UsageError("a password with a line end cannot be given to libpq")
    escaped = password.reveal().replace("\\", "\\\\").replace(":", "\\:")
    content = f"*:*:*:*:{escaped}\n".encode()
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        handle = os.memfd_create("bak", os.MFD_CLOEXEC)
        try:
            os.fchmod(handle, 0o600)
            os.write(handle, content)
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)
        return
    with tempfile.TemporaryDirectory(prefix="bak-") as folder:  # 0700 by mkdtemp
        path = Path(folder) / "pgpass"
        path.touch(mode=0o600)
        path.write_bytes(content)
        yield str(path), ()


def connection_string(server: Server, database: str, application_name: str) -> str:
    """An escaped conninfo without the password: a database called `host=evil` is just a database."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo

    parameters = {**server.parameters(), "dbname": database, "application_name": application_name}
    if "PGCONNECT_TIMEOUT" not in os.environ:
        parameters.setdefault("connect_timeout", "10")
    try:
        return make_conninfo("", **parameters)
    except (ProgrammingError, TypeError) as error:
        raise UsageError(f"the connection's parameters make no sense: {str(error).strip()}") from error
