"""One upload, from a stream of unknown length to an object that was looked at.

Its steps: parts are sent while the stream is read; the gate says whether the stream was whole; the parts are
made one object; and what stands under the key then is asked for its size and ETag.

What must stay true: nothing is visible under the key before the gate has opened; whatever goes wrong, and
whenever the user cancels, no open upload, no object and no thread is left, or the error says what may be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Protocol

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.objects import OpenUpload
from bak_tui.core.parts import PartPlan, Receipt, StreamDigest, digest_part
from bak_tui.core.providers import provider_of
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.crew import Crew, Tally
from bak_tui.services.s3.finish import Finish
from bak_tui.services.s3.multipart import Requests
from bak_tui.services.s3.proof import Expected
from bak_tui.services.s3.source import Buffer, BufferPool, Part, PartReader, Readable
from bak_tui.services.s3.threads import in_background, result_of
from bak_tui.services.s3.undo import Undo

_LOOK_EVERY = 0.05


class UploadWatch(Protocol):
    """Who keeps a journal of an upload."""

    @property
    def token(self) -> str:
        """Sent as the object's metadata; empty: one is made up."""

    @property
    def has_lost_answer(self) -> bool:
        """Whether there may be uploads under this key whose ids nobody knows."""

    def unanswered(self) -> None:
        """The answer that would have told an upload's id was lost; from another thread."""

    def answered(self) -> None:
        """There is none such any more."""

    def begun(self, upload: OpenUpload, /) -> None:
        """It has an id now (a stream that fits into one part gets none)."""

    def remains(self) -> None:
        """It failed, and could not be taken back for certain."""


class Unwatched:
    """Nobody keeps a journal."""

    token = ""
    has_lost_answer = False

    def unanswered(self) -> None:
        self.has_lost_answer = True

    def answered(self) -> None:
        self.has_lost_answer = False

    def begun(self, upload: OpenUpload, /) -> None:
        del upload

    def remains(self) -> None:
        """Nobody is told."""


class Upload:
    """The state of one upload. `run` may be called once."""

    def __init__(
        self,
        connection: Connection,
        key: str,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        watch: UploadWatch,
        looks: bool = True,
    ) -> None:
        self._looks = looks
        self._requests = Requests.prepare(connection, key, watch.token)
        self._cancellation = cancellation
        self._gate = gate
        self._watch = watch
        self._tally = Tally(progress)
        self._wants_equal = provider_of(connection.endpoint).wants_equal_parts
        self._finish = Finish(self._requests, self._tally, cancellation)
        self._undo = Undo(self._requests, self._finish, watch)
        self._crew: Crew | None = None
        self._workers = connection.options.workers
        self._pool = BufferPool(0)

    def run(self, source: Readable, plan: PartPlan) -> Receipt:
        """Send it all, or leave nothing."""
        self._workers = plan.at_once_of(self._workers)
        self._pool = BufferPool(self._workers + 1)
        reader = PartReader(source, plan, self._cancellation.check, wants_equal=self._wants_equal)
        with self._undo:
            parts = reader.parts(self._buffer)
            first = next(parts)
            if first.is_last:
                return self._put(first)
            upload_id = self._begin()
            self._crew = crew = Crew(self._requests, upload_id, self._pool, self._tally, self._workers)
            self._undo.crew = crew
            for part in chain([first], parts):
                crew.raise_failure()
                crew.give(part)
            return self._complete(crew, upload_id, reader)

    def _buffer(self, size: int) -> Buffer:
        """A free buffer: this is where a slow store holds the source back."""
        while (buffer := self._pool.take(size, _LOOK_EVERY)) is None:
            self._cancellation.check()
            if self._crew is not None:
                self._crew.raise_failure()
        return buffer

    def _begin(self) -> str:
        beginning = in_background(partial(self._requests.begin, self._watch.unanswered), "s3-begin")
        self._undo.beginning = beginning
        upload_id = result_of(beginning, self._cancellation)
        self._watch.begun(OpenUpload(self._requests.key, upload_id, datetime.now(UTC)))
        return upload_id

    def _put(self, part: Part) -> Receipt:
        """All of it fits into one part: one request, sent only once the gate is open."""
        part_digest = digest_part(part.view)
        digest = StreamDigest(part.size, part_digest.sha256, (part_digest,))
        self._gate(digest)
        etag = self._finish.put(part.view, part_digest)
        self._undo.is_stored = True
        self._tally.acknowledge(part.number, part_digest, etag)
        return self._check(Expected(digest, self._requests.token, (etag,), is_multipart=False), etag)

    def _complete(self, crew: Crew, upload_id: str, reader: PartReader) -> Receipt:
        crew.close()
        crew.join(self._cancellation)
        digest = StreamDigest(reader.size, crew.sha256, self._tally.digests())
        self._gate(digest)
        expected = Expected(digest, self._requests.token, self._tally.etags(), is_multipart=True)
        etag = self._finish.complete(upload_id, expected)
        self._undo.is_stored = True
        return self._check(expected, etag)

    def _check(self, expected: Expected, etag: str) -> Receipt:
        seen = self._finish.look() if self._looks else None
        checked = expected.check(etag, seen, self._requests.key)
        return Receipt(expected.digest, (seen.etag if seen else "") or etag, checked, self._tally.retries)
