"""A server process that dies with us.

* Its own process group: the user's ctrl-C does not kill it before we tidy up.
* `setpriv --pdeathsig`, where there is one (Linux): the kernel signals it when we are killed. That signal
  comes when the *thread* that forked ends, so each child has a thread which starts it and waits for it.
* Recorded in the private folder, for the sweep by the next such folder where there is no setpriv.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from bak_tui.core.errors import ToolError
from bak_tui.core.inherited import inherited
from bak_tui.services.throwaway.account import Account
from bak_tui.services.throwaway.folder import ThrowawayFolder

_LOG_TAIL = 600


class Child:
    """A started process; its output goes to `log`. Raises ToolError when it cannot be started."""

    def __init__(
        self,
        folder: ThrowawayFolder,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str],
        account: Account | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
        cwd: Path | None = None,
    ) -> None:
        self._folder = folder
        self._log = log
        self._account = account
        self._environment = dict(environment)
        self._cwd = cwd or folder.path
        self.name = Path(command[0]).name
        self._ended = threading.Event()
        self._begun: Future[subprocess.Popen[bytes]] = Future()
        argv = [*_dying_with_us(death_signal), *map(str, command)]
        threading.Thread(target=self._live, args=(argv,), name=f"bak-{self.name}", daemon=True).start()
        try:
            self._process = self._begun.result()
        except OSError as error:
            raise ToolError(f"{self.name} cannot be started: {error.strerror}") from error
        self.pid = self._process.pid

    def _live(self, argv: list[str]) -> None:
        try:
            process = self._open(argv)
            self._folder.record(process.pid)
        except OSError as error:
            self._begun.set_exception(error)
            return
        self._begun.set_result(process)
        process.wait()
        self._ended.set()

    def _open(self, argv: list[str]) -> subprocess.Popen[bytes]:
        account = self._account
        with self._log.open("ab") as log:
            return subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                env=self._environment,
                process_group=0,
                umask=0o077,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )

    @property
    def is_running(self) -> bool:
        return not self._ended.is_set()

    def wait(self, patience: float) -> int | None:
        """The exit code, negative for a signal; None when it still runs after `patience` seconds."""
        return self._process.returncode if self._ended.wait(patience) else None

    def stop(self, number: signal.Signals, patience: float) -> None:
        """Send `number`, wait, and kill what is still there after `patience` seconds."""
        for attempt in (number, signal.SIGKILL):
            if self.is_running:
                self._process.send_signal(attempt)
                self._ended.wait(patience)
        if not self.is_running:
            self._folder.forget(self.pid)

    def failure(self, what: str) -> ToolError:
        """An error that quotes the end of the log."""
        tail = self.output()[-_LOG_TAIL:].strip()
        return ToolError(f"{what}: {tail or 'it said nothing'}")

    def output(self) -> str:
        """All it has written so far."""
        return self._log.read_text(errors="replace")


@functools.cache
def _setpriv() -> str | None:
    """util-linux's setpriv; busybox has one that does not know `--pdeathsig`."""
    program = shutil.which("setpriv")
    if program is None:
        return None
    command = [program, "--pdeathsig", "TERM", program, "--version"]
    trial = subprocess.run(command, env=inherited(os.environ), capture_output=True, check=False)
    return program if trial.returncode == 0 else None


def _dying_with_us(number: signal.Signals) -> list[str]:
    program = _setpriv()
    return [program, "--pdeathsig", number.name.removeprefix("SIG"), "--"] if program else []
