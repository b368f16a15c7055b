"""The one way a request leaves: sent, tried again where that may help, told in our words when it fails."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from bak_tui.core.errors import StoreError
from bak_tui.core.profile import Target
from bak_tui.services.s3.access import Access
from bak_tui.services.s3.attempted import Attempted, is_transient, store_error
from bak_tui.services.s3.options import S3Options
from bak_tui.services.s3.session import credentials_origin
from bak_tui.services.s3.translate import translate

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

_LONGEST_PAUSE = 10.0
_ATTEMPTS_AT_A_STRANGER = 4
"""An endpoint that has never answered is more likely wrong than busy: a typo must not cost a minute."""
_ATTEMPTS_TO_REACH_A_STRANGER = 2
"""Also of one that takes the connection and says nothing: each attempt is the whole `read_timeout`."""


class Connection:
    """Sends requests to one bucket. Safe to use from several threads."""

    def __init__(self, target: Target, options: S3Options, access: Access | None = None) -> None:
        self.target = target
        self.options = options
        self._access = access or Access(target, options)
        self._client: S3Client | None = None
        self._has_answered = False
        self._quirks: dict[str, None] = {}

    @property
    def client(self) -> S3Client:
        """Made at the first use, because the credential chain may have to ask the network."""
        if self._client is None:
            with self.translated("reach"):
                self._client = self._access.client
        return self._client

    @property
    def endpoint(self) -> str:
        """Where requests really go, `AWS_ENDPOINT_URL_S3` included."""
        return self.client.meta.endpoint_url

    @property
    def quirks(self) -> tuple[str, ...]:
        """What this server cannot do, and what is done instead, as far as it was met."""
        return tuple(self._quirks)

    def met(self, quirk: str) -> None:
        """This server needs a detour."""
        self._quirks[quirk] = None

    def credentials_origin(self) -> str:
        """Where the credentials come from, in words."""
        with self.translated("find credentials for"):
            return credentials_origin(self._access.session, self.target)

    def answered_headers(self) -> dict[str, str]:
        """The headers of an answer, also of one that refuses; none when there is no answer."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Any = self.client.head_bucket(Bucket=self.target.bucket)
        except ClientError as error:
            answer = error.response
        except BotoCoreError:
            return {}
        return dict(answer["ResponseMetadata"].get("HTTPHeaders", {}))

    def attempted(self, action: str, key: str = "") -> Attempted:
        """`cannot <action> s3://bucket/key at endpoint`, for an error."""
        known = self._client.meta.endpoint_url if self._client else self.target.endpoint
        return Attempted(action, self.target, known or "AWS", key, not self._has_answered)

    def error(self, kind: str, action: str, key: str = "", *, detail: str = "") -> StoreError:
        """An error of our own making, worded like the translated ones."""
        return store_error(kind, self.attempted(action, key), detail=detail)

    @contextmanager
    def translated(self, action: str, key: str = "") -> Iterator[None]:
        """What botocore raises inside becomes a StoreError; also for reading an answer's body."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except ClientError as error:
            failure = translate(error, self.attempted(action, key))
            self._has_answered = self._has_answered or failure.kind not in {"not_s3", "sent_on"}
            raise failure from error
        except (BotoCoreError, ResponseParserError, HTTPError) as error:
            raise translate(error, self.attempted(action, key)) from error

    def send(self, action: str, key: str, request: Callable[[S3Client], T]) -> T:
        """One request, once. Raises StoreError."""
        client = self.client
        with self.translated(action, key):
            answer = request(client)
        self._has_answered = True
        return answer

    def persist(
        self,
        action: str,
        key: str,
        request: Callable[[S3Client], T],
        *,
        attempts: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
        on_retry: Callable[[StoreError], None] = lambda _: None,
    ) -> T:
        """One request, tried again after transient failures with growing pauses. Raises StoreError.

        `sleep` may raise to end the waiting; `on_retry` is told of every failure that is not the last.
        """
        attempt = 1
        while True:
            try:
                return self.send(action, key, request)
            except StoreError as error:
                allowed = self.options.attempts if attempts is None else attempts
                if not self._has_answered:
                    is_mute = error.kind in {"unreachable", "stalled"}
                    few = _ATTEMPTS_TO_REACH_A_STRANGER if is_mute else _ATTEMPTS_AT_A_STRANGER
                    allowed = min(allowed, few)
                if not is_transient(error) or attempt >= allowed:
                    raise
                on_retry(error)
            sleep(self.pause(attempt))
            attempt += 1

    def pause(self, attempt: int) -> float:
        """Seconds to wait after failure number `attempt`; jitter keeps workers from retrying in step."""
        longest = min(self.options.retry_pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
        return float(longest * random.uniform(0.5, 1.0))  # noqa: S311  not a secret
