"""Every file of ours, with anything in it, and anything in its place: told or passed over, never hung on."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.last_place import NOWHERE, parse_place
from bak_tui.services import reading
from tests.hostile.holding import refusals
from tests.hostile.own_files import OWN_FILES, PLACE, OwnFile, files_named_in_the_code, uses
from tests.hostile.strategies import HOSTILE, documents

_SECONDS = 20.0


def test_every_file_that_the_code_names_has_a_strategy() -> None:
    assert files_named_in_the_code() == {file.literal for file in OWN_FILES} - {".lock"}


def test_every_file_that_a_session_leaves_has_a_strategy(tmp_path: Path) -> None:
    for use in uses(tmp_path):
        with refusals():
            use()
    left = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    known = {Path(file.path) for file in OWN_FILES}
    kinds = {(path.parent, path.suffix) for path in known}
    assert left
    assert all(path in known or (path.parent, path.suffix) in kinds for path in left), left


@pytest.mark.parametrize("own", OWN_FILES, ids=lambda own: own.path)
@given(data=st.data())
@HOSTILE
def test_whatever_is_written_into_it_a_session_goes_on(
    tmp_path_factory: pytest.TempPathFactory, own: OwnFile, data: st.DataObject
) -> None:
    folder: Path = tmp_path_factory.mktemp("state")
    place = folder / own.path
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(data.draw(own.content))
    for use in uses(folder):
        with refusals():
            use()


@given(documents(PLACE))
@HOSTILE
def test_a_last_place_of_anything_is_a_place_or_none(raw: bytes) -> None:
    place = parse_place(raw)
    assert place == NOWHERE or place.pane in range(1, 5)
    assert place.to_json()
    assert place.folder_in(place.profile) in {"", place.folder}


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(path.parent)  # its path may be too long
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def _unreadable(path: Path) -> None:
    path.write_bytes(b"{}")
    path.chmod(0)


IN_ITS_PLACE: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a folder with something in it": lambda path: (path / "x").mkdir(parents=True),
    "a socket": _socket,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a full device": lambda path: path.symlink_to("/dev/full"),
    "no device": lambda path: path.symlink_to("/dev/null"),
    "a loop": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nowhere/at/all"),
    "what may not be read": _unreadable,
}


class Hung(BaseException):
    """Swallowed by nobody who bears with all that is wrong with a file."""


@contextmanager
def _ended_in_time() -> Iterator[None]:
    """Whatever hangs in here is torn out of it."""

    def tear(_signal: int, _frame: FrameType | None) -> None:
        raise Hung(f"it hung for {_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, tear)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_FOLDERS = ("begun", "counts", "logs", "journal", "config", ".")


@pytest.mark.parametrize("what", IN_ITS_PLACE)
@pytest.mark.parametrize("path", [*(own.path for own in OWN_FILES), *_FOLDERS])
def test_whatever_lies_in_its_place_nothing_hangs_or_crashes(
    tmp_path: Path, path: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    folder = tmp_path / "state"
    place = folder / path if path != "." else folder
    place.parent.mkdir(parents=True, exist_ok=True)
    IN_ITS_PLACE[what](place)
    with _ended_in_time():
        for use in uses(folder):
            with refusals():
                use()
