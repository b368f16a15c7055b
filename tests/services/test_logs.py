"""What `-v` shows: one safe line a record, and no secret in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bak_tui.core.secret import Secret, living_secrets
from bak_tui.services.logs import RedactingFormatter, crash_report, show_debug

CANARY = "hunter2canary"


@pytest.fixture(autouse=True)
def nobody_elses_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of another test may be known still, and a short one is part of many words."""
    others = living_secrets()

    def own() -> list[Secret]:
        return [secret for secret in living_secrets() if not any(secret is other for other in others)]

    monkeypatch.setattr("bak_tui.core.redaction.living_secrets", own)


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("bak_tui.x", logging.INFO, "x.py", 1, message, arguments, None)


def shown(message: str, *arguments: object, secrets: tuple[Secret, ...] = ()) -> str:
    text = RedactingFormatter().format(record(message, *arguments))
    del secrets  # a secret is known as long as somebody holds it
    return text


def test_a_known_secret_is_struck_out_wherever_it_stands() -> None:
    text = shown("with %s in %s", CANARY, f"x{CANARY}y", secrets=(Secret(CANARY),))
    assert CANARY not in text
    assert text.endswith("with ••• in x•••y")


def test_a_known_secret_with_a_control_character_is_struck_out_too() -> None:
    text = shown("with %s", "hun\tter2", secrets=(Secret("hun\tter2"),))
    assert text.endswith("with •••")


@pytest.mark.parametrize(
    "message",
    [
        f"postgresql://me:{CANARY}@db/x",
        f"https://me:{CANARY}@proxy:3128",
        f"host=db password={CANARY} user=me",
        f"PASSWORD={CANARY}",
        f"password='{CANARY}'",
        f"password='a \\' {CANARY}' user=me",
        f"https://s3/b?X-Amz-Signature={CANARY}&x=y",
        f"https://s3/b?X-Amz-Security-Token={CANARY}",
        f"https://s3/b?X-Amz-Credential={CANARY}/20261123",
    ],
)
@pytest.mark.fault("R38")
def test_secrets_that_nobody_told_us_are_struck_out_by_their_form(message: str) -> None:
    text = shown(message)
    assert CANARY not in text
    assert "•••" in text


def test_what_stands_beside_a_secret_stays() -> None:
    assert shown("password='a b' user=me").endswith("password=••• user=me")
    assert shown("s3/?X-Amz-Signature=abc&x=y").endswith("X-Amz-Signature=•••&x=y")


def test_an_empty_secret_strikes_nothing_out() -> None:
    assert shown("plain words", secrets=(Secret(""),)).endswith("plain words")


def test_a_foreign_line_end_makes_no_second_record() -> None:
    text = shown("key %s", "x\n2026-11-23 ERROR bak_tui: forged\x1b[2J")
    assert text.isprintable()
    assert r"x\n2026" in text


def test_a_traceback_keeps_its_lines_and_loses_its_secrets() -> None:
    broken = record("broke")
    try:
        raise ValueError(f"at postgresql://me:{CANARY}@db\x1b")
    except ValueError as error:
        broken.exc_info = (ValueError, error, error.__traceback__)
    text = RedactingFormatter().format(broken)
    assert len(text.splitlines()) > 3
    assert CANARY not in text
    assert all(line.isprintable() for line in text.splitlines())


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Ours, as it was before."""
    logger = logging.getLogger("bak_tui")
    handlers, level = logger.handlers, logger.level
    yield logger
    logger.handlers = handlers
    logger.setLevel(level)


def test_only_our_own_loggers_are_turned_up(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = Secret(CANARY)
    show_debug()
    logging.getLogger("bak_tui.services").debug("connecting as %s", secret.reveal())
    logging.getLogger("botocore").debug("token %s", CANARY)
    logging.getLogger("boto3.resources").info("token %s", CANARY)
    told = capsys.readouterr().err
    assert "connecting as •••" in told
    assert "token" not in told
    assert len(logger.handlers) == 1


def test_a_limit_of_the_machine_that_nobody_caught_is_no_defect() -> None:
    try:
        try:
            raise RuntimeError("can't start new thread")
        finally:
            raise RuntimeError("cannot join thread before it is started")
    except RuntimeError as error:
        told = crash_report(error)
    assert "no more threads or processes" in told
    assert "ulimit" in told
    assert "defect" not in told
    assert "Traceback" not in told
    assert "a defect of bak-tui" in crash_report(RuntimeError("x"))
