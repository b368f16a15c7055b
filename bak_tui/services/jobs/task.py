"""One database's share of a job, as the operation sees it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TypeVar

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobState, TaskStatus

T = TypeVar("T")
_LOOK_EVERY = 0.1


class CancelSwitch:
    """A flag with hooks: what must be done at once (kill a child, shut a connection) when it is thrown."""

    def __init__(self) -> None:
        self._thrown = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []

    @property
    def is_thrown(self) -> bool:
        return self._thrown.is_set()

    def throw(self) -> None:
        """Once: set the flag, then run the hooks, newest first, in a thread of their own.

        A hook may speak to a server that stalls, and who cancels (a key, a signal) must not wait for it.
        """
        with self._lock:
            if self._thrown.is_set():
                return
            self._thrown.set()
            hooks = tuple(self._hooks)
        threading.Thread(target=_run_all, args=(hooks,), name="bak-cancel", daemon=True).start()

    def check(self) -> None:
        if self._thrown.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        if self._thrown.wait(seconds):
            raise Cancelled

    def apart(self, call: Callable[[], T]) -> T:
        """Make a call that cannot be interrupted, in a thread of its own; a cancelled job waits no longer.

        For short questions to a server that may not answer: what is left behind ends by its own time-outs.
        """
        return self.beside(call)()

    def beside(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin such a call, and go on meanwhile; what is given back waits for it as `apart` does."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BakError as error:
                future.set_exception(error)
            finally:
                if not future.done():  # a defect: who waits must hear of it, too
                    future.set_exception(sys.exception())

        def result() -> T:
            while not wait([future], timeout=_LOOK_EVERY).done:
                self.check()
            return future.result()

        threading.Thread(target=run, name="bak-apart", daemon=True).start()
        return result

    @contextmanager
    def hook(self, action: Callable[[], None]) -> Iterator[None]:
        """While inside, throwing the switch runs `action` (from another thread)."""
        with self._lock:
            self.check()
            self._hooks.append(action)
        try:
            yield
        finally:
            with self._lock:
                self._hooks.remove(action)


def _run_all(hooks: Sequence[Callable[[], None]]) -> None:
    """The last one first; one that raises does not keep the others from running."""
    with ExitStack() as stack:
        for hook in hooks:
            stack.callback(hook)


class Task:
    """What an operation reports to while it works on one database. Any thread may call it."""

    def __init__(
        self,
        subject: str,
        switch: CancelSwitch,
        changed: Callable[[], None],
        log: Callable[[str, str, bool, str], None] = lambda _source, _text, _is_error, _subject: None,
    ) -> None:
        self._status = TaskStatus(visible(subject))
        self._switch = switch
        self._changed = changed
        self._log = log
        self._lock = threading.Lock()
        self._warnings: list[str] = []

    @property
    def status(self) -> TaskStatus:
        return self._status

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._warnings)

    @property
    def is_cancelled(self) -> bool:
        return self._switch.is_thrown

    def check(self) -> None:
        """Return at once, or raise `Cancelled`."""
        self._switch.check()

    def sleep(self, seconds: float) -> None:
        """Wait, or raise `Cancelled` as soon as the job is cancelled."""
        self._switch.sleep(seconds)

    def apart(self, call: Callable[[], T]) -> T:
        """Make a call that cannot be interrupted; a cancelled job waits no longer. See `CancelSwitch`."""
        return self._switch.apart(call)

    @contextmanager
    def on_cancel(self, action: Callable[[], None]) -> Iterator[None]:
        """While inside, cancelling runs `action` at once, from another thread."""
        with self._switch.hook(action):
            yield

    def phase(self, name: str, *, total: int | None = None, is_estimate: bool = False) -> None:
        """A new phase, a gerund; its work is counted from 0."""
        self.check()
        self.say("bak", name)
        self._update(phase=name, done=0, total=total, is_estimate=is_estimate, current="", state=JobState.RUN)

    def advance(self, amount: int) -> None:
        """`amount` more bytes of this phase's work are done."""
        with self._lock:
            self._status = replace(self._status, done=self._status.done + amount)
        self._changed()

    def reach(self, done: int) -> None:
        """So many bytes of this phase's work are done; never goes back."""
        with self._lock:
            self._status = replace(self._status, done=max(done, self._status.done))
        self._changed()

    def working_on(self, current: str) -> None:
        """The table (or file) now in work."""
        self._update(current=visible(current))

    def say(self, source: str, text: str, *, is_error: bool = False) -> None:
        """A line for the job's log; `source` is `bak` or the program that said it, and is not said twice."""
        self._log(
            source, visible(text.removeprefix(f"{source}: "), limit=2000), is_error, self._status.subject
        )

    def warn(self, text: str) -> None:
        """Something the user must look at; the task can then end WARN at best."""
        self.say("bak", text, is_error=True)
        with self._lock:
            self._warnings.append(visible(text, limit=2000))
        self._changed()

    def end(self, state: JobState) -> None:
        self._update(state=state, current="")

    def _update(self, **fields: object) -> None:
        with self._lock:
            self._status = replace(self._status, **fields)  # type: ignore[arg-type]  # names are checked by replace()
        self._changed()
