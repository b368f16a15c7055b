"""What an answer may cost, whoever gives it: bytes that are kept, and time.

botocore keeps the whole body of whatever is no object, and its time-outs begin anew with every byte: an
answer without an end would fill the memory, one of a byte a second would be read for ever. So a body that is
kept has a longest length, and every answer a least pace, measured while it is waited for (a reader that takes
its time slows nobody down). Objects are read by their lengths elsewhere; completing an upload sends blanks
for minutes and has a deadline of its own (`finish`). Imported with botocore only.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSResponse,
)
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_KEPT = 9 << 20
"""Bytes of a body that is kept: somewhat more than the longest listing."""
_MOST_RAW = 2 * MOST_KEPT
"""Bytes of the same with what is around them in chunks."""
_MOST_HEAD = 1 << 20
"""Bytes of status line and headers, those of `100 Continue`s included."""
_LEAST_PACE = 256
"""Bytes a second, over as long as twice the silence that is borne."""
_PIECE = 1 << 16
_USUAL_SILENCE = 60.0


def hold_to_bounds(client: S3Client) -> None:
    """From now on the client's answers are held to them."""
    # botocore has no other way to its connections.
    endpoint: Any = cast("Any", client)._endpoint
    session = endpoint.http_session
    pools = session._pool_classes_by_scheme  # as above; a proxy's connections use it, too
    pools.update({"http": _Pool, "https": _TlsPool})
    endpoint.http_session = _Session(session)


class _Session:
    """botocore's, whose answers keep no body without an end."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: Any) -> AWSResponse:
        wants_stream = request.stream_output
        request.stream_output = True  # else all of the body would be read there
        said = self._session.send(request)
        answer = _Answer(said.url, said.status_code, said.headers, said.raw)
        if not wants_stream:
            _ = answer.content
        return answer

    def close(self) -> None:
        self._session.close()


class _Answer(AWSResponse):
    """One whose body is kept only up to MOST_KEPT."""

    _kept: bytes | None = None

    @property
    def content(self) -> bytes:
        """Raises ResponseParserError for a longer one."""
        if self._kept is None:
            self._kept = self._read()
        return self._kept

    def _read(self) -> bytes:
        found = bytearray()
        below = self.raw._original_response  # urllib3 has no other name for it
        if isinstance(below, _PacedResponse):
            below.hold_to(_MOST_RAW)  # what comes after the last chunk, urllib3 reads for ever
        for piece in self.raw.stream(_PIECE):
            found += piece
            if len(found) > MOST_KEPT:
                self.raw.close()
                raise ResponseParserError(f"the answer goes on after {MOST_KEPT:,} bytes")
        return bytes(found)


class _PacedBytes(io.RawIOBase):
    """What a socket gives, as long as it gives enough."""

    def __init__(self, raw: io.RawIOBase, window: float) -> None:
        self._raw = raw
        self._window = window
        """Seconds of waiting after which it is looked at; 0: never."""
        self._waited = 0.0
        self._came = 0
        self.most: int | None = _MOST_HEAD
        """Bytes that may come; None: any number."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        begun = time.monotonic()
        length: int | None = self._raw.readinto(buffer)
        self._waited += time.monotonic() - begun
        self._came += length or 0
        if self._window and self._waited > self._window:
            if self._came < self._waited * _LEAST_PACE:
                raise TimeoutError(f"{self._came} bytes came in {self._waited:.0f} s")
            self._waited, self._came = 0.0, 0
        if self.most is not None:
            self.most -= length or 0
            if self.most < 0:
                raise TimeoutError("an answer without an end")
        return length

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PacedSocket:
    """As much of a socket as http.client wants for an answer."""

    def __init__(self, plain: socket.socket, window: float) -> None:
        self._plain = plain
        self._window = window
        self.bytes: _PacedBytes | None = None

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # it is read
        self.bytes = _PacedBytes(self._plain.makefile("rb", buffering=0), self._window)
        return io.BufferedReader(self.bytes)


class _PacedResponse(HTTPResponse):
    """http.client's."""

    def __init__(self, plain: socket.socket, window: float, method: str | None) -> None:
        self._paced = _PacedSocket(plain, window)
        super().__init__(cast("socket.socket", self._paced), method=method)

    def begin(self) -> None:
        """Status and headers; what follows may be long."""
        super().begin()
        self.hold_to(None)

    def hold_to(self, most: int | None) -> None:
        """So many bytes may still come; None: any number."""
        if self._paced.bytes is not None:
            self._paced.bytes.most = most

    def _read_and_discard_trailer(self) -> None:
        self.hold_to(_MOST_HEAD)
        super()._read_and_discard_trailer()  # type: ignore[misc]  # http.client's own


class _Paces:
    """Makes the answers of a connection paced."""

    timeout: float | None
    _completes = False

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        self._completes = method == "POST" and "uploadId=" in url
        return super().request(method, url, *rest, **more)  # type: ignore[misc]  # botocore's connection

    def response_class(self, plain: socket.socket, *, method: str | None = None) -> HTTPResponse:
        """What http.client makes an answer with."""
        silence = self.timeout if isinstance(self.timeout, int | float) else _USUAL_SILENCE
        return _PacedResponse(plain, 0.0 if self._completes else 2 * silence, method)


class _Connection(_Paces, AWSHTTPConnection):  # type: ignore[misc]  # botocore has no types
    pass


class _TlsConnection(_Paces, AWSHTTPSConnection):  # type: ignore[misc]  # as above
    pass


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(AWSHTTPSConnectionPool):
    ConnectionCls = _TlsConnection
