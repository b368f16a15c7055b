"""Secrets by reference: from files that only their owner reads, and from commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from bak_tui.core.errors import PasswordNeeded, UsageError
from bak_tui.core.references import KeysReference, PasswordReference
from bak_tui.core.secret import Secret
from bak_tui.services import credentials
from bak_tui.services.credentials import Keys, from_command, from_file
from tests.unit.test_settings import everything_told

CANARY = "hunter2 canary"


def secret_file(folder: Path, body: bytes, mode: int = 0o600) -> Path:
    path = folder / "pass word"
    path.write_bytes(body)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "body",
    [
        CANARY.encode(),
        f"{CANARY}\n".encode(),
        f"{CANARY}\r\nsecond line\n".encode(),
    ],
)
def test_the_first_line_of_a_file_is_the_secret(tmp_path: Path, body: bytes) -> None:
    assert from_file(secret_file(tmp_path, body)).reveal() == CANARY


def test_only_a_line_end_ends_it(tmp_path: Path) -> None:
    assert from_file(secret_file(tmp_path, "a\u2028b\x0bc\n".encode())).reveal() == "a\u2028b\x0bc"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_file_that_others_may_read_is_refused_with_the_chmod_to_run(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, CANARY.encode(), mode)
    with pytest.raises(UsageError, match="can be read by others") as caught:
        from_file(path)
    assert caught.value.hint == f"chmod 600 '{path}'"
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"\n", b"\nsecond\n"])
def test_a_file_without_a_first_line_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UsageError, match="gives no password"):
        from_file(secret_file(tmp_path, body))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        from_file(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="cannot be read"):
        from_file(secret_file(tmp_path, b"\xff\xfe"))


def test_a_commands_first_line_is_the_secret() -> None:
    command = f"{sys.executable} -c \"print('{CANARY}'); print('more')\""
    assert from_command(command).reveal() == CANARY


def test_no_shell_runs_it(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    assert from_command(f"echo a; touch {marker}").reveal() == f"a; touch {marker}"
    assert not marker.exists()


@pytest.mark.parametrize(
    "command",
    ["", "   ", "no-such-program-here", "false", "echo 'unclosed", "true", "printf '\\377'"],
)
def test_a_command_that_fails_or_says_nothing_is_refused(command: str) -> None:
    with pytest.raises(UsageError, match="password command"):
        from_command(command)


def test_a_failing_commands_words_are_not_told() -> None:
    command = f"{sys.executable} -c \"print('{CANARY}'); raise SystemExit(3)\""
    with pytest.raises(UsageError) as caught:
        from_command(command)
    assert CANARY not in str(caught.value) + caught.value.hint


# -- references of a profile -------------------------------------------------------------------------------


class InMemory(KeyringBackend):
    """A keyring with two entries."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        entries = {"db": CANARY, "s3": f"AK:{CANARY}"}
        return entries.get(username) if service == "bak-tui" else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def in_memory_keyring() -> Any:
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


def password(raw: dict[str, Any], environment: dict[str, str] | None = None) -> Secret | None:
    reference = PasswordReference.model_validate(raw)
    return credentials.password(reference, "profile p", environment or {})


def keys(raw: dict[str, Any], environment: dict[str, str] | None = None) -> Keys | None:
    return credentials.keys(KeysReference.model_validate(raw), "profile p", environment or {})


def test_libpq_is_left_to_itself_and_so_is_boto() -> None:
    assert password({}) is None
    assert keys({}) is None
    assert keys({"from": "profile", "name": "x"}) is None
    assert keys({"from": "anonymous"}) is None


def test_a_password_comes_from_each_place(tmp_path: Path, in_memory_keyring: None) -> None:
    file = secret_file(tmp_path, CANARY.encode())
    printing = [sys.executable, "-c", f"print({CANARY!r})"]
    for found in (
        password({"from": "env", "name": "PW"}, {"PW": CANARY}),
        password({"from": "file", "path": str(file)}),
        password({"from": "command", "argv": printing}),
        password({"from": "keyring", "name": "db"}),
    ):
        assert found == Secret(CANARY)


def test_a_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    secret_file(tmp_path, CANARY.encode())
    assert password({"from": "file", "path": "~/pass word"}) == Secret(CANARY)


def test_what_is_to_be_asked_for_is_needed() -> None:
    with pytest.raises(PasswordNeeded, match="profile p"):
        password({"from": "prompt"})


@pytest.mark.parametrize("value", [{}, {"PW": ""}])
def test_a_variable_that_is_not_set_is_named(value: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="variable PW, which is not set"):
        password({"from": "env", "name": "PW"}, value)


def test_a_password_file_of_a_profile_must_be_the_users_alone(tmp_path: Path) -> None:
    path = secret_file(tmp_path, CANARY.encode(), 0o640)
    with pytest.raises(UsageError) as caught:
        password({"from": "file", "path": str(path)})
    assert "chmod 600" in caught.value.hint
    with pytest.raises(UsageError, match="key file"):
        keys({"from": "file", "path": str(path)})


def test_a_command_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_COMMAND_TIMEOUT", 0.2)
    with pytest.raises(UsageError, match="sleep failed") as caught:
        password({"from": "command", "argv": ["sleep", "60"]})
    assert "TimeoutError" in caught.value.hint


def test_a_command_of_a_profile_may_not_ask_nor_write_on_the_screen(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = "import sys; print('noise', file=sys.stderr); print(repr(sys.stdin.read()))"
    assert password({"from": "command", "argv": [sys.executable, "-c", code]}) == Secret("''")
    assert capfd.readouterr().err == ""


def test_what_a_failing_command_printed_is_nowhere_in_the_error() -> None:
    argv = [sys.executable, "-c", f"print({CANARY!r}[:]); raise SystemExit(3)"]
    with pytest.raises(UsageError) as caught:
        password({"from": "command", "argv": argv})
    assert CANARY not in everything_told(caught.value)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (f"AK\n{CANARY}\n", None),
        (f"AK\r\n{CANARY}\r\nT\r\n", "T"),
        (f"AK:{CANARY}\n", None),
        (f'{{"AccessKeyId": "AK", "SecretAccessKey": "{CANARY}", "SessionToken": "T"}}', "T"),
    ],
)
def test_keys_are_read_in_each_form(tmp_path: Path, text: str, token: str | None) -> None:
    found = keys({"from": "file", "path": str(secret_file(tmp_path, text.encode()))})
    assert found == Keys("AK", Secret(CANARY), Secret(token) if token else None)


def test_keys_come_from_each_place(in_memory_keyring: None) -> None:
    expected = Keys("AK", Secret(CANARY))
    assert keys({"from": "env", "names": ["A", "B"]}, {"A": "AK", "B": CANARY}) == expected
    assert keys({"from": "command", "argv": ["echo", f"AK:{CANARY}"]}) == expected
    assert keys({"from": "keyring", "name": "s3"}) == expected


@pytest.mark.parametrize("text", ["", "AK\n", "AK:", "a\nb\nc\nd\n", "{", '{"AccessKeyId": "AK"}'])
def test_what_is_no_pair_of_keys_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="gives no S3 keys"):
        keys({"from": "file", "path": str(secret_file(tmp_path, text.encode()))})


def test_an_entry_that_the_keyring_has_not_is_told_with_how_to_make_it(in_memory_keyring: None) -> None:
    with pytest.raises(UsageError, match="no entry other") as caught:
        password({"from": "keyring", "name": "other"})
    assert caught.value.hint == "keyring set bak-tui other"


def test_without_the_keyring_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UsageError) as caught:
        password({"from": "keyring", "name": "db"})
    assert caught.value.hint == "pip install 'bak-tui[keyring]'"
