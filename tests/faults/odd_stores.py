"""What stores, and what stands before them, do with answers: for `S3Proxy.fault`, mostly of ANY operation."""

from __future__ import annotations

import html
import re
import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.s3_proxy import Answer, Exchange, Fault, Refuse

_NO_BODY = frozenset({204, 304})
_XML = frozenset({"ListObjectsV2", "CompleteMultipartUpload"})


def without(answer: Answer, *beginnings: str) -> tuple[tuple[str, str], ...]:
    """Its headers but those whose names begin so (lower case)."""
    return tuple((name, value) for name, value in answer.headers if not name.lower().startswith(beginnings))


@dataclass(frozen=True, slots=True)
class OddETags:
    """The answer's ETag without its quotes, or a weak one, as what compresses answers makes of it."""

    form: str
    """With `{}` for the bare ETag: `{}`, `W/"{}"`."""

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        etag = next((value for name, value in answer.headers if name.lower() == "etag"), None)
        listed = re.sub(rb"(?<=<ETag>)(.*?)(?=</ETag>)", self._in_xml, answer.body)
        body = listed if exchange.recorded.operation in _XML else answer.body
        kept = ("etag",) if exchange.command == "HEAD" else ("etag", "content-length")
        headers = without(answer, *kept)
        changed = () if etag is None else (("ETag", self.form.format(etag.strip('"'))),)
        exchange.give(Answer(answer.status, (*headers, *changed), body))

    def _in_xml(self, found: re.Match[bytes]) -> bytes:
        etag = html.unescape(found[1].decode()).strip('"')
        return html.escape(self.form.format(etag)).encode()


@dataclass(frozen=True, slots=True)
class Lengthless:
    """No Content-Length: the body comes in chunks, and a HEAD tells no size."""

    piece: int = 100_000
    is_cut: bool = False
    """It ends half-way through its body, without the last chunk."""

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        is_bodiless = exchange.command == "HEAD" or answer.status in _NO_BODY
        headers = without(answer, "content-length")
        chunked = () if is_bodiless else (("Transfer-Encoding", "chunked"),)
        exchange.begin(answer.status, (*headers, *chunked))
        if is_bodiless:
            return
        body = answer.body[: len(answer.body) // 2] if self.is_cut else answer.body
        for start in range(0, len(body), self.piece):
            exchange.write_chunk(body[start : start + self.piece])
        if self.is_cut:
            exchange.close_connection = True
        else:
            exchange.write_chunk(b"")


@dataclass(frozen=True, slots=True)
class Stripped:
    """Checksums, metadata and version ids are gone from the answer."""

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        headers = without(answer, "x-amz-", "content-md5", "accept-ranges", "last-modified")
        exchange.give(Answer(answer.status, headers, answer.body))


@dataclass(frozen=True, slots=True)
class OtherRegion:
    """Whoever does not sign for that region is sent there, as AWS does it, in its words or by its status."""

    region: str
    status: int = 301

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        if f"/{self.region}/s3/" in exchange.headers.get("Authorization", ""):
            exchange.give(exchange.ask())
            return
        code = "PermanentRedirect" if self.status == 301 else "TemporaryRedirect"
        xml = f"<Error><Code>{code}</Code><Message>not here</Message></Error>"
        exchange.reply(self.status, xml.encode(), {"x-amz-bucket-region": self.region})


@dataclass(frozen=True, slots=True)
class BlanksFirst:
    """A completion as AWS answers a long one: 200 at once, blanks for a while, then what it came to.

    `xml` is that instead of the server's own answer, which is not asked then.
    """

    blanks: int
    pause: float
    xml: bytes | None = None
    declares_first: bool = True
    """Whether the XML declaration comes before the blanks, as it must."""

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = Answer(200, (("Content-Type", "application/xml"),), self.xml or b"")
        if self.xml is None:
            answer = exchange.ask()
        begun, end, rest = answer.body.partition(b"?>")
        declared, rest = (begun + end, rest) if end else (b'<?xml version="1.0" encoding="UTF-8"?>', begun)
        exchange.begin(200, (*without(answer, "content-length"), ("Transfer-Encoding", "chunked")))
        if self.declares_first:
            exchange.write_chunk(declared)
        for _ in range(self.blanks):
            exchange.write_chunk(b" ")
            exchange.proxy.closing.wait(self.pause)
        exchange.write_chunk(rest if self.declares_first else declared + rest)
        exchange.write_chunk(b"")


@dataclass(slots=True)
class FirstTimes:
    """Each request, by its operation, key and query, meets `fault` so many times; then it passes."""

    fault: Fault
    times: int
    seen: Counter[tuple[str, str, tuple[tuple[str, str], ...]]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def happen(self, exchange: Exchange) -> None:
        request = exchange.recorded
        which = (request.operation, request.key, tuple(sorted(request.query.items())))
        with self.lock:
            self.seen[which] += 1
            is_hit = self.seen[which] <= self.times
        if is_hit:
            self.fault.happen(exchange)
            return
        exchange.read()
        exchange.give(exchange.ask())


@dataclass(slots=True)
class Round:
    """A listing that never ends: its pages go in a circle, each with a token that was not given yet."""

    pages: tuple[tuple[str, ...], ...]
    fresh: bool = True
    """Whether the tokens differ; else it is the same one for ever."""
    asked: int = 0

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        keys = self.pages[self.asked % len(self.pages)]
        self.asked += 1
        token = f"token-{self.asked if self.fresh else 0}"
        found = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
        exchange.reply(200, f"<ListBucketResult>{found}{more}</ListBucketResult>".encode())


@dataclass(slots=True)
class InTurn:
    """One fault after the other, and then again."""

    faults: tuple[Fault, ...]
    asked: int = 0

    def happen(self, exchange: Exchange) -> None:
        self.asked += 1
        self.faults[(self.asked - 1) % len(self.faults)].happen(exchange)


def gone(code: str = "NoSuchKey") -> Refuse:
    """What a read is told of an object that was deleted after it was listed."""
    return Refuse(404, code)
