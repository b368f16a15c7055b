"""What the workbench does with its jobs: their news, what is asked of them, and what is told of their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from textual import work

from bak_tui.core.errors import Cancelled
from bak_tui.core.jobs import JobId, JobState, JobStatus, LogLine
from bak_tui.core.last_place import LastPlace
from bak_tui.core.recorded import RecordedJob
from bak_tui.operations.bak import Bak
from bak_tui.services.history import JobFiles
from bak_tui.services.jobs import Job
from bak_tui.tui.asking import answered
from bak_tui.tui.clock import Clock
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.messages import HistoryRead, JobEnded, JobUpdated
from bak_tui.tui.panes.jobs import JobsPane
from bak_tui.tui.screens.browsing import Browsing
from bak_tui.tui.screens.results import result_dialog
from bak_tui.tui.screens.whereabouts import died_words
from bak_tui.tui.session.choices import Choice

_MOST_NAMED = 6
_MOVES_SECONDS = 0.25
"""Between two moves of bars and counters: more often nobody reads them."""


class JobActions(Browsing):
    """The engine has the jobs; this hears of them and hands on what the user wants of one."""

    def __init__(
        self, bak: Bak, choices: Sequence[Choice], clock: Clock, place: LastPlace, *, prepares: bool = False
    ) -> None:
        super().__init__(bak, choices, clock, place, prepares=prepares)
        self._ended: set[JobId] = set()
        """The jobs whose end was told."""
        self._is_moving = False
        """Whether some job is further than is drawn, and will be drawn."""
        self._recorded: dict[JobId, RecordedJob] = {}
        """What the history keeps of the jobs of other sessions."""
        self._files: JobFiles | None = None
        """And what they have counted, and their logs, each in a file of its own."""
        self._unsubscribe: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        self._unsubscribe = self.bak.engine.subscribe(self._hear)

    def on_unmount(self) -> None:
        self._unsubscribe()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "log":
            return self.query_one(JobsPane).listing.current is not None or None
        return super().check_action(action, parameters)

    def _hear(self, status: JobStatus) -> None:
        """Called from the engine's thread: a message is the only bridge."""
        self.post_message(JobUpdated(status))

    async def may_quit(self) -> bool:
        """Whether the user wants to, while jobs run. To be called by a worker."""
        running = [job for job in self.bak.engine.jobs if not job.status.state.is_final]
        if not running:
            return True
        jobs = [f"{job.id} {job.verb} {job.what}" for job in running[:_MOST_NAMED]]
        said = [f"{len(running)} running:", *jobs, "", "Quit cancels them and cleans up after them."]
        wants = await self.app.push_screen_wait(Confirm("Quit?", said))
        return bool(wants)

    @work(description="-")
    async def show_result(self, status: JobStatus) -> None:
        """What a restore came to table by table, a job of several one by one; of other jobs the log."""
        recorded = self._recorded.get(status.id)
        counts = None
        if recorded is not None and self._files is not None:
            try:
                counts = await answered(self, partial(self._files.counts, recorded.number))
            except Cancelled:
                return
        shown = result_dialog(self.bak, status, self.named(status.profile), recorded, counts)
        answer = "log" if shown is None else await self.app.push_screen_wait(shown)
        if answer == "log":
            self.action_log()
        elif answer == "again":
            self._again(status.id)

    @work(description="-")
    async def action_log(self) -> None:
        """The log of the job under the cursor of Jobs."""
        status = self.query_one(JobsPane).listing.current
        if status is None:
            return
        job = next(iter(self._jobs(status.id)), None)
        kept: tuple[LogLine, ...] = ()
        place: Path | None = None
        if self._files is not None and status.state.is_final:
            try:
                kept, place = await answered(self, partial(_left_log, self._files, status.id, job))
            except Cancelled:
                return
        dialog = LogDialog(status, job, self.named(status.profile), kept, place)
        if await self.app.push_screen_wait(dialog) == "again":
            self._again(status.id)

    def on_history_read(self, message: HistoryRead) -> None:
        pane = self.query_one(JobsPane)
        for recorded in message.past.jobs:
            self._recorded[JobId(recorded.number)] = recorded
            pane.recall(recorded.status)
        self._files = message.past.files
        pane.problems = message.past.problems
        died = died_words(message.past.died)
        for problem in (*message.past.problems, *([died] if died else [])):
            self.notify(problem, severity="warning", timeout=10, markup=False)
        pane.refill()
        self.tell()

    def on_job_updated(self, message: JobUpdated) -> None:
        status = message.status
        if status.id in self._ended:  # the engine may say an end again; nothing changes after it
            return
        if self.query_one(JobsPane).update_job(status):
            self.tell()
        elif not self._is_moving:
            self._is_moving = True
            self.set_timer(_MOVES_SECONDS, self._move)
        if status.state.is_final:
            self._ended.add(status.id)
            self._tell_end(status)
            self.app.post_message(JobEnded(status))
            self.look_again()  # what it has done is seen there

    def _move(self) -> None:
        """Draw how far the jobs are."""
        self._is_moving = False
        self.query_one(JobsPane).refill()
        self.tell()

    def on_jobs_pane_cancel(self, message: JobsPane.Cancel) -> None:
        for job in self._jobs(message.job):
            self.bak.engine.cancel(job)

    def on_jobs_pane_move(self, message: JobsPane.Move) -> None:
        for job in self._jobs(message.job):
            self.bak.engine.move(job, message.by)

    def on_jobs_pane_repeat(self, message: JobsPane.Repeat) -> None:
        self._again(message.job)

    def _again(self, number: JobId) -> None:
        for job in self._jobs(number):
            self.bak.engine.again(job)

    def _jobs(self, number: JobId) -> list[Job[Any]]:
        """The one of that number; none when it is of an earlier session."""
        return [job for job in self.bak.engine.jobs if job.id == number]

    def _tell_end(self, status: JobStatus) -> None:
        """By a toast, where the row that says it is not to be seen; a toast would only cover it."""
        if self.is_current and self.query_one(JobsPane).shows(status.id):
            return
        is_bad = status.state is JobState.FAILED
        self.notify(
            f"{status.state} {status.verb} {foreign(status.what)}: {foreign(status.outcome)}",
            severity="error" if is_bad else "information",
            timeout=10 if is_bad else 5,
            markup=False,
        )


def _left_log(
    files: JobFiles, number: JobId, job: Job[Any] | None
) -> tuple[tuple[LogLine, ...], Path | None]:
    """What is kept of a log that no `job` of this session has, and the file it lies in, if it does."""
    return files.log(number) if job is None else (), files.log_place(number)
