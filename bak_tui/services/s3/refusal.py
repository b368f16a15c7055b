"""An answer with an error in it becomes the project's own error.

Servers, and what stands before them, differ: a code in the body says most, a HEAD has none, and an answer
without one is often no S3 server's at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bak_tui.core.errors import StoreError
from bak_tui.core.wording import skew_in_words
from bak_tui.services.s3.attempted import Attempted, store_error
from bak_tui.services.s3.codes import KIND_BY_CODE, NARROWER, NO_REASON

_SKEW_TOLERATED = 900
"""S3 refuses requests that are more than 15 minutes off (seconds)."""
_NOT_S3_STATUSES = frozenset({"200", "400", "404", "405"})
_NEVER_FROM_S3 = frozenset({"501"})
"""Of one that is known to be an S3 server, it is only something that this one cannot do."""
_REGION_EXPECTED = re.compile(r"expecting '([a-z0-9-]{1,63})'")


def refusal(response: Mapping[str, Any], attempted: Attempted) -> StoreError:
    """What `response`, as botocore has parsed it, says."""
    error: Mapping[str, Any] = response.get("Error", {})
    metadata: Mapping[str, Any] = response.get("ResponseMetadata", {})
    headers: Mapping[str, str] = metadata.get("HTTPHeaders", {})
    status = str(metadata.get("HTTPStatusCode", ""))
    code = str(error.get("Code", "") or status)
    said = str(error.get("Message") or "")  # an empty element comes as None
    region = _region(error, headers, said)
    where = headers.get("location", "")
    if status.startswith("3") and not region and (where or code == status):
        return _sent_on(where, attempted, status)
    skew = measured_skew(headers) or 0.0
    kind = _kind(code, status, region, skew, attempted)
    return store_error(
        kind,
        attempted,
        wording=NARROWER.get(code) if KIND_BY_CODE.get(code) == kind else None,
        detail=_quoted(code, said),
        region=f", {region}" if region else "",
        skew=f" by {skew_in_words(skew)}" if abs(skew) > _SKEW_TOLERATED else "",
        hint=_hint(kind, status if code == status else "", region, attempted),
    )


def _region(error: Mapping[str, Any], headers: Mapping[str, str], said: str) -> str:
    """The one the bucket is in, wherever this server tells it."""
    named = error.get("Region") or headers.get("x-amz-bucket-region")
    expected = _REGION_EXPECTED.search(said)
    return str(named) if named else expected[1] if expected else ""


def _kind(code: str, status: str, region: str, skew: float, attempted: Attempted) -> str:
    if code == "AuthorizationHeaderMalformed" and region:
        return "redirect"
    if status == "403" and abs(skew) > _SKEW_TOLERATED:
        return "clock_skew"  # servers call it many names, and a HEAD gives none at all
    odd = _NOT_S3_STATUSES | (_NEVER_FROM_S3 if attempted.is_stranger else frozenset())
    if code == status and status in odd and not attempted.is_look:
        return "not_s3"  # an S3 server names its errors wherever an answer has a body
    by_status = {"5": "server_error"}.get(status[:1], "refused")
    return KIND_BY_CODE.get(code) or KIND_BY_CODE.get(status, by_status)


def _hint(kind: str, bare_status: str, region: str, attempted: Attempted) -> str:
    """What to try, where the kind alone does not tell. `bare_status` is set when no reason came with it."""
    if kind == "redirect" and not region:
        return "find out the bucket's region, and give that"
    if bare_status and kind == "access_denied" and not attempted.is_look:
        return NO_REASON
    return plain_http_hint(attempted) if bare_status == "400" else ""


def _sent_on(location: str, attempted: Attempted, status: str) -> StoreError:
    """A redirect to another host, most often from http to https, or to a page to log in. It is not followed:
    whoever answers could send our requests anywhere."""
    scheme, slashes, rest = location.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    origin = f"{scheme}://{host}" if slashes and host else ""
    hint = f"if the S3 server is there, give {origin} as the endpoint" if origin else ""
    detail = f" (to {origin})" if origin else f" ({status})"
    return store_error("sent_on", attempted, detail=detail, hint=hint)


def measured_skew(headers: Mapping[str, str]) -> float | None:
    """Seconds the server's clock is ahead of ours, by its Date header; None when it gives none."""
    try:
        return (parsedate_to_datetime(headers["date"]) - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def plain_http_hint(attempted: Attempted) -> str:
    """That a stranger on http may have wanted https."""
    if urlsplit(attempted.endpoint).scheme != "http" or not attempted.is_stranger:
        return ""
    return f"it may be an https port: try https://{attempted.endpoint.partition('://')[2]}"


def _quoted(code: str, message: str) -> str:
    text = message if message and message != code else ""
    return f" ({code}: {text})" if text else f" ({code})"
