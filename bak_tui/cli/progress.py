"""Progress on stderr: a bar on a terminal, plain lines in a log, NDJSON for programs."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from typing import Protocol

from bak_tui.cli import output
from bak_tui.core.cells import cropped
from bak_tui.core.jobs import JobState, JobStatus, TaskStatus
from bak_tui.core.wording import duration, size

_LINE_SECONDS = 10.0
_EVENT_SECONDS = 1.0
_BAR_SECONDS = 0.25
_BAR_CELLS = 16


class Printer(Protocol):
    """Shows a job's statuses as they come; `close` shows the last."""

    def show(self, status: JobStatus) -> None: ...

    def tell(self, text: str) -> None: ...

    def close(self, status: JobStatus) -> None: ...


def choose_printer(*, is_json: bool, is_quiet: bool) -> Printer:
    if is_quiet:
        return Silent()
    if is_json:
        return Events()
    return Bar() if sys.stderr.isatty() else Lines()


class Silent:
    """Nothing at all."""

    def show(self, status: JobStatus) -> None:
        del status

    def tell(self, text: str) -> None:
        del text

    def close(self, status: JobStatus) -> None:
        del status


class Lines:
    """A line at each phase of each database, and every ten seconds."""

    def __init__(self) -> None:
        self._phases: dict[int, tuple[str, JobState]] = {}
        self._last = time.monotonic()

    def show(self, status: JobStatus) -> None:
        is_due = time.monotonic() - self._last >= _LINE_SECONDS
        for index, task in enumerate(status.tasks):
            now = (task.phase, task.state)
            is_new = bool(task.phase) and self._phases.get(index) != now
            self._phases[index] = now
            if is_new or (is_due and task.state is JobState.RUN):
                output.note(_line(task))
        if is_due:
            self._last = time.monotonic()

    def tell(self, text: str) -> None:
        output.note(f"bak: {text}")

    def close(self, status: JobStatus) -> None:
        self.show(status)


class Events:
    """One JSON object a line, at each change of phase and at most once a second."""

    def __init__(self) -> None:
        self._phases: list[tuple[str, JobState]] = []
        self._last = 0.0

    def show(self, status: JobStatus) -> None:
        phases = [(task.phase, task.state) for task in status.tasks]
        if phases == self._phases and time.monotonic() - self._last < _EVENT_SECONDS:
            return
        self._phases = phases
        self._last = time.monotonic()
        output.event(_event(status))

    def tell(self, text: str) -> None:
        output.event({"event": "note", "text": text})

    def close(self, status: JobStatus) -> None:
        self._phases = []
        self.show(status)


class Bar:
    """One line that is drawn over itself."""

    def __init__(self) -> None:
        self._last = 0.0

    def show(self, status: JobStatus) -> None:
        if time.monotonic() - self._last < _BAR_SECONDS:
            return
        self._last = time.monotonic()
        width = shutil.get_terminal_size().columns
        _draw(cropped(_bar(status), width - 1))

    def tell(self, text: str) -> None:
        _draw("")
        output.note(f"bak: {text}")

    def close(self, status: JobStatus) -> None:
        del status
        _draw("")


def _draw(text: str) -> None:
    """Over the line that stands there; a terminal that is gone is no failure."""
    with suppress(OSError):
        sys.stderr.write("\r\x1b[K" + text)
        sys.stderr.flush()


def _line(task: TaskStatus) -> str:
    if task.state is not JobState.RUN:
        return f"{task.subject}: {task.state.lower()}"
    if task.total and task.done:
        sign = "~" if task.is_estimate else ""
        percent = min(99, 100 * task.done // task.total)
        return f"{task.subject}: {task.phase}, {sign}{percent} % of {size(task.total)}"
    return f"{task.subject}: {task.phase}"


def _bar(status: JobStatus) -> str:
    running = [task for task in status.tasks if task.state is JobState.RUN]
    fraction = status.fraction
    cells = 0 if fraction is None else int(fraction * _BAR_CELLS)
    drawn = "━" * cells + "─" * (_BAR_CELLS - cells)
    percent = "unknown" if fraction is None else f"{'~' if status.is_estimate else ''}{int(fraction * 100)} %"
    rate = f"{size(status.rate)}/s" if status.rate else ""
    left = "" if status.seconds_left is None else f"~{duration(status.seconds_left)} left"
    doing = ", ".join(f"{task.subject} {task.phase}" for task in running[:3]) or status.state.lower()
    return "  ".join(filter(None, (drawn, percent, rate, left, doing)))


def _event(status: JobStatus) -> dict[str, object]:
    return {
        "event": "progress",
        "job": status.id,
        "verb": status.verb,
        "state": status.state.lower(),
        "done": status.done,
        "total": status.total,
        "is_estimate": status.is_estimate,
        "rate": status.rate,
        "tasks": [
            {
                "subject": task.subject,
                "phase": task.phase,
                "state": task.state.lower(),
                "done": task.done,
                "total": task.total,
                "current": task.current,
            }
            for task in status.tasks
        ],
    }
