"""Follow a job on a terminal or in a log: progress on stderr, ctrl-C once and twice.

The first signal cancels and waits until all is cleaned up; the second ends at once, and children follow us.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from bak_tui.cli.interrupting import CODES, heeded
from bak_tui.cli.progress import choose_printer
from bak_tui.core.errors import ExitCode

if TYPE_CHECKING:
    from bak_tui.services.jobs import Job, JobEngine

_POLL = 0.1


class _Interrupts:
    """Counts signals. The handler takes no lock: it may have interrupted whoever holds it."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        if self.first is not None:
            os.write(2, b"\nbak: killed; an unfinished upload or a scratch database may be left over\n")
            os._exit(128 + number)
        self.first = signal.Signals(number)


def watch(engine: JobEngine, job: Job[Any], *, is_json: bool, is_quiet: bool) -> ExitCode | None:
    """Show progress until the job has ended; the exit code when a signal ended it, else None."""
    printer = choose_printer(is_json=is_json, is_quiet=is_quiet)
    is_cancelled = False
    with _signals() as interrupts:
        while not job.wait(_POLL):
            if interrupts.first is not None and not is_cancelled:
                is_cancelled = True
                engine.cancel(job)
                printer.tell("cancelling and cleaning up; once more to kill")
            printer.show(job.status)
        printer.close(job.status)
    return _ending(job, interrupts)


def _ending(job: Job[Any], interrupts: _Interrupts) -> ExitCode | None:
    """A job that was cancelled has no report to print: its error goes out with the signal's code."""
    if interrupts.first is None:
        return None
    code = CODES[interrupts.first]
    if job.status.error is not None:
        job.status.error.exit_code = code
    return code


@contextmanager
def _signals() -> Iterator[_Interrupts]:
    interrupts = _Interrupts()
    before = {number: signal.signal(number, interrupts.handle) for number in heeded()}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
