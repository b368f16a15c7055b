"""What an ETag says of an object's bytes, and when it says nothing.

S3's ETag of a PUT is its MD5 and of a multipart upload `md5(md5s)-N`, but not everywhere: with SSE-KMS it is
neither, and `rclone serve s3` answers Complete with `md5(md5s)-N` and a HEAD with the MD5 of the whole. So an
ETag of another form than the predicted one proves nothing, neither way; one of the same form must be equal.
(docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html, ETag)
"""

from __future__ import annotations

import re

from bak_tui.core.parts import StreamDigest, multipart_etag

_FORM = re.compile(r"[0-9a-f]{32}(?P<parts>-\d+)?")


def bare(etag: str | None) -> str:
    """An ETag without its quotes; empty when there is none.

    Some servers give none of the quotes, and what compresses answers makes weak ones (RFC 9110, 8.8.3).
    """
    return (etag or "").strip().removeprefix("W/").strip('"')


def etag_form(etag: str) -> str | None:
    """`-` for a multipart ETag, empty for an MD5, None for anything else."""
    match = _FORM.fullmatch(etag.lower())
    return None if match is None else "-" if match["parts"] else ""


def contradicts(etag: str, digest: StreamDigest) -> bool | None:
    """Whether an object with this ETag holds other bytes; None when the ETag does not tell.

    One of another number of parts tells nothing: the object was copied in parts of another size.
    """
    form = etag_form(etag)
    if form == "-" and etag.endswith(f"-{len(digest.parts)}"):
        return etag.lower() != multipart_etag(digest.parts)
    if form == "" and len(digest.parts) == 1:
        return etag.lower() != digest.parts[0].md5
    return None
