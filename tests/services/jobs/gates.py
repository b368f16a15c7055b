"""Work that waits until it is let, and what is asked of jobs that do it."""

from __future__ import annotations

import threading
from typing import Any

from bak_tui.core.jobs import JobState
from bak_tui.services.jobs import Job, JobEngine
from tests.waiting import PATIENCE


class Gate:
    """Work that tells when it runs and goes on when it is let."""

    def __init__(self, name: str = "x") -> None:
        self.name = name
        self.is_running = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, job: Job[str]) -> str:
        task = job.task(self.name)
        self.is_running.set()
        while not self.may_end.is_set():
            task.sleep(0.01)
        return self.name


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


def state(job: Job[Any]) -> JobState:
    return job.status.state


def blocked(engine: JobEngine, number: int) -> tuple[list[Gate], list[Job[str]]]:
    gates = [Gate(str(index)) for index in range(number)]
    return gates, [engine.submit("try", gate.name, gate) for gate in gates]
