"""A listing's XML, read in compiled code into what a page needs and nothing else.

botocore signs, sends, retries, follows and judges the request as any other; only the body of a good answer
comes here first (its `before-parse` event) and reaches botocore's own parser empty: that one makes several
dicts an object, ten times the work. What must stay true: whatever a server answers, the names are those that
boto3's paginator would give.

The server is not trusted: no document type (so no entities), no answer far larger than the longest names can
make it, no size that is none. Such an answer is not S3, like any that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from bak_tui.core.etags import bare
from bak_tui.core.objects import StoredObject
from bak_tui.services.s3.times import moment, read_time

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LISTING = "Listing"
_ROOT = "ListBucketResult"
_MOST_BYTES = 8 << 20
"""1,000 names of 1,024 bytes make 4 MB where each byte is written as `%XX`, and 7 MB as `&quot;`."""
_LARGEST = 1 << 63
_PIECE = 64 << 10
"""Bytes parsed at a time: between two of them other threads (the screen's) get their turn."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer, V1 or V2."""

    objects: tuple[StoredObject, ...]
    folders: tuple[str, ...]
    is_truncated: bool
    token: str
    """V2's NextContinuationToken."""
    next_marker: str
    """V1's NextMarker: given with a delimiter only, by most servers."""


def read_listings(client: S3Client) -> None:
    """From now on the client's listings are read here; `listed` takes them out of its answers."""
    for operation in ("ListObjectsV2", "ListObjects"):
        # With the wildcard in front we come before botocore's own look into the body for an error in a good
        # answer, which parses it all: as long as one page, and nothing else can run meanwhile.
        client.meta.events.register(f"*.s3.{operation}", _read_instead)


def listed(answer: Any) -> Listed:
    """What a listing request of such a client came to."""
    from botocore.parsers import ResponseParserError

    found: Listed | None = answer.get(_LISTING)
    if found is None:
        raise ResponseParserError("the answer is no listing")
    return found


def _read_instead(event_name: str, **happened: Any) -> None:
    """What is no listing is left to botocore: an error, or an answer cut on its way."""
    if not event_name.startswith("before-parse."):
        return
    response, read = happened["response_dict"], happened["customized_response_dict"]
    if response["status_code"] >= 300:
        return
    root = _parsed(response["body"])
    if root is not None and root.tag != "Error":
        read[_LISTING] = _read(root)
        response["body"] = b""


def parse_listing(body: bytes) -> Listed:
    """Raises botocore's ResponseParserError for what is no listing."""
    from botocore.parsers import ResponseParserError

    root = _parsed(body)
    if root is None:
        raise ResponseParserError("the listing is no XML")
    return _read(root)


def _parsed(body: bytes) -> Element | None:
    """The document; None when it is none. Raises ResponseParserError for one that must not be trusted."""
    from botocore.parsers import ResponseParserError

    if not body or len(body) > _MOST_BYTES or b"<!DOCTYPE" in body:
        raise ResponseParserError("no listing looks like that")
    parser = XMLParser(target=TreeBuilder(), encoding="utf-8")  # noqa: S314  no document type, so no entity
    try:
        for begin in range(0, len(body), _PIECE):
            parser.feed(body[begin : begin + _PIECE])
        root: Element = parser.close()
    except ParseError:
        return None
    return root


def _read(root: Element) -> Listed:
    from botocore.parsers import ResponseParserError

    try:
        return _listed(root)
    except (KeyError, ValueError) as error:
        raise ResponseParserError(f"the listing cannot be read: {error}") from error


def _listed(root: Element) -> Listed:
    space, brace, name = root.tag.rpartition("}")
    if name != _ROOT:
        raise ValueError(f"its root is {name}")
    space += brace

    def said(field: str) -> str:
        return root.findtext(space + field) or ""

    decode: Callable[[str], str] = _decoded if said("EncodingType") == "url" else str
    read = _reader(space, decode)
    return Listed(
        objects=tuple([read(found) for found in root.iterfind(f"{space}Contents")]),
        folders=tuple(
            [decode(found.text or "") for found in root.iterfind(f"{space}CommonPrefixes/{space}Prefix")]
        ),
        is_truncated=said("IsTruncated") == "true",
        token=said("NextContinuationToken"),
        next_marker=decode(said("NextMarker")),
    )


def _reader(space: str, decode: Callable[[str], str]) -> Callable[[Element], StoredObject]:
    """Makes an object of its element."""
    key, size, modified, etag = (space + name for name in ("Key", "Size", "LastModified", "ETag"))

    def read(found: Element) -> StoredObject:
        said = {each.tag: each.text or "" for each in found}
        length = int(said.get(size) or 0)
        if not 0 <= length < _LARGEST:
            raise ValueError(f"an object of {length} bytes")
        when = said.get(modified)
        return StoredObject(
            decode(said[key]),
            length,
            moment(read_time(when) if when else None),
            bare(said.get(etag)),
        )

    return read


def _decoded(name: str) -> str:
    return unquote_plus(name) if "%" in name or "+" in name else name
