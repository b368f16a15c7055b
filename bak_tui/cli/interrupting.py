"""Signals outside a job: questions change nothing, so the first ends the command at once.

While a job runs `watching` has the signals. KeyboardInterrupt is not used: psycopg would ask a server that
does not answer to cancel, and wait for its answer. What then still holds the exit (a thread that waits for
the network) is left behind after a short grace; the second signal leaves at once.
"""

from __future__ import annotations

import atexit
import os
import signal
from types import FrameType
from typing import NoReturn

from bak_tui.core.errors import ExitCode

_GRACE = 2.0
"""Seconds for what the command has open to be closed."""
CODES = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HANGUP,
}


class Interrupted(BaseException):
    """A signal came; nothing on the way to `main` may hold it."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.exit_code = CODES[number]


def heeded() -> list[signal.Signals]:
    """The signals that end us; what is ignored stays ignored: that is what nohup asks for."""
    return [number for number in CODES if signal.getsignal(number) is not signal.SIG_IGN]


def heed_signals() -> None:
    """From now on a signal raises Interrupted in the main thread, and the process ends soon after."""
    # When all threads have ended; after it the interpreter takes its handlers away, and the alarm would kill.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
    for number in heeded():
        signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    os.write(2, b"bak: interrupted\n")

    def leave(_alarm: int, _where: FrameType | None) -> NoReturn:
        os._exit(CODES[signal.Signals(number)])

    for other in heeded():
        signal.signal(other, leave)
    signal.signal(signal.SIGALRM, leave)
    signal.setitimer(signal.ITIMER_REAL, _GRACE)
    raise Interrupted(signal.Signals(number))
