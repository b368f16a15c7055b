"""A secret does not tell itself, whatever is done to it."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret, living_secrets

CANARY = "hunter2-canary"
SECRET = Secret(CANARY)


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>40}",
        f"{SECRET:>40}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031  # the old way is a way
        str([SECRET]),
        repr({"password": SECRET}),
        repr(Server(host="db", password=SECRET)),
        repr(Target(bucket="b", access_key="k", secret_key=SECRET, session_token=SECRET)),
        repr(Profile("p", Server(password=SECRET), None)),
    ],
)
def test_no_way_of_printing_shows_it(shown: str) -> None:
    assert CANARY not in shown
    assert "•••" in shown


@pytest.mark.parametrize(
    "keep", [pickle.dumps, copy.copy, copy.deepcopy, lambda secret: secret.__getstate__()]
)
def test_it_cannot_be_stored_or_copied(keep: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError, match="not to be stored"):
        keep(SECRET)


def test_it_cannot_be_written_as_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"password": SECRET})


def test_it_has_no_attributes_to_look_into() -> None:
    assert not hasattr(SECRET, "__dict__")


def test_only_reveal_gives_it() -> None:
    assert SECRET.reveal() == CANARY


def test_equal_secrets_are_equal_and_a_string_is_never_one() -> None:
    assert Secret(CANARY) == SECRET
    assert hash(Secret(CANARY)) == hash(SECRET)
    assert Secret("x") != SECRET
    assert SECRET != CANARY


def test_all_are_known_while_another_is_made() -> None:
    """By another thread, between any two lines: the log of this one would be lost to an error."""
    made: list[Secret] = []

    def makes_one(frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code.co_filename == weakref.__file__:
            made.append(Secret("another"))
            return makes_one
        return None

    before = sys.gettrace()
    sys.settrace(makes_one)
    try:
        known = living_secrets()
    finally:
        sys.settrace(before)
    assert made
    assert SECRET in known
