"""What servers and programs say: sorted, translated and shown, whatever they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret
from bak_tui.services.pgtools.complaints import skipped, sort_complaints
from bak_tui.services.pgtools.untangling import is_of_errors
from bak_tui.services.s3.attempted import Attempted
from bak_tui.services.s3.listing_xml import parse_listing
from bak_tui.services.s3.refusal import measured_skew
from bak_tui.services.s3.translate import translate
from tests.fakes.telling_postgres import READY, TellingPostgres, instance_at, message
from tests.hostile.holding import refusals, shown
from tests.hostile.strategies import HOSTILE, damaged, hostile_text, keys, output_lines

TARGET = Target("b", access_key="AKIA", secret_key=Secret("s3-canary"), session_token=Secret("token-canary"))
DATES = (
    "Mon, 23 Nov 2026 12:00:00 GMT",
    "Mon, 23 Nov 2026 12:00:00 -0000",
    "Mon, 23 Nov 2026 12:00:00 +9999",
    "Mon, 23 Nov 2026 12:00:00 +99999999999999999999",
    "Mon, 23 Nov 99999999 12:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 31 Dec 9999 23:59:59 -2359",
)


@given(output_lines, st.booleans())
@HOSTILE
def test_whatever_pg_restore_says_is_sorted(lines: list[str], of_workers: bool) -> None:
    complaints = sort_complaints(lines, of_workers=of_workers)
    skipped(complaints)
    assert len(complaints) <= len(lines) + 1
    for line in lines:
        is_of_errors(line)


class Refusal(Exception):
    """As botocore's ClientError holds it."""

    def __init__(self, response: dict[str, Any]) -> None:
        super().__init__("refused")
        self.response = response


@given(
    hostile_text,
    hostile_text,
    hostile_text,
    st.sampled_from(["s3-canary", "token-canary", "X-Amz-Signature=sig-canary", "http://u:url-canary@h/"]),
    st.one_of(st.sampled_from(DATES), hostile_text),
    st.integers(0, 999),
    keys,
)
@HOSTILE
def test_whatever_a_store_answers_is_told_in_a_sentence_without_its_secrets(
    code: str, message: str, region: str, secret: str, date: str, status: int, key: str
) -> None:
    headers = {"date": date, "x-amz-bucket-region": region}
    error = translate(
        Refusal(
            {
                "Error": {"Code": code, "Message": f"{message} {secret}", "Region": region},
                "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
            }
        ),
        Attempted("list", TARGET, "https://s3", key),
    )
    shown(error.message, error.hint)
    assert "canary" not in error.message
    skew = measured_skew(headers)
    assert skew is None or isinstance(skew, float)


_FIELDS = st.dictionaries(
    st.sampled_from(list("SVCMDHPpqWstcdnFLR?")),
    st.one_of(
        hostile_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.binary(max_size=20),
        st.sampled_from([b"42501", b"57014", b"40001", b"28P01", b"00000", b"x" * 5000, b"FATAL", b"9" * 40]),
    ).map(lambda raw: raw.replace(b"\0", b"")),
)
"""Of an error or a notice, as the protocol has them: a letter and text of any bytes."""


def _told(fields: dict[str, bytes]) -> bytes:
    return b"".join(letter.encode() + raw + b"\0" for letter, raw in fields.items()) + b"\0"


@given(st.lists(st.tuples(st.sampled_from([b"N", b"N", b"E", b"S", b"A"]), _FIELDS), max_size=3), _FIELDS)
@HOSTILE
def test_whatever_a_server_says_is_told_in_a_sentence_and_printed_by_nobody(
    capfd: pytest.CaptureFixture[str], said: list[tuple[bytes, dict[str, bytes]]], error: dict[str, bytes]
) -> None:
    begun = b"".join(message(kind, _told(fields)) for kind, fields in said)
    with TellingPostgres(begun + message(b"E", _told(error)) + READY, b"") as server, refusals():
        instance_at(server).databases()
    assert capfd.readouterr() == ("", "")


LISTING = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>'
    b"<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
    b"<Contents><Key>a%2Fb+c</Key><Size>10</Size><LastModified>2026-11-23T12:00:00.000Z</LastModified>"
    b"<ETag>&quot;e&quot;</ETag></Contents>"
    b"<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes></ListBucketResult>"
)
TIMES = (
    b"0001-01-01T00:00:00+23:59",
    b"9999-12-31T23:59:59-23:59",
    b"Z",
    b"1e300",
    b"-99999999999999",
    b"nan",
)


@given(
    st.one_of(
        damaged(LISTING),
        st.sampled_from(TIMES).map(lambda when: LISTING.replace(b"2026-11-23T12:00:00.000Z", when)),
        st.sampled_from([b"-1", b"1e9", b"9" * 30, b"9" * 5000, b"\xd9\xa3"]).map(
            lambda size: LISTING.replace(b">10<", b">" + size + b"<")
        ),
        st.just(b"<a>" * 100_000),
        st.binary(max_size=200),
    )
)
@HOSTILE
def test_whatever_a_listing_looks_like_it_is_read_or_is_none(body: bytes) -> None:
    from botocore.parsers import ResponseParserError

    try:
        found = parse_listing(body)
    except ResponseParserError:
        return
    for stored in found.objects:
        assert 0 <= stored.size < 2**63
        assert stored.modified.utcoffset() is not None
