"""Signing with the hash that is known already.

Over plain http every part's SHA-256 is signed with it, and botocore would read the part once more to find it:
a sixth of what an upload costs the processor. Over https nothing but the Content-MD5 is signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

from bak_tui.services.s3.body import GuardedBody

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_USUAL = "s3v4"
_OURS = "s3v4-known-hash"


class KnownHashAuth(S3SigV4Auth):
    """Signature version 4, but for a GuardedBody's hash, which is not made again."""

    def payload(self, request: Any) -> str:
        """What X-Amz-Content-SHA256 says, and the signature covers."""
        if isinstance(request.body, GuardedBody) and not request.url.startswith("https:"):
            return request.body.sha256
        return str(super().payload(request))


def sign_with_known_hashes(client: S3Client) -> None:
    """Let this client sign its uploads so. What is signed in another way, or not at all, stays as it is."""
    AUTH_TYPE_MAPS.setdefault(_OURS, KnownHashAuth)
    for operation in ("PutObject", "UploadPart"):
        chooser = cast("Callable[..., None]", _choose)  # the stubs know no event that is answered
        client.meta.events.register_first(f"choose-signer.s3.{operation}", chooser)


def _choose(signature_version: str, **_: object) -> str | None:
    return _OURS if signature_version == _USUAL else None
