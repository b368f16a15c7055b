"""The last place: kept for the user alone, and never worth an error."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.core.last_place import NOWHERE, LastPlace
from bak_tui.services.last_place import LastPlaceFile

PLACE = LastPlace("gen3", "fence\x1b é/", 3, "by name", "largest first", "light")


def test_what_was_kept_is_read_and_may_be_deleted_at_any_time(tmp_path: Path) -> None:
    file = LastPlaceFile(tmp_path / "a" / "state")
    assert file.read() == NOWHERE
    file.keep(LastPlace("another"))
    file.keep(PLACE)
    assert file.read() == PLACE
    (path,) = (tmp_path / "a" / "state").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    assert file.read() == NOWHERE


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"\xff{"),
        lambda path: path.write_bytes(b"[" * 5000),
        lambda path: path.write_bytes(b'{"pane": 9}'),
        lambda path: path.write_bytes(b'{"pane": true}'),
        lambda path: path.write_bytes(b'{"folder": 7}'),
        lambda path: path.write_bytes(b'{"folder": "%s/"}' % (b"x" * 2000)),
        lambda path: path.write_bytes(b'{"folder": "\\ud800/"}'),
        lambda path: path.write_bytes(b'["gen3"]'),
        lambda path: path.symlink_to("/etc/passwd"),
        os.mkfifo,
        os.mkdir,
    ],
    ids=[
        "gibberish",
        "nested",
        "pane",
        "truth",
        "folder",
        "long",
        "half a letter",
        "list",
        "link",
        "pipe",
        "directory",
    ],
)
def test_what_cannot_be_read_is_no_place(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / "last-place.json")
    assert LastPlaceFile(tmp_path).read() == NOWHERE


def test_a_folder_is_of_its_profile_alone() -> None:
    assert LastPlace("gen3", "fence/").folder_in("gen3") == "fence/"
    assert LastPlace("gen3", "fence/").folder_in("other") == ""
    assert LastPlace("gen3", "fence").folder_in("gen3") == ""


def test_a_place_that_cannot_be_kept_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    LastPlaceFile(tmp_path / "file").keep(PLACE)
    assert "the last place is not kept" in caplog.text
