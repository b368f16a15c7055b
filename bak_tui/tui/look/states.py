"""State = glyph + word + colour, always all three. Any one may be lost."""

from __future__ import annotations

from bak_tui.core.jobs import JobState
from bak_tui.core.standing import Standing, Verdict
from bak_tui.tui.look.spans import Span

_STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.OK: ("●", "ok"),
    Standing.UNVERIFIED: ("○", "muted"),
    Standing.STALE: ("▲", "warn bold"),
    Standing.SHRUNK: ("▲", "warn bold"),
    Standing.NONE: ("✗", "bad bold"),
}
_JOBS: dict[JobState, tuple[str, str]] = {
    JobState.OK: ("●", "ok"),
    JobState.RUN: ("►", "accent"),
    JobState.CANCELLING: ("►", "accent"),
    JobState.WAIT: ("·", "muted"),
    JobState.WARN: ("▲", "warn bold"),
    JobState.FAILED: ("✗", "bad bold"),
    JobState.CANCELLED: ("–", "muted"),
}


def standing(state: Standing) -> Span:
    """`▲ STALE` in its colour."""
    glyph, words = _STANDINGS[state]
    return f"{glyph} {state.value}", words


def verdict(told: Verdict) -> Span:
    """The standing; one that a failed check has brought is drawn as harm, and no calmer."""
    if told.guilty == "check":
        return f"✗ {told.standing.value}", "bad bold"
    return standing(told.standing)


def job(state: JobState) -> Span:
    """`► RUN` in its colour."""
    glyph, words = _JOBS[state]
    return f"{glyph} {state.value}", words


def job_glyph(state: JobState) -> Span:
    """The glyph alone, for the one-line strip."""
    return _JOBS[state]


def environment(label: str) -> Span:
    """PROD is a filled block; every other label is plain."""
    if label.upper() == "PROD":
        return " PROD ", "prodtext bold on prod"
    return label.upper(), "muted"


STANDINGS: tuple[tuple[Span, str], ...] = tuple(
    (standing(state), told)
    for state, told in (
        (Standing.OK, "backed up, complete, in time"),
        (Standing.STALE, "older than the profile allows"),
        (Standing.SHRUNK, "far smaller than the ones before"),
        (Standing.UNVERIFIED, "a dump without a manifest"),
        (Standing.NONE, "no backup at all"),
    )
)
"""What the board's words mean, for the help."""
JOBS: tuple[tuple[Span, str], ...] = tuple(
    (job(state), told)
    for state, told in (
        (JobState.RUN, "at work"),
        (JobState.WAIT, "in the queue"),
        (JobState.OK, "done, and checked"),
        (JobState.WARN, "done, with warnings to look at"),
        (JobState.FAILED, "not done; nothing half is left"),
        (JobState.CANCELLED, "by you; nothing is left"),
    )
)
"""What the words of the jobs mean."""
