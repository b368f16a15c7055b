"""What remains of a demo whose owner was killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bak_tui.services.throwaway import leftovers, process
from tests.demo.owners import Owner, start_owner, wait_until

WITHOUT_SETPRIV = {"PATH": "/nonexistent"}


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with a demo."""
    with subprocess.Popen(["sleep", "60"]) as running:
        yield running
        running.kill()


@pytest.fixture
def base() -> Iterator[Path]:
    """A TMPDIR that no other test (or tester) sweeps, and that the server's account can reach."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name).resolve()


def owner_in(base: Path, **environment: str) -> Owner:
    owner = start_owner(environment={"TMPDIR": str(base), **environment})
    assert owner.folder.parent == base
    return owner


def test_servers_die_with_their_owner(base: Path) -> None:
    if process._setpriv() is None:
        pytest.skip("no setpriv with --pdeathsig on this machine")
    owner = owner_in(base)
    owner.kill()
    wait_until(lambda: not owner.running(), "the end of the servers")
    assert leftovers.sweep([base]) == [owner.folder]


def test_the_next_start_clears_what_a_killed_owner_left(base: Path) -> None:
    owner = owner_in(base, **WITHOUT_SETPRIV)
    owner.kill()
    assert owner.running() == owner.pids
    successor = owner_in(base)
    assert list(base.iterdir()) == [successor.folder]
    assert not owner.running()
    assert successor.end() == 0


def test_a_living_owner_is_left_alone(base: Path) -> None:
    owner = owner_in(base)
    assert leftovers.sweep([base]) == []
    assert owner.running() == owner.pids
    assert owner.end() == 0


def test_what_is_not_a_demo_of_ours_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / leftovers.LOCK).touch()
    (tmp_path / f"{leftovers.PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{leftovers.PREFIX}file").touch()
    (tmp_path / f"{leftovers.PREFIX}unlocked").mkdir()
    (tmp_path / f"{leftovers.PREFIX}odd" / leftovers.LOCK).mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / leftovers.LOCK).touch()
    before = sorted(tmp_path.rglob("*"))
    assert leftovers.sweep([tmp_path, tmp_path / "missing"]) == []
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's folder")
def test_a_folder_of_another_user_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / f"{leftovers.PREFIX}theirs"
    theirs.mkdir()
    (theirs / leftovers.LOCK).touch()
    os.chown(theirs, 12345, -1)
    assert leftovers.sweep([tmp_path]) == []
    assert theirs.exists()


def test_a_process_that_only_has_the_number_of_a_dead_server_lives(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    folder = tmp_path / f"{leftovers.PREFIX}dead"
    (folder / leftovers.RECORDS).mkdir(parents=True)
    (folder / leftovers.RECORDS / str(sleeper.pid)).touch()
    (folder / leftovers.LOCK).touch()
    assert leftovers.sweep([tmp_path]) == [folder]
    assert not folder.exists()
    assert sleeper.poll() is None


def test_clearing_that_was_broken_off_is_taken_up_again(tmp_path: Path) -> None:
    folder = tmp_path / f"{leftovers.PREFIX}half"
    folder.mkdir()
    (folder / leftovers.LOCK).touch()
    (folder / "rest").mkdir()
    assert leftovers.sweep([tmp_path]) == [folder]
    assert not folder.exists()
