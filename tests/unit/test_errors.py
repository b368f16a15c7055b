"""The error tree: what `bak` exits with, and that nothing foreign comes through unescaped."""

from __future__ import annotations

import errno
import re

import pytest

from bak_tui.core import errors
from bak_tui.core.errors import BakError, Cancelled, ExitCode, PasswordNeeded, ServerError, UsageError, defect

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, BakError)
]


def drawn_tree() -> dict[str, tuple[str | None, int]]:
    """Each error of the module's docstring, with its parent and its exit code."""
    drawn: dict[str, tuple[str | None, int]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^    (?P<branches>[ │├└─]*)(?P<name>[A-Z]\w+) +(?P<code>\d+) ", line)
        if match:
            depth = len(match["branches"]) // 4
            path[depth:] = [match["name"]]
            drawn[match["name"]] = (path[depth - 1] if depth else None, int(match["code"]))
    return drawn


def test_the_tree_in_the_docstring_is_the_real_tree() -> None:
    real = {
        cls.__name__: (None if cls is BakError else cls.__bases__[0].__name__, int(cls.exit_code))
        for cls in CLASSES
    }
    assert drawn_tree() == real


def test_every_error_has_a_kind_of_its_own() -> None:
    kinds = [cls.kind for cls in CLASSES]
    assert len(set(kinds)) == len(kinds)
    assert all(re.fullmatch("[a-z_]+", kind) for kind in kinds)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (ExitCode.DONE, 0),
        (ExitCode.FAILED, 1),
        (ExitCode.USAGE, 2),
        (ExitCode.PARTIAL, 3),
        (ExitCode.SERVER, 4),
        (ExitCode.STORE, 5),
        (ExitCode.INTEGRITY, 6),
        (ExitCode.TOOLS, 7),
        (ExitCode.LOCKED, 8),
        (ExitCode.CONFIRMATION, 9),
        (ExitCode.HANGUP, 129),
        (ExitCode.INTERRUPTED, 130),
        (ExitCode.TERMINATED, 143),
    ],
)
def test_exit_codes_are_the_documented_ones(code: ExitCode, number: int) -> None:
    assert code == number


def test_messages_and_hints_are_made_safe_for_a_terminal() -> None:
    error = ServerError("said \x1b]0;owned\x07 and\nmore", hint="try \u202egnp.sql")
    assert str(error) == error.message == r"said \x1b]0;owned\x07 and\nmore"
    assert error.hint == r"try \u202egnp.sql"


def test_a_message_of_a_megabyte_is_cut() -> None:
    error = BakError("x" * 1_000_000)
    assert len(error.message) == 2000
    assert error.message.endswith("…")


def test_a_kind_can_be_told_apart_without_a_class_of_its_own() -> None:
    assert (ServerError("x").kind, ServerError("x", kind="stalled").kind) == ("server", "stalled")
    assert ServerError.kind == "server"


def test_a_needed_password_is_a_server_error() -> None:
    assert isinstance(PasswordNeeded("x"), ServerError)
    assert PasswordNeeded("x").exit_code is ExitCode.SERVER


def test_cancelled_needs_no_words() -> None:
    assert (str(Cancelled()), Cancelled().exit_code) == ("cancelled", ExitCode.INTERRUPTED)


def test_a_cause_is_kept() -> None:
    with pytest.raises(UsageError) as caught:
        raise UsageError("no") from ValueError("why")
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "open files"),
        (RuntimeError("can't start new thread"), "threads or processes"),
        (MemoryError(), "memory"),
    ],
)
def test_a_limit_of_the_machine_is_no_defect(error: Exception, limit: str) -> None:
    told = defect("backup", error)
    assert told.kind == "limit"
    assert limit in told.message
    assert "ulimit" in told.hint
