"""Failures told in the user's words, each of its kind, and none with a secret in it."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import BakError, StoreError, UsageError
from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret
from bak_tui.services.s3 import Bucket
from tests.faults.s3_proxy import FOR_EVER, Fault, Refuse, S3Proxy, Say
from tests.services.s3.conftest import FAST
from tests.waiting import PATIENCE

REFUSALS: dict[str, Fault] = {
    "access_denied": Refuse(403, "AccessDenied"),
    "credentials_expired": Refuse(400, "ExpiredToken"),
    "bad_credentials": Refuse(403, "SignatureDoesNotMatch"),
    "no_bucket": Refuse(404, "NoSuchBucket"),
    "not_found": Refuse(404, "NoSuchKey"),
    "clock_skew": Refuse(403, "Whatever", clock_off=-3600),
    "slow_down": Refuse(503, "SlowDown"),
    "server_error": Refuse(500, "InternalError"),
    "not_implemented": Refuse(501, "NotImplemented"),
    "redirect": Refuse(301, "PermanentRedirect", headers={"x-amz-bucket-region": "eu-west-3"}),
    "archived": Refuse(403, "InvalidObjectState"),
    "not_s3": Say(405, b"<html><body>405 Not Allowed</body></html>"),
    "sent_on": Say(301, b"<html><body>moved</body></html>", {"Location": "https://else.where:9000/b?k=v"}),
    "refused": Refuse(400, "SomethingNew"),
    "stalled": Refuse(400, "RequestTimeout"),
}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that knows no AWS."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def failure_of(target: Target) -> BakError:
    with pytest.raises(BakError) as caught:
        Bucket.open(target, FAST).read("the/key", limit=10)
    return caught.value


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_told_with_endpoint_bucket_key_and_action(
    proxied: Bucket, proxy: S3Proxy, kind: str
) -> None:
    proxy.fault("GetObject", REFUSALS[kind], times=FOR_EVER)
    proxy.fault("HeadBucket", REFUSALS[kind], times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        proxied.read("the/key", limit=10)
    error = caught.value
    assert error.kind == kind
    assert str(error).startswith(f"cannot read s3://{proxied.target.bucket}/the/key at {proxy.url}: ")
    assert "\n" not in str(error)
    assert ("eu-west-3" in str(error)) is (kind == "redirect")
    assert ("1 h" in str(error) or "60 min" in str(error)) is (kind == "clock_skew")


PAGE = b"<html><body>Welcome!</body></html>"
HTML = {"Content-Type": "text/html"}
ANSWERS: dict[str, tuple[Fault, str, str, str]] = {
    "denied": (Refuse(403, "AccessDenied"), "access_denied", "access denied", "(s3:ListBucket)"),
    "forbidden by a proxy": (Say(403, PAGE, HTML), "access_denied", "access denied", "proxy or firewall"),
    "page": (Say(200, PAGE, HTML), "not_s3", "does not speak S3", "a web console"),
    "no verb": (Say(501, PAGE, HTML), "not_s3", "does not speak S3 (501", "a web console"),
    "no page": (Say(404, PAGE, HTML), "not_s3", "does not speak S3", "a web console"),
    "to https": (
        Say(308, PAGE, {"Location": "https://else.where:9000/b"}),
        "sent_on",
        "(to https://else.where:9000)",
        "give https://else.where:9000 as the endpoint",
    ),
    "to nowhere": (Say(302), "sent_on", "sends us on (302)", "check the endpoint"),
    "unnamed region": (Refuse(301, "PermanentRedirect"), "redirect", "another region (", "find out"),
    "region in words": (
        Refuse(400, "AuthorizationHeaderMalformed", "the region is wrong; expecting 'eu-west-3'"),
        "redirect",
        "another region, eu-west-3",
        "give that region",
    ),
    "clock": (Refuse(403, "RequestTimeTooSkewed"), "clock_skew", "the clocks differ (", "NTP"),
    "throttled": (Refuse(503, "SlowDown"), "slow_down", "asks to slow down", "--parallel"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_an_endpoint_answers_at_first_is_told_with_what_to_do(
    s3_target: Target, proxy: S3Proxy, answer: str
) -> None:
    fault, kind, said, hint = ANSWERS[answer]
    for operation in ("ListObjectsV2", "HeadBucket"):
        proxy.fault(operation, fault, times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        next(Bucket.open(replace(s3_target, endpoint=proxy.url), FAST).pages(""))
    assert (caught.value.kind, caught.value.message.count("\n")) == (kind, 0)
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_wrong_keys_and_missing_buckets_are_told_apart(s3_target: Target) -> None:
    assert failure_of(replace(s3_target, bucket="no-such-bucket")).kind == "no_bucket"
    wrong = replace(s3_target, secret_key=Secret("wrong-secret"))
    assert failure_of(wrong).kind == "bad_credentials"
    assert "the secret key does not fit" in str(failure_of(wrong))
    assert "the access key is not known" in str(failure_of(replace(s3_target, access_key="stranger")))
    nonsense = failure_of(replace(s3_target, bucket="Not A Bucket!"))
    assert (nonsense.kind, "regex" in str(nonsense)) == ("bad_bucket_name", False)
    with pytest.raises(UsageError, match="no possible region"):
        Bucket.open(replace(s3_target, region="no such region"), FAST).head("x")


def test_a_port_where_nobody_listens_is_told_quickly(s3_target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    started = time.monotonic()
    error = failure_of(replace(s3_target, endpoint=f"http://127.0.0.1:{port}"))
    assert error.kind == "unreachable"
    assert f"127.0.0.1:{port}" in str(error)
    assert "Connection refused" in str(error)
    assert time.monotonic() - started < PATIENCE


def test_a_port_that_takes_the_connection_and_says_nothing_is_asked_twice_and_no_more(
    s3_target: Target,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        bucket = Bucket.open(replace(s3_target, endpoint=endpoint), replace(FAST, read_timeout=0.2))
        with pytest.raises(StoreError) as caught:
            bucket.read("the/key", limit=10)
        server.setblocking(False)
        taken = 0
        with suppress(BlockingIOError):
            while True:
                server.accept()[0].close()
                taken += 1
    assert (caught.value.kind, taken) == ("stalled", 2)
    assert endpoint in caught.value.message


def test_an_unknown_host_is_told(s3_target: Target) -> None:
    error = failure_of(replace(s3_target, endpoint="https://no-such-host.invalid"))
    assert (error.kind, "no-such-host.invalid" in str(error)) == ("unreachable", True)


def test_tls_to_a_plain_port_is_told(s3_target: Target) -> None:
    assert s3_target.endpoint
    error = failure_of(replace(s3_target, endpoint=s3_target.endpoint.replace("http:", "https:")))
    assert error.kind == "tls"
    assert "http://" in error.hint


def test_an_endpoint_that_is_none_is_a_usage_error(s3_target: Target) -> None:
    assert isinstance(failure_of(replace(s3_target, endpoint="not an endpoint")), UsageError)
    assert isinstance(failure_of(replace(s3_target, ca_bundle="/no/such/file")), UsageError)


def test_missing_credentials_are_told(s3_target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = replace(s3_target, access_key=None, secret_key=None)
    assert failure_of(bare).kind == "no_credentials"
    assert Bucket.open(bare, FAST).credentials_origin() == "nothing found"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "half")
    assert failure_of(bare).kind == "no_credentials"
    with pytest.raises(StoreError):
        Bucket.open(bare, FAST).credentials_origin()


def test_an_unknown_aws_profile_is_a_usage_error_naming_it(s3_target: Target) -> None:
    with pytest.raises(UsageError, match="AWS profile nobody"):
        Bucket.open(replace(s3_target, aws_profile="nobody"))


def test_a_configuration_of_aws_that_cannot_be_read_is_a_usage_error_naming_the_file(
    s3_target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("no section[")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(UsageError, match=str(tmp_path / "config")):
        Bucket.open(s3_target)


def test_credentials_come_from_flags_then_the_profile_then_the_environment(
    s3_target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text("[prod]\naws_access_key_id=AK1\naws_secret_access_key=SK1\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK2")
    bare = replace(s3_target, access_key=None, secret_key=None)

    def origin(target: Target) -> str:
        return Bucket.open(target, FAST).credentials_origin()

    assert origin(bare).startswith("environment")
    assert origin(replace(bare, aws_profile="prod")) == "AWS credentials file, profile prod"
    assert origin(replace(s3_target, aws_profile="prod")) == "the keys given to bak"
    assert origin(replace(bare, is_anonymous=True)) == "none (anonymous)"
    assert Bucket.open(replace(s3_target, aws_profile="prod"), FAST).head("x") is None


def test_the_endpoint_in_use_shows_a_redirection(s3_target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere:9000")
    elsewhere = replace(s3_target, endpoint=None, allows_plain_http=True)
    assert Bucket.open(elsewhere, FAST).endpoint_in_use() == "http://elsewhere:9000"
    with pytest.raises(UsageError, match="plain http to another host"):
        Bucket.open(replace(elsewhere, allows_plain_http=False), FAST).endpoint_in_use()
    assert Bucket.open(s3_target, FAST).endpoint_in_use() == s3_target.endpoint


@pytest.mark.fault("R38")
def test_no_secret_gets_into_a_message(s3_target: Target, proxy: S3Proxy) -> None:
    secret = "canary-secret-key"
    target = replace(s3_target, endpoint=proxy.url, secret_key=Secret(secret))
    said = f"key {secret} and https://u:pw-canary@host/?X-Amz-Signature=canary-signature&amp;a=1 \x1b[31m"
    proxy.fault("GetObject", Refuse(403, "AccessDenied", said.replace("\x1b", "")), times=FOR_EVER)
    error = failure_of(target)
    assert "•••" in str(error)
    assert "canary" not in f"{error} {error.hint} {error!r}"


def test_boto_does_not_log_what_it_sends(proxied: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    proxied.write("a", b"x")
    assert [record for record in caplog.records if record.name.startswith(("boto", "urllib3"))] == []


def test_probing_leaves_nothing_and_tells_what_is_not_allowed(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket
) -> None:
    proxied.probe_write("a/probe")
    assert bucket.open_uploads("") == ()
    assert bucket.head("a/probe") is None
    proxy.fault("CreateMultipartUpload", Refuse(403, "AccessDenied"))
    with pytest.raises(StoreError, match=r"cannot write .*access denied"):
        proxied.probe_write("a/probe")


def test_a_server_that_gives_no_words_is_quoted_with_none(proxied: Bucket, proxy: S3Proxy) -> None:
    body = b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message></Message></Error>"
    proxy.fault("GetObject", Say(404, body, {"Content-Type": "application/xml"}), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        proxied.read("the/key", limit=10)
    assert str(caught.value).endswith("(NoSuchBucket)")
