"""What an ETag tells of the bytes, and when it tells nothing."""

from __future__ import annotations

import pytest

from bak_tui.core.etags import contradicts
from bak_tui.core.parts import PartDigest, StreamDigest, multipart_etag

MD5 = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
ONE = StreamDigest(1, "", (PartDigest(1, "", MD5),))
TWO = StreamDigest(2, "", (PartDigest(1, "", MD5), PartDigest(1, "", OTHER)))


@pytest.mark.parametrize(
    ("etag", "digest", "told"),
    [
        (MD5, ONE, False),
        (MD5.upper(), ONE, False),
        (OTHER, ONE, True),
        (multipart_etag(ONE.parts), ONE, False),
        (multipart_etag(TWO.parts), TWO, False),
        (f"{OTHER}-2", TWO, True),
        (f"{OTHER}-3", TWO, None),
        (OTHER, TWO, None),
        ("", ONE, None),
        ("an opaque one", ONE, None),
    ],
)
def test_only_an_etag_of_the_same_form_can_contradict(
    etag: str, digest: StreamDigest, told: bool | None
) -> None:
    assert contradicts(etag, digest) is told
