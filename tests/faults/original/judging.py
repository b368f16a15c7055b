"""What a fault did to the original flow, in the words of tests/faults/register.py's promise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.original.flow import Flow


class Verdict(StrEnum):
    """As our own tests are judged, but for local files: the flow had a folder of its own for them."""

    SURVIVED = "survived"
    LOST = "lost"
    FALSE = "false success"
    """It exited 0, and what lies there is not what was asked for."""


@dataclass(frozen=True)
class Judgement:
    """The verdict and what led to it."""

    verdict: Verdict
    because: str


Trial = Callable[[Flow], Judgement]
Ground = Callable[[], AbstractContextManager[Flow]]


def survived(because: str) -> Judgement:
    return Judgement(Verdict.SURVIVED, because)


def lost(because: str) -> Judgement:
    return Judgement(Verdict.LOST, because)


def false_success(because: str) -> Judgement:
    return Judgement(Verdict.FALSE, because)


def must_fail(flow: Flow, database: str, line: str, *, deadline: float = 15.0) -> Judgement:
    """A run that cannot come to a good end: it says so in time, and leaves nothing in the bucket."""
    ended = flow.ended(flow.start(line), deadline)
    if ended.code is None:
        return lost(f"it hung: ended after {deadline:.0f} s from outside")
    if ended.code == 0:
        return survived("exit 0, and all is there") if flow.is_true(database) else false_success("exit 0")
    if flow.keys():
        return lost(f"exit {ended.code}, and an object is there")
    if flow.bucket.open_uploads(""):
        return lost(f"exit {ended.code}, and an open upload is left that nothing tells of")
    return survived(f"exit {ended.code}")


def must_succeed(flow: Flow, database: str, *, deadline: float = 120.0) -> Judgement:
    """A fault that passes."""
    ended = flow.run(flow.backup_line(database), deadline)
    if ended.code != 0:
        return lost("it hung" if ended.code is None else f"exit {ended.code}")
    if not flow.is_true(database):
        return false_success("exit 0")
    return survived(f"exit 0 after {ended.seconds:.0f} s")
