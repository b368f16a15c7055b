"""An HTTP proxy between a client and an S3 server that does to chosen requests what networks and stores do.

The client is pointed at the proxy's own URL and the Host header goes through untouched, so signatures stay
valid. Requests are named by their S3 operation; everything that passed is recorded.

    with S3Proxy(endpoint) as proxy:
        proxy.fault("UploadPart", Refuse(503, "SlowDown"), times=7, part=2)
"""

from __future__ import annotations

import http.client
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

FOR_EVER = 10**9
ANY = ""
"""Every operation."""
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})
_DATE = "%a, %d %b %Y %H:%M:%S GMT"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came in, by the name of its operation."""

    operation: str
    key: str
    headers: Mapping[str, str]
    """Names in lower case."""
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Fault(Protocol):
    """Something that happens to one request."""

    def happen(self, exchange: Exchange) -> None: ...


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an S3 error instead of asking the server."""

    status: int
    code: str = ""
    message: str = "made up by the proxy"
    clock_off: float = 0.0
    """Seconds the answer's Date is off."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        xml = f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        exchange.reply(self.status, xml.encode() if self.code else b"", self.headers, self.clock_off)


@dataclass(frozen=True, slots=True)
class Say:
    """Answer whatever is given, perhaps after the server has done what was asked (`forward`)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    forward: bool = False

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        if self.forward:
            exchange.ask()
        exchange.reply(self.status, self.body, self.headers)


@dataclass(frozen=True, slots=True)
class Skew:
    """Let the server do it, and give its answer a Date that is so many seconds off."""

    clock_off: float

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        date = time.strftime(_DATE, time.gmtime(time.time() + self.clock_off))
        kept = tuple((name, value) for name, value in answer.headers if name.lower() != "date")
        exchange.give(Answer(answer.status, (*kept, ("Date", date)), answer.body))


@dataclass(frozen=True, slots=True)
class Reset:
    """A TCP reset: `before` the body is read, in the `mid`dle of it, or `after` the server has answered."""

    when: str = "mid"

    def happen(self, exchange: Exchange) -> None:
        if self.when == "mid":
            exchange.read(exchange.length // 2)
        if self.when == "after":
            exchange.read()
            exchange.ask()
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Stall:
    """Take the request (or not even its body) and say nothing until the proxy closes."""

    takes_body: bool = True

    def happen(self, exchange: Exchange) -> None:
        if self.takes_body:
            exchange.read()
        exchange.proxy.closing.wait()
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Slow:
    """Take the request's body, and give the answer's, at so many bytes a second, until it is healed."""

    rate: int

    def happen(self, exchange: Exchange) -> None:
        exchange.read(pace=self.rate)
        exchange.give(exchange.ask(), pace=self.rate)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Promise the whole answer, give so much of it, and close the connection.

    With a FIN: a reset would also throw away what the client has not read yet.
    """

    fraction: float

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        exchange.give(answer, only=int(len(answer.body) * self.fraction))
        exchange.close_connection = True


@dataclass(frozen=True, slots=True)
class Corrupt:
    """Flip one bit of the answer's body."""

    offset: int = 0

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        body = bytearray(answer.body)
        body[self.offset] ^= 1
        exchange.give(Answer(answer.status, answer.headers, bytes(body)))


@dataclass(slots=True)
class _Rule:
    fault: Fault
    operation: str
    key: str
    part: int | None
    nth: int
    times: int
    seen: int = 0

    def claims(self, request: Recorded) -> bool:
        if self.operation not in {ANY, request.operation} or self.key not in request.key:
            return False
        if self.part is not None and request.query.get("partNumber") != str(self.part):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class S3Proxy:
    """The proxy: a context manager. Rules are looked at in the order they were made; the first one acts."""

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        self.upstream = (address.hostname or "", address.port or 80)
        self.requests: list[Recorded] = []
        self.closing = threading.Event()
        self.surprises: list[BaseException] = []
        """Errors of the proxy itself: a test that finds any is not to be trusted."""
        self.is_well = threading.Event()
        """What is slow need not be so any longer."""
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fault(
        self,
        operation: str,
        fault: Fault,
        *,
        key: str = "",
        part: int | None = None,
        nth: int = 1,
        times: int = 1,
    ) -> None:
        """From the `nth` such request on, `times` times; `key` is a piece of the key."""
        self.is_well.clear()
        with self._lock:
            self._rules.append(_Rule(fault, operation, key, part, nth, times))

    def heal(self) -> None:
        """No more faults."""
        with self._lock:
            self._rules.clear()
        self.is_well.set()

    def count(self, operation: str) -> int:
        """How many requests of that operation came in."""
        with self._lock:
            return sum(request.operation == operation for request in self.requests)

    def admit(self, request: Recorded) -> Fault | None:
        """Record a request; the fault that is to happen to it."""
        with self._lock:
            self.requests.append(request)
            return next((rule.fault for rule in self._rules if rule.claims(request)), None)

    def __enter__(self) -> S3Proxy:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.is_well.set()
        self._server.shutdown()
        self._server.server_close()


class Exchange(BaseHTTPRequestHandler):
    """One connection; `happen` of a fault drives one request of it."""

    protocol_version = "HTTP/1.1"
    server: _Server
    body = b""
    length = 0
    recorded: Recorded
    """The request it is about."""

    @property
    def proxy(self) -> S3Proxy:
        """Whose rules hold."""
        return self.server.proxy

    def handle_one_request(self) -> None:
        self.body = b""
        super().handle_one_request()

    def serve(self) -> None:
        """Pass one request on, or do to it what a rule says."""
        self.length = int(self.headers.get("Content-Length", 0))
        self.recorded = _recorded(self.command, self.path, dict(self.headers.items()))
        fault = self.proxy.admit(self.recorded)
        if fault is not None:
            fault.happen(self)
            return
        self.read()
        self.give(self.ask())

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve  # noqa: N815  names that http.server looks for

    def read(self, size: int | None = None, *, pace: int | None = None) -> None:
        """Take the request's body, or its first `size` bytes."""
        wanted = (self.length if size is None else size) - len(self.body)
        while wanted > 0:
            chunk = self.rfile.read(min(wanted, pace // 20 if pace else wanted))
            if not chunk:
                raise ConnectionResetError("the client went away")
            self.body += chunk
            wanted -= len(chunk)
            if pace:
                self.proxy.is_well.wait(len(chunk) / pace)

    def ask(self) -> Answer:
        """Put the request to the server behind."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=60)
        try:
            connection.request(self.command, self.path, self.body or None, headers)
            response = connection.getresponse()
            body = response.read()
            kept = tuple(pair for pair in response.getheaders() if pair[0].lower() not in _HOP)
            return Answer(response.status, kept, body)
        finally:
            connection.close()

    def give(self, answer: Answer, *, only: int | None = None, pace: int | None = None) -> None:
        """Give the answer back, or the first `only` bytes of its body."""
        names = {name.lower() for name, _ in answer.headers}
        length = () if "content-length" in names else (("Content-Length", str(len(answer.body))),)
        self.begin(answer.status, (*answer.headers, *length))
        body = memoryview(answer.body[:only])
        step = pace // 20 if pace else len(body) or 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            if pace:
                self.proxy.is_well.wait(step / pace)

    def begin(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """The answer's head."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def write_chunk(self, data: bytes) -> None:
        """A piece of a body that is `chunked`; none ends it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def reply(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None, clock_off: float = 0.0
    ) -> None:
        """An answer of the proxy's own."""
        date = time.strftime(_DATE, time.gmtime(time.time() + clock_off))
        named = {"Date": date, "Content-Type": "application/xml", **(headers or {})}
        if self.command == "HEAD":
            body = b""
        self.give(Answer(status, tuple(named.items()), body))

    def reset(self) -> None:
        """Close with a reset instead of a FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server's own name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, proxy: S3Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), Exchange)

    def shutdown_request(self, request: Any) -> None:
        """Without http.server's shutdown, which would send a FIN before the reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  as inherited
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.proxy.surprises.append(error)


_OPERATIONS = {
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("POST", "delete"): "DeleteObjects",
    ("PUT", "uploadId"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "list-type"): "ListObjectsV2",
}
_PLAIN = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


def _recorded(method: str, target: str, headers: Mapping[str, str]) -> Recorded:
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    key = unquote(parts.path).lstrip("/").partition("/")[2]
    named = (_OPERATIONS[method, name] for name in query if (method, name) in _OPERATIONS)
    plain = "ListObjects" if method == "GET" and not key else _PLAIN.get(method, method)
    lowered = {name.lower(): value for name, value in headers.items()}
    return Recorded(next(named, plain), key, lowered, query)
