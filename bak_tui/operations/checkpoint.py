"""Named steps of the two protocols: where a test may kill, stall or raise. The default does nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """A step that has just been done."""

    PREFLIGHT = "preflight"
    SNAPSHOT = "snapshot"
    STREAMING = "streaming"
    """Bytes are on their way: called for every read of pg_dump's output."""
    GATE = "gate"
    COMPLETE = "complete"
    COMMIT = "commit"
    HASHED = "hashed"
    SCRATCH = "scratch"
    RESTORED = "restored"
    COMPARED = "compared"
    FINISHED = "finished"
    """The restored database has its settings, privileges and owner, and no name yet."""
    RENAMED = "renamed"


class Checkpoint(Protocol):
    """Called after each step, with the database's name, from the thread that did the step."""

    def __call__(self, step: Step, subject: str, /) -> None: ...


def no_checkpoint(_step: Step, _subject: str) -> None:
    """What the program ships with."""
