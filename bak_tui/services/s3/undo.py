"""Takes a failed upload back: workers ended, the multipart aborted, a wrong object deleted.

Bounded in time, because a cancelled job must end while its server says nothing. What could not be
confirmed goes on in the background, and the error that started it says what may be left.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from bak_tui.core.errors import BakError, Cancelled, StoreError
from bak_tui.services.s3.crew import Crew
from bak_tui.services.s3.finish import Finish
from bak_tui.services.s3.multipart import Requests
from bak_tui.services.s3.threads import finished, in_background

_PATIENCE = 30.0
"""Seconds for taking back after a failure …"""
_PATIENCE_WHEN_CANCELLED = 5.0
"""… and when somebody waits for it to end."""
_FOR_WORKERS = 2.0
"""Seconds given to the workers before the first abort: most end at once, one may wait for an answer."""


class Watch(Protocol):
    """Who knows of answers that were lost, and is told what may remain."""

    @property
    def has_lost_answer(self) -> bool: ...

    def answered(self) -> None: ...

    def remains(self) -> None: ...


class Undo:
    """Knows what an upload has done so far; leaving it by an error, whatever that is, takes it back."""

    def __init__(self, requests: Requests, finish: Finish, watch: Watch) -> None:
        self._requests = requests
        self._finish = finish
        self._watch = watch
        self.beginning: Future[str] | None = None
        """CreateMultipartUpload, once it was sent: its answer may come after we gave up waiting."""
        self.crew: Crew | None = None
        self.is_stored = False
        """Whether the request that makes the object visible was acknowledged."""

    def __enter__(self) -> Undo:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        del kind, trace
        if error is not None:
            self.after(error)
        elif self._watch.has_lost_answer:
            finished(in_background(partial(self._abort_others, ""), "s3-abort"), _PATIENCE)

    def after(self, error: BaseException) -> None:
        """Take everything back. The error stays what it is, with a note when something may be left."""
        self._requests.stop.set()
        if self.crew is not None:
            self.crew.close()  # those who wait for a part go home
        is_failure = isinstance(error, Exception) and not isinstance(error, Cancelled)
        deadline = time.monotonic() + (_PATIENCE if is_failure else _PATIENCE_WHEN_CANCELLED)
        if self.beginning is not None and not self.is_stored:
            aborted = in_background(partial(self._abort, self.beginning), "s3-abort")
            if not _succeeds(aborted, deadline):
                self._tell(error, f"an unfinished upload may remain under {self._requests.key}")
        if self._finish.running is not None:
            deleted = in_background(partial(self._delete, self._finish.running), "s3-delete")
            if not _succeeds(deleted, deadline):
                self._tell(error, f"an object without a manifest may remain under {self._requests.key}")

    def _tell(self, error: BaseException, text: str) -> None:
        """The journal, and the user, where the error is ours, for that is what is shown."""
        self._watch.remains()
        error.add_note(text)
        if isinstance(error, BakError):
            error.left = f"{error.left}; {text}" if error.left else text

    def _abort(self, beginning: Future[str]) -> bool:
        if beginning.exception() is not None:
            return self._abort_others("")
        has_ended = self.crew is None or self.crew.wait(_FOR_WORKERS)
        if self._finish.running is not None:
            finished(self._finish.running, _FOR_WORKERS)  # a Complete under way may still win
        try:
            self._requests.abort(beginning.result())
        except StoreError:
            return False
        if not has_ended:
            in_background(partial(self._abort_again, beginning.result()), "s3-abort-again")
        return self._abort_others(beginning.result())

    def _abort_others(self, upload_id: str) -> bool:
        """Those whose answers were lost, not the upload of that id. The journal knows of them until then."""
        if not self._watch.has_lost_answer:
            return True
        try:
            self._requests.abort_others(upload_id)
        except StoreError:
            return False
        self._watch.answered()
        return True

    def _abort_again(self, upload_id: str) -> None:
        """A part that was in flight during the abort may be kept, and paid for, until a second one."""
        if self.crew is not None:
            self.crew.wait(2 * self._requests.connection.options.read_timeout)
        self._requests.abort(upload_id)

    def _delete(self, running: Future[Any]) -> bool:
        """Delete the object if it is ours: acknowledged, or found with our token.

        Its content alone would not do: the same bytes may have been there before.
        """
        running.exception()  # waits: only after its last request is it certain what is there
        try:
            if not self.is_stored:
                seen = self._requests.look()
                if seen is None or seen.token not in {"", self._requests.token}:
                    return True
                if not seen.token:  # this server keeps none: the object may be anybody's
                    return False
            self._requests.delete()
        except StoreError as failure:
            # Without the right to look, a request that was not acknowledged is taken for one without effect.
            return failure.kind == "access_denied" and not self.is_stored
        return True


def _succeeds(work: Future[bool], deadline: float) -> bool:
    return finished(work, max(0.5, deadline - time.monotonic())) and work.result()
