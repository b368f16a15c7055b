"""Listings, page by page, also from servers that get them wrong.

ListObjectsV2 first. Some old servers know only V1: they answer V2 with NotImplemented, or with a first page
that says there is more and gives no token, or with that same page for ever. Each of these goes on with V1
from the last key seen. Keys are hostile (newlines, control characters): they travel percent-encoded, which
botocore asks for; `listing_xml` undoes it for objects, and this module for uploads.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from bak_tui.core.errors import StoreError
from bak_tui.core.objects import OpenUpload, Page
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.listing_xml import Listed, listed
from bak_tui.services.s3.times import moment

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 1000
"""Names a page: no server gives more."""
_MOST_EMPTY = 1000
"""Pages without a name, one after another: AWS gives such where deleted versions lie in between."""


def list_pages(
    connection: Connection, prefix: str, delimiter: str, start_after: str, first: int = PAGE
) -> Iterator[Page]:
    """Objects and folders below a prefix. Raises StoreError; ValueError for a delimiter other than `/`."""
    if delimiter not in {"", "/"}:
        raise ValueError("only / delimits folders everywhere")
    return _Listing(connection, prefix, delimiter, start_after, first).pages()


class _Listing:
    def __init__(
        self, connection: Connection, prefix: str, delimiter: str, start_after: str, first: int
    ) -> None:
        self._connection = connection
        self._prefix = prefix
        self._named: dict[str, Any] = {"Bucket": connection.target.bucket, "Prefix": prefix}
        if delimiter:
            self._named["Delimiter"] = delimiter
        self._size = first
        self._start_after = start_after
        self._last = start_after
        """The last name, key or folder, that was handed out."""

    def pages(self) -> Iterator[Page]:
        try:
            is_complete = yield from self._version_2()
        except StoreError as error:
            if error.kind != "not_implemented":
                raise
            is_complete = False
        if not is_complete:
            self._connection.met("no listing of version 2: version 1 is used")
            yield from self._version_1()

    def _version_2(self) -> Generator[Page, None, bool]:
        """Returns False where the server's answers lead nowhere, and V1 has to go on."""
        tokens: set[str] = set()
        empty = 0
        where: dict[str, str] = {"StartAfter": self._start_after} if self._start_after else {}
        while True:
            answer = self._ask("list_objects_v2", where)
            last = _last_name(answer)
            if tokens and last and _order(last) <= _order(self._last):
                return False  # the same page again, or one before it: the token was not understood
            yield self._page(answer)
            if not answer.is_truncated:
                return True
            empty = 0 if last else empty + 1
            if not answer.token or answer.token in tokens or empty > _MOST_EMPTY:
                return False
            tokens.add(answer.token)
            where = {"ContinuationToken": answer.token}

    def _version_1(self) -> Iterator[Page]:
        while True:
            before = self._last
            answer = self._ask("list_objects", {"Marker": before} if before else {})
            page = self._page(answer)
            if page.objects or page.folders:
                yield page
            if not answer.is_truncated:
                return
            self._last = max(self._last, answer.next_marker, key=_order)
            if self._last == before:
                raise self._connection.error(
                    "refused", "list", self._prefix, detail=" to go on after the first page of its listing"
                )

    def _ask(self, operation: str, where: Mapping[str, str]) -> Listed:
        named = {**self._named, "MaxKeys": self._size, **where}
        answer = self._connection.persist(
            "list", self._prefix, lambda client: listed(getattr(client, operation)(**named))
        )
        self._size = PAGE
        return answer

    def _page(self, answer: Listed) -> Page:
        """What the answer adds: a server that knows no StartAfter or Marker begins at the beginning."""
        after = _order(self._last)
        self._last = max(self._last, _last_name(answer), key=_order)
        return Page(
            tuple([found for found in answer.objects if _order(found.key) > after]),
            tuple([folder for folder in answer.folders if _order(folder) > after]),
        )


def list_uploads(connection: Connection, prefix: str) -> Iterator[OpenUpload]:
    """Open multipart uploads below a prefix, all pages. Raises StoreError."""
    where: dict[str, Any] = {}
    asked: list[dict[str, Any]] = []
    while True:
        asked.append(where)
        request = partial(_uploads_page, Bucket=connection.target.bucket, Prefix=prefix, **where)
        try:
            answer: dict[str, Any] = connection.persist("list the open uploads of", prefix, request)
        except StoreError as error:
            if error.kind == "no_upload":  # rclone, of a bucket that has never had one
                return
            raise
        decode = unquote_plus if answer.get("EncodingType") == "url" else str
        for found in answer.get("Uploads", ()):
            key, upload_id = decode(found.get("Key", "")), found.get("UploadId", "")
            if not key or not upload_id:
                raise connection.error("not_s3", "list the open uploads of", prefix)
            if key.startswith(prefix):  # some servers do not look at the prefix
                yield OpenUpload(key, upload_id, moment(found.get("Initiated")))
        following = {
            "KeyMarker": decode(answer.get("NextKeyMarker", "")),
            "UploadIdMarker": answer.get("NextUploadIdMarker", ""),
        }
        if not answer.get("IsTruncated"):
            return
        if following in asked or not following["KeyMarker"]:
            raise connection.error(
                "refused", "list", prefix, detail=" to go on after the first page of its open uploads"
            )
        where = following


def _uploads_page(client: S3Client, **named: Any) -> Any:
    return client.list_multipart_uploads(EncodingType="url", **named)


def _last_name(answer: Listed) -> str:
    names = [found.key for found in answer.objects]
    return max([*names, *answer.folders], key=_order, default="")


def _order(name: str) -> bytes:
    """S3 sorts by the bytes of the UTF-8."""
    return name.encode("utf-8", "surrogatepass")
