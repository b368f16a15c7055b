"""What stands in the form is what is stored, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bak_tui.core.errors import UsageError
from bak_tui.core.providers import product_of, provider_named, provider_of
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.operations.doctor.examining import Finding
from bak_tui.tui.dialogs.profile_draft import Draft, draft_of, server_from_uri
from bak_tui.tui.dialogs.profile_trial import finding_lines, state_line
from bak_tui.tui.look.spans import width_of
from bak_tui.tui.look.wrapping import wrapped


@pytest.mark.parametrize(
    "raw",
    [
        {"server": {}},
        {"server": {"host": "/run/pg", "port": 5433, "database": "x", "options": {"connect_timeout": "3"}}},
        {"server": {"service": "live", "sslmode": "verify-full", "sslrootcert": "~/ca.pem"}},
        {"server": {"password": {"from": "env", "name": "DB"}}},
        {"server": {"password": {"from": "file", "path": "~/a b"}}},
        {"server": {"password": {"from": "command", "argv": ["pass", "show", "it's here"]}}},
        {"server": {"password": {"from": "keyring", "name": "x"}}},
        {"server": {"password": {"from": "prompt"}}},
        {"target": {"bucket": "b"}, "environment": "PROD", "read_only": True, "max_age": "1d12h"},
        {"target": {"bucket": "b", "prefix": "p/", "addressing": "path", "verify_tls": False}},
        {"target": {"bucket": "b", "endpoint": "http://s3.example", "plain_http": True}},
        {"server": {"options": {"application_name": "it's a b", "gssencmode": "disable"}}},
        {"target": {"bucket": "b", "endpoint": "https://x", "region": "eu", "ca_bundle": "/ca"}},
        {"target": {"bucket": "b", "keys": {"from": "profile", "name": "ceph"}}},
        {"target": {"bucket": "b", "keys": {"from": "env", "names": ["A", "B", "C"]}}},
        {"target": {"bucket": "b", "keys": {"from": "command", "argv": ["pass", "s3"]}}},
        {"target": {"bucket": "b", "keys": {"from": "anonymous"}}},
    ],
)
def test_an_untouched_form_is_the_profile_it_was_made_of(raw: Mapping[str, Any]) -> None:
    stored = parse_profile("x", raw)
    assert draft_of(stored).parsed() == stored


def test_a_new_form_is_no_profile_yet() -> None:
    with pytest.raises(UsageError, match="needs a server, a target, or both"):
        filled(name="x").parsed()


def filled(**values: str) -> Draft:
    draft = Draft()
    return replace(draft, values={**draft.values, **values})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"password": "env"}, "server.password: .* needs name"),
        ({"password": "env", "password_detail": "1x"}, "no variable's name"),
        ({"password": "command", "password_detail": "echo 'x"}, "quotes do not match"),
        ({"options": "connect_timeout"}, "server.options: an option is NAME=VALUE"),
        ({"options": "a='b"}, "server.options: a quote is not closed"),
        ({"options": "password=secret"}, "server.options: .*does not belong here"),
        ({"host": "h", "keys": "profile"}, "target.bucket: is missing"),
        ({"bucket": "b", "keys": "env", "keys_detail": "A"}, "target.keys: names are two variables"),
    ],
)
def test_a_reference_that_lacks_something_is_named(values: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        filled(name="x", **values).parsed()


def test_a_uri_is_taken_apart_and_its_password_is_apart_from_the_rest() -> None:
    values, password = server_from_uri("postgres://u:s%40cret@h:5433/d?sslmode=require&connect_timeout=3")
    assert values == {
        "host": "h",
        "port": "5433",
        "user": "u",
        "sslmode": "require",
        "sslrootcert": "",
        "service": "",
        "database": "d",
        "options": "connect_timeout=3",
    }
    assert password is not None
    assert password.reveal() == "s@cret"
    assert "s@cret" not in repr((values, password))


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("", "AWS"),
        ("https://s3.eu-west-1.amazonaws.com", "AWS"),
        ("https://abc.r2.cloudflarestorage.com", "R2"),
        ("https://s3.us-west-004.backblazeb2.com", "B2"),
        ("https://storage.googleapis.com", "GCS"),
        ("https://rgw.example", "other"),
        ("https://evilamazonaws.com", "other"),
        ("https://[", "other"),
    ],
)
def test_a_provider_is_told_by_its_endpoint(endpoint: str, name: str) -> None:
    assert provider_of(endpoint) is provider_named(name)


def test_findings_are_told_in_words_and_fit() -> None:
    wrong = UsageError("a very long sentence about what is wrong here", hint="and what to try")
    findings = [Finding("server", "PostgreSQL 16"), Finding("list", "works"), Finding("put", "works")]
    assert state_line("target", findings) == [("● works", "ok")]
    lines = finding_lines([*findings, Finding("get", str(wrong), wrong)], 30)
    assert all(width_of(line) <= 30 for line in lines)
    said = "\n".join("".join(text for text, _ in line) for line in lines)
    assert "list, put" in said
    assert "get        ✗ a very" in said
    assert "and what to try" in said


def test_wrapping_breaks_at_blanks_and_where_there_is_none() -> None:
    assert wrapped("", 10) == []
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("漢字漢字漢字", 5) == ["漢字", "漢字", "漢字"]
    assert "".join(wrapped("x" * 25, 10)) == "x" * 25


@pytest.mark.parametrize(
    ("endpoint", "headers", "name"),
    [
        ("https://s3.eu-west-1.amazonaws.com", {}, "AWS"),
        ("https://x.r2.cloudflarestorage.com", {"server": "cloudflare"}, "R2"),
        ("https://rgw.example.org", {"server": "Ceph Object Gateway (pacific)"}, "Ceph RGW"),
        ("https://rgw.example.org", {"x-amz-request-id": "tx00000c5-0065-1234-default"}, "Ceph RGW"),
        ("https://s3.example.org", {"server": "MinIO"}, "MinIO"),
        ("https://s3.example.org", {"server": "nginx"}, ""),
        ("http://127.0.0.1:9", {"server": "AmazonS3"}, ""),  # rclone serve s3
    ],
)
def test_whose_s3_answered_is_told_by_its_host_or_by_its_answer(
    endpoint: str, headers: dict[str, str], name: str
) -> None:
    assert product_of(endpoint, headers) == name


def test_quirks_are_counted_above_and_told_below() -> None:
    findings = [Finding("bucket", "s3://b/"), Finding("list", "works"), Finding("quirk", "no batch delete")]
    assert state_line("target", findings) == [("▲ works, 1 quirk", "warn")]
    lines = ["".join(text for text, _ in line) for line in finding_lines(findings, 60)]
    assert any(line.split() == ["quirk", "▲", "no", "batch", "delete"] for line in lines)
    hidden = Finding("may read", "all but one", needs_look=True)
    (line,) = ["".join(text for text, _ in line) for line in finding_lines([hidden], 60)]
    assert line.split() == ["may", "read", "▲", "all", "but", "one"]
    assert state_line("server", [Finding("psycopg", "connected"), hidden]) == [("● reached", "ok")]
