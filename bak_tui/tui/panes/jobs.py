"""4 Jobs: what runs and how far, what ended and how.

A row that ends changes in place, and goes down to the others after a moment; never under the cursor.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from bak_tui.core.jobs import REPEATABLE, JobId, JobState, JobStatus
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.panes import job_drawing
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pane import Pane

_STAYS = 2.0
"""Seconds that a job which has ended keeps its place, unless a key moves the cursor before."""
_ORDER = {JobState.RUN: 0, JobState.CANCELLING: 0, JobState.WAIT: 1}


class JobsPane(Pane[JobStatus]):
    """Running, then waiting, then finished, newest first."""

    HELP = "What runs and how far it is, what has ended and how; also of earlier sessions."
    OPENS = "its log and result"
    MOST_DETAILS = 5
    LEGEND_TITLE = "state"
    LEGEND = states.JOBS
    FOOTER = ("list.open", "jobs.cancel", "jobs.sooner", "jobs.later", "jobs.again", "jobs.clear")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "x", "cancel_job", "Cancel job", id="jobs.cancel", tooltip="Cancel the job and clean up after it"
        ),
        Binding(
            "c", "clear_jobs", "Clear finished", id="jobs.clear", tooltip="Take finished jobs off the list"
        ),
        Binding(
            "plus",
            "move_job(-1)",
            "Sooner",
            key_display="+",
            id="jobs.sooner",
            tooltip="Let the waiting job begin sooner",
        ),
        Binding(
            "minus",
            "move_job(1)",
            "Later",
            key_display="-",
            id="jobs.later",
            tooltip="Let the waiting job begin later",
        ),
        Binding("A", "repeat_job", "Again", id="jobs.again", tooltip="Do the same again, as a new job"),
    ]

    class Asked(Message):
        """The user wants something of this job."""

        def __init__(self, job: JobId) -> None:
            super().__init__()
            self.job = job

    class Cancel(Asked):
        """That it stops."""

    class Repeat(Asked):
        """The same again."""

    class Move(Asked):
        """That it begins so many places later in the queue, or sooner."""

        def __init__(self, job: JobId, by: int) -> None:
            super().__init__(job)
            self.by = by

    def __init__(self) -> None:
        super().__init__(4, "Jobs", Listing(job_drawing.draw_job, lambda status: status.id))
        self._jobs: dict[JobId, JobStatus] = {}
        self._kept: dict[JobId, tuple[int, int]] = {}
        """The places of jobs that have just ended."""
        self._due: set[JobId] = set()
        """Those whose time is over; what is under the cursor waits for that to go on."""
        self.problems: tuple[str, ...] = ()
        """Sentences on what of the history cannot be read."""
        self._under_cursor: JobId | None = None
        self._is_behind = False
        """Whether something is known that is not drawn yet."""

    @property
    def running(self) -> list[JobStatus]:
        return sorted((status for status in self._jobs.values() if not status.state.is_final), key=_place)

    @property
    def begun(self) -> list[JobStatus]:
        """Those of the running ones that do not wait."""
        return [status for status in self.running if status.state is not JobState.WAIT]

    @property
    def finished(self) -> list[JobStatus]:
        return [status for status in self._jobs.values() if status.state.is_final]

    @property
    def failed(self) -> int:
        """How many have failed and were not done again since: what was mended need not be seen to."""
        return count_failed(self._jobs.values())

    def shows(self, job: JobId) -> bool:
        """Whether its row stands on the screen."""
        listing = self.listing
        if not self.display or not listing.size.height:
            return False
        top = round(listing.scroll_offset.y)
        return any(status.id == job for status in listing.items[top : top + listing.size.height])

    def recall(self, status: JobStatus) -> None:
        """A job of the history; what is known of it already is not overwritten by its record."""
        self._jobs.setdefault(status.id, status)

    def update_job(self, status: JobStatus) -> bool:
        """News of a job; False when they are no more than how far it is, which the next refill draws."""
        before = self._jobs.get(status.id)
        self._jobs[status.id] = status
        if status.state.is_final:
            if before is not None and not before.state.is_final:
                self._kept[status.id] = _place(before)
                self.set_timer(_STAYS, partial(self._stayed, status.id))
            self.refill()
            return True
        if before is not None and (before.state, before.place) == (status.state, status.place):
            return False
        if not self._is_behind:  # of a flood only its end is drawn
            self._is_behind = True
            self.call_later(self.refill)
        return True

    def refill(self) -> None:
        self._is_behind = False
        here = self._held
        rows = [
            status
            for status in self._jobs.values()
            if self.matches(f"{status.verb} {status.what} {status.state}") or status.id == here
        ]
        rows.sort(key=lambda status: self._kept.get(status.id) or _place(status))
        self.listing.show(rows, self._newest_running(rows))
        self.heading.show([job_drawing.heading(self.content_size.width)] if self._jobs else [])
        instead = self.nothing_matches if self._jobs else placeholders.NO_JOBS
        damaged = placeholders.problems(self.problems, self.listing.room)
        self.listing.say_instead([*([] if rows else instead), *damaged], also_below=bool(damaged))
        matches = f"/ {foreign(self.filter)}   {len(rows)} of {len(self._jobs)}"
        trouble = "▲ the history is not whole" if damaged else ""
        self.say_count(matches if self.filter else self._count(), trouble)
        self._explain()
        self.refresh_bindings()

    def _count(self) -> str:
        """`2 running, 3 waiting, 5 finished`."""
        if not self._jobs:
            return ""
        begun = len(self.begun)
        waiting = len(self.running) - begun
        waits = f", {waiting} waiting" if waiting else ""
        return f"{begun} running{waits}, {len(self.finished)} finished"

    @property
    def _held(self) -> JobId | None:
        """The job under a cursor that is being moved: its row stays, so that no key falls on another."""
        current = self.listing.current
        return current.id if current is not None and self.listing.has_focus else None

    def _stayed(self, job: JobId) -> None:
        """Its time is over: each job has its own."""
        self._due.add(job)
        self._let_go(self._due)

    def _let_go(self, jobs: AbstractSet[JobId]) -> None:
        """What has ended goes to its place, but for what is under the cursor."""
        gone = (jobs & self._kept.keys()) - {self._held}
        if gone:
            self._kept = {number: place for number, place in self._kept.items() if number not in gone}
            self._due -= gone
            self.refill()

    def on_descendant_blur(self) -> None:
        self._let_go(self._due)

    def on_listing_moved(self) -> None:
        here = self.listing.current
        number = here.id if here is not None else None
        if number != self._under_cursor:
            self._under_cursor = number
            self._let_go(self._kept.keys())
        self._explain()
        self.refresh_bindings()

    def _explain(self) -> None:
        status = self.listing.current
        width = self.content_size.width - job_drawing.LABEL
        if status is None:
            self.show_details("", [])
        else:
            self.show_details(f"job {status.id}", job_drawing.details(status, width)[: self.MOST_DETAILS])

    def _newest_running(self, rows: list[JobStatus]) -> int | None:
        """Its row, for the cursor, so that `4 x` stops what was just begun; None when the cursor stays.

        While the pane has the focus nothing moves the cursor but its user.
        """
        running = [index for index, status in enumerate(rows) if not status.state.is_final]
        if self.has_focus_within or not running:
            return None
        return max(running, key=lambda index: rows[index].id)

    def on_resize(self) -> None:
        self.refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        current = self.listing.current
        if action == "cancel_job":
            return (current is not None and current.state.may_be_cancelled) or None
        if action == "move_job":
            return (current is not None and current.state is JobState.WAIT) or None
        if action == "repeat_job":
            return (current is not None and current.may_repeat) or None
        if action == "clear_jobs":
            return bool(self.finished) or None
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        current = self.listing.current
        if current is None or self.check_action(action, ()):
            return ""
        job = f"job {current.id}"
        return {
            "cancel_job": f"{job} {'has ended' if current.state.is_final else 'is being cancelled'}",
            "move_job": f"{job} does not wait",
            "repeat_job": f"{job} {_why_once(current)}",
        }.get(action, "")

    def action_cancel_job(self) -> None:
        if self.listing.current is not None:
            self.post_message(self.Cancel(self.listing.current.id))

    def action_move_job(self, by: int) -> None:
        if self.listing.current is not None:
            self.post_message(self.Move(self.listing.current.id, by))

    def action_repeat_job(self) -> None:
        if self.listing.current is not None:
            self.post_message(self.Repeat(self.listing.current.id))

    def action_clear_jobs(self) -> None:
        self._jobs = {status.id: status for status in self.running}
        self._kept = {}
        self._due = set()
        self.refill()


def _place(status: JobStatus) -> tuple[int, int]:
    """Running in the order they came, waiting in the order they will begin; then finished, newest first."""
    order = _ORDER.get(status.state, 2)
    return order, (status.id, status.place or status.id, -status.id)[order]


def count_failed(jobs: Iterable[JobStatus]) -> int:
    """Those after which the same was not done well."""
    failed = 0
    is_mended: set[tuple[str, str, str]] = set()
    for status in sorted(jobs, key=lambda status: -status.id):
        same = (status.profile, status.verb, status.what)
        if status.state in {JobState.OK, JobState.WARN}:
            is_mended.add(same)
        failed += status.state is JobState.FAILED and same not in is_mended
    return failed


def _why_once(status: JobStatus) -> str:
    """Why it is not done again."""
    if not status.state.is_final:
        return "has not ended"
    if status.verb not in REPEATABLE:
        return f"is a {status.verb}, which is decided anew each time"
    return "is of an earlier session"
