"""Who reaches S3 alike has one client; a key that was put right, or another server, is another way."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret
from bak_tui.services.s3 import Accesses, Bucket, S3Options

OPTIONS = S3Options()
TARGET = Target("one", endpoint="http://127.0.0.1:1", access_key="AK", secret_key=Secret("SK"))


@pytest.fixture(autouse=True)
def aws_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def test_two_buckets_and_prefixes_of_one_server_share_the_client() -> None:
    accesses = Accesses()
    one, other = (
        accesses.of(TARGET, OPTIONS),
        accesses.of(replace(TARGET, bucket="other", prefix="a"), OPTIONS),
    )
    assert one is other
    assert one.client is other.client


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://127.0.0.1:2"},
        {"secret_key": Secret("SK2")},
        {"verifies_tls": False},
        {"region": "x"},
    ],
    ids=["server", "secret", "TLS", "region"],
)
def test_whoever_reaches_it_differently_has_a_client_of_their_own(change: dict[str, object]) -> None:
    accesses = Accesses()
    other = replace(TARGET, **change)  # type: ignore[arg-type]  # by name
    assert accesses.of(TARGET, OPTIONS) is not accesses.of(other, OPTIONS)


def test_keys_that_are_put_right_in_a_file_or_variable_are_used_at_once(
    aws_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accesses = Accesses()
    bare = replace(TARGET, access_key=None, secret_key=None)
    file = aws_folder / "credentials"

    def key_in_use() -> str:
        found = accesses.of(bare, OPTIONS).session.get_credentials()
        assert found is not None
        return found.access_key

    for number, key in enumerate(("A", "B")):
        file.write_text(f"[default]\naws_access_key_id={key}\naws_secret_access_key=S\n")
        os.utime(file, (number, number))  # two writings within one tick of the clock look alike
        assert [key_in_use(), key_in_use()] == [key, key]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "C")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
    assert key_in_use() == "C"


def test_only_the_last_few_are_kept() -> None:
    accesses = Accesses()
    first = accesses.of(TARGET, OPTIONS)
    for number in range(4):
        accesses.of(replace(TARGET, region=str(number)), OPTIONS)
    assert accesses.of(TARGET, OPTIONS) is not first


def test_an_aws_profile_that_does_not_exist_is_refused_each_time() -> None:
    accesses = Accesses()
    for _ in range(2):
        with pytest.raises(UsageError, match="nobody"):
            Bucket.open(replace(TARGET, aws_profile="nobody"), accesses=accesses)
