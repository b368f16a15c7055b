"""A server that lists like the old and odd ones do; nothing else. Signatures are not looked at.

A page costs what is on it, so that a million keys can be served.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote_plus, unquote_plus, urlsplit
from xml.sax.saxutils import escape

from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret

_LAST = "\U0010ffff"
"""Sorts behind every name that begins like a folder's."""


class Manner(StrEnum):
    """How it lists."""

    PROPER = "proper"
    NO_V2 = "answers V2 with NotImplemented"
    NO_TOKEN = "answers V2 as if it were V1: truncated, without a token, from the beginning"
    SAME_PAGE = "takes V2, gives tokens, and does not look at them"
    SAME_TOKEN = "takes V2 and gives the same token and no new keys"
    LOOPS = "as NO_TOKEN, and does not look at V1's marker either"


def target_at(port: int) -> Target:
    """How to reach one on this machine."""
    return Target(
        bucket="fake",
        endpoint=f"http://127.0.0.1:{port}",
        access_key="fakeaccess",
        secret_key=Secret("fakesecret"),
    )


@dataclass(frozen=True, slots=True)
class ListingServer:
    """A bucket of these keys, each of size 1."""

    keys: tuple[str, ...]
    manner: Manner
    page: int
    server: ThreadingHTTPServer
    operations: list[str]
    encodes: bool
    """Whether names go percent-encoded, as they are asked for; else as XML writes them."""
    refusals: dict[int, tuple[int, str]]
    """Status and XML in place of a listing, by the number of the request from 0 on."""

    @classmethod
    def of(
        cls, keys: Iterable[str], manner: Manner, *, page: int = 1000, encodes: bool = True
    ) -> ListingServer:
        """Started by entering it."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads, server.block_on_close = True, False
        # Characters sort as the bytes of their UTF-8 do.
        fake = cls(tuple(sorted(keys)), manner, page, server, [], encodes, {})
        server.fake = fake  # type: ignore[attr-defined]
        return fake

    @property
    def target(self) -> Target:
        """How to reach it."""
        return target_at(self.server.server_port)

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
        if len(self.operations) - 1 in self.refusals:
            return self.refusals[len(self.operations) - 1]
        if is_v2 and self.manner is Manner.NO_V2:
            return 501, "<Error><Code>NotImplemented</Code><Message>no V2</Message></Error>"
        speaks_v2 = is_v2 and self.manner not in {Manner.NO_TOKEN, Manner.LOOPS}
        after = self._after(query, speaks_v2)
        names, more = self._names(query, after)
        token = f"<NextContinuationToken>{quote_plus(names[-1][0])}</NextContinuationToken>" if more else ""
        if self.manner is Manner.SAME_TOKEN and speaks_v2:
            more, token = True, "<NextContinuationToken>again</NextContinuationToken>"
        marker = f"<NextMarker>{self._written(names[-1][0])}</NextMarker>" if more and not is_v2 else ""
        written = "".join(
            f"<CommonPrefixes><Prefix>{self._written(name)}</Prefix></CommonPrefixes>"
            if is_folder
            else _content(self._written(name))
            for name, is_folder in names
        )
        return 200, (
            f"<ListBucketResult>{'<EncodingType>url</EncodingType>' * self.encodes}<IsTruncated>"
            f"{str(more).lower()}</IsTruncated>{token if speaks_v2 else ''}{marker}{written}"
            "</ListBucketResult>"
        )

    def _names(self, query: dict[str, str], after: str) -> tuple[list[tuple[str, bool]], bool]:
        """The next names, each with whether it is a folder, and whether there are more."""
        prefix, folds = query.get("prefix", ""), "delimiter" in query
        begin = max(bisect_left(self.keys, prefix), bisect_right(self.keys, after))
        size = min(self.page, int(query.get("max-keys", self.page)))
        names: list[tuple[str, bool]] = []
        while begin < len(self.keys) and self.keys[begin].startswith(prefix):
            name, slash, _ = self.keys[begin].removeprefix(prefix).partition("/")
            is_folder = folds and bool(slash)
            name = prefix + name + slash if is_folder else self.keys[begin]
            begin = bisect_left(self.keys, name + _LAST, lo=begin) if is_folder else begin + 1
            if name <= after:
                continue
            if len(names) == size:
                return names, True
            names.append((name, is_folder))
        return names, False

    def _written(self, name: str) -> str:
        # A carriage return that is not written as a reference reads as a newline.
        return escape(quote_plus(name) if self.encodes else name, {"\r": "&#13;"})

    def _after(self, query: dict[str, str], speaks_v2: bool) -> str:
        if self.manner in {Manner.LOOPS, Manner.SAME_PAGE} and (speaks_v2 or self.manner is Manner.LOOPS):
            return ""
        if speaks_v2:
            token = unquote_plus(query.get("continuation-token", ""))
            return token or query.get("start-after", "")
        return query.get("marker", "")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

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


def _content(written: str) -> str:
    when = "2026-11-23T12:00:00.000Z"
    return (
        f"<Contents><Key>{written}</Key><LastModified>{when}</LastModified>"
        f"<ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
    )
