"""A server that lists like the old and odd ones do; nothing else. Signatures are not looked at."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit
from xml.sax.saxutils import escape

from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret


class Manner(StrEnum):
    """How it lists."""

    PROPER = "proper"
    NO_V2 = "answers V2 with NotImplemented"
    NO_TOKEN = "answers V2 as if it were V1: truncated, without a token, from the beginning"
    SAME_PAGE = "takes V2, gives tokens, and does not look at them"
    SAME_TOKEN = "takes V2 and gives the same token and no new keys"
    LOOPS = "as NO_TOKEN, and does not look at V1's marker either"


@dataclass(frozen=True, slots=True)
class ListingServer:
    """A bucket of these keys, each of size 1."""

    keys: tuple[str, ...]
    manner: Manner
    page: int
    server: ThreadingHTTPServer
    operations: list[str]

    @classmethod
    def of(cls, keys: list[str], manner: Manner, *, page: int = 1000) -> ListingServer:
        """Started by entering it."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads, server.block_on_close = True, False
        fake = cls(tuple(sorted(keys, key=str.encode)), manner, page, server, [])
        server.fake = fake  # type: ignore[attr-defined]
        return fake

    @property
    def target(self) -> Target:
        """How to reach it."""
        return Target(
            bucket="fake",
            endpoint=f"http://127.0.0.1:{self.server.server_port}",
            access_key="fakeaccess",
            secret_key=Secret("fakesecret"),
        )

    def __enter__(self) -> ListingServer:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, query: dict[str, str]) -> tuple[int, str]:
        """Status and XML for one listing."""
        is_v2 = "list-type" in query
        self.operations.append("V2" if is_v2 else "V1")
        if is_v2 and self.manner is Manner.NO_V2:
            return 501, "<Error><Code>NotImplemented</Code><Message>no V2</Message></Error>"
        speaks_v2 = is_v2 and self.manner not in {Manner.NO_TOKEN, Manner.LOOPS}
        after = self._after(query, speaks_v2)
        below = [key for key in self.keys if key.startswith(query.get("prefix", ""))]
        left = [key for key in below if key.encode() > after.encode("utf-8", "surrogatepass")]
        shown, more = left[: self.page], len(left) > self.page
        token = f"<NextContinuationToken>{quote_plus(shown[-1])}</NextContinuationToken>" if more else ""
        if self.manner is Manner.SAME_TOKEN and speaks_v2:
            more, token = True, "<NextContinuationToken>again</NextContinuationToken>"
        contents = "".join(_content(key) for key in shown)
        return 200, (
            f"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}"
            f"</IsTruncated>{token if speaks_v2 else ''}{contents}</ListBucketResult>"
        )

    def _after(self, query: dict[str, str], speaks_v2: bool) -> str:
        if self.manner in {Manner.LOOPS, Manner.SAME_PAGE} and (speaks_v2 or self.manner is Manner.LOOPS):
            return ""
        if speaks_v2:
            return query.get("continuation-token", query.get("start-after", ""))
        return query.get("marker", "")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        fake: ListingServer = self.server.fake  # type: ignore[attr-defined]
        status, text = fake.answer(query)
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def _content(key: str) -> str:
    when = "2026-11-23T12:00:00.000Z"
    return (
        f"<Contents><Key>{escape(quote_plus(key))}</Key><LastModified>{when}</LastModified>"
        f"<ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
    )
