"""Listings, page by page, also from servers that get them wrong.

ListObjectsV2 first. Some old servers know only V1: they answer V2 with NotImplemented, or with a first page
that says there is more and gives no token, or with that same page for ever. Each of these goes on with V1
from the last key seen. Keys are hostile (newlines, control characters): they travel percent-encoded, which
botocore asks for and undoes itself for objects, but not for uploads.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from bak_tui.core.errors import StoreError
from bak_tui.core.objects import OpenUpload, Page, StoredObject
from bak_tui.services.s3.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PAGE = 1000
_EPOCH = datetime.fromtimestamp(0, UTC)


def list_pages(connection: Connection, prefix: str, delimiter: str, start_after: str) -> Iterator[Page]:
    """Objects and folders below a prefix. Raises StoreError; ValueError for a delimiter other than `/`."""
    if delimiter not in {"", "/"}:
        raise ValueError("only / delimits folders everywhere")
    return _Listing(connection, prefix, delimiter, start_after).pages()


class _Listing:
    def __init__(self, connection: Connection, prefix: str, delimiter: str, start_after: str) -> None:
        self._connection = connection
        self._prefix = prefix
        self._named: dict[str, Any] = {"Bucket": connection.target.bucket, "Prefix": prefix, "MaxKeys": _PAGE}
        if delimiter:
            self._named["Delimiter"] = delimiter
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
            yield from self._version_1()

    def _version_2(self) -> Generator[Page, None, bool]:
        """Returns False where the server's answers lead nowhere, and V1 has to go on."""
        tokens: set[str] = set()
        where: dict[str, str] = {"StartAfter": self._start_after} if self._start_after else {}
        while True:
            answer = self._ask("list_objects_v2", where)
            last = _last_name(answer)
            if tokens and last == self._last:
                return False  # the same page again: the token was not understood
            yield self._page(answer)
            if not answer.get("IsTruncated"):
                return True
            token = answer.get("NextContinuationToken", "")
            if not token or token in tokens:
                return False
            tokens.add(token)
            where = {"ContinuationToken": token}

    def _version_1(self) -> Iterator[Page]:
        while True:
            before = self._last
            answer = self._ask("list_objects", {"Marker": before} if before else {})
            page = self._page(answer)
            if page.objects or page.folders:
                yield page
            if not answer.get("IsTruncated"):
                return
            self._last = max(self._last, answer.get("NextMarker", ""), key=_order)
            if self._last == before:
                raise self._connection.error(
                    "refused", "list", self._prefix, detail=" to go on after the first page of its listing"
                )

    def _ask(self, operation: str, where: Mapping[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self._connection.persist(
            "list", self._prefix, lambda client: getattr(client, operation)(**self._named, **where)
        )
        return answer

    def _page(self, answer: Mapping[str, Any]) -> Page:
        """What the answer adds: a server that knows no StartAfter or Marker begins at the beginning."""
        after = _order(self._last)
        objects = tuple(
            StoredObject(
                found["Key"],
                int(found.get("Size", 0)),
                moment(found.get("LastModified")),
                found.get("ETag", "").strip('"'),
            )
            for found in answer.get("Contents", ())
            if _order(found["Key"]) > after
        )
        folders = tuple(
            found["Prefix"] for found in answer.get("CommonPrefixes", ()) if _order(found["Prefix"]) > after
        )
        self._last = max(self._last, _last_name(answer), key=_order)
        return Page(objects, folders)


def list_uploads(connection: Connection, prefix: str) -> Iterator[OpenUpload]:
    """Open multipart uploads below a prefix, all pages. Raises StoreError."""
    where: dict[str, Any] = {}
    while True:
        request = partial(_uploads_page, Bucket=connection.target.bucket, Prefix=prefix, **where)
        try:
            answer: dict[str, Any] = connection.persist("list the open uploads of", prefix, request)
        except StoreError as error:
            if error.kind == "no_upload":  # rclone, of a bucket that has never had one
                return
            raise
        decode = unquote_plus if answer.get("EncodingType") == "url" else str
        for found in answer.get("Uploads", ()):
            key = decode(found["Key"])
            if key.startswith(prefix):  # some servers do not look at the prefix
                yield OpenUpload(key, found["UploadId"], moment(found.get("Initiated")))
        following = {
            "KeyMarker": decode(answer.get("NextKeyMarker", "")),
            "UploadIdMarker": answer.get("NextUploadIdMarker", ""),
        }
        if not answer.get("IsTruncated"):
            return
        if following == where or not following["KeyMarker"]:
            raise connection.error(
                "refused", "list", prefix, detail=" to go on after the first page of its open uploads"
            )
        where = following


def _uploads_page(client: S3Client, **named: Any) -> Any:
    return client.list_multipart_uploads(EncodingType="url", **named)


def moment(when: datetime | None) -> datetime:
    """A server's time in UTC; one it does not give is told as 1970."""
    return when.astimezone(UTC) if when else _EPOCH


def _last_name(answer: Mapping[str, Any]) -> str:
    names = [found["Key"] for found in answer.get("Contents", ())]
    names += [found["Prefix"] for found in answer.get("CommonPrefixes", ())]
    return max(names, key=_order, default="")


def _order(name: str) -> bytes:
    """S3 sorts by the bytes of the UTF-8."""
    return name.encode("utf-8", "surrogatepass")
