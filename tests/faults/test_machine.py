"""A machine without room, without file descriptors, stopped, or with another clock; and another machine's
`doctor`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.journal import Journal
from bak_tui.services.s3 import Bucket
from tests.bench.terminal import BAK_TUI, Terminal
from tests.cli.conftest import Site, embedded
from tests.cli.runner import BAK, Finished
from tests.cli.test_manners import keys_of
from tests.faults.shims import shim
from tests.faults.tmpfs import mounted
from tests.operations.conftest import House, house
from tests.operations.test_backup import back_up
from tests.samples import databases_of, drop, fill, fill_bytes, rows_of, sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE, until

__all__ = ["embedded", "house"]

TOO_FEW = ("threads or processes", "Resource temporarily unavailable", "fork", "no database is called")
"""How that is said, by us, by the system and by pg_restore; and that there is nothing to restore, then."""
CLEANING = ["doctor", "--clean", "--yes"]


@pytest.fixture
def name(embedded: Site, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(embedded.server, name)
    return name


@pytest.fixture(params=["full", "read-only"])
def no_state(request: pytest.FixtureRequest, embedded: Site) -> Iterator[Path]:
    """The state folder takes nothing more."""
    state = embedded.bak.home / "state"
    with mounted(state, "size=64k" if request.param == "full" else "ro"):
        if request.param == "full":
            with (state / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
                filler.write(bytes(1 << 20))
        yield state


@pytest.mark.fault("R60")
def test_a_state_folder_that_takes_nothing_keeps_nothing_from_being_done(
    embedded: Site, no_state: Path, name: str
) -> None:
    """Backed up, looked for leftovers, restored; and told, in a sentence."""
    done = embedded.bak("backup", "--database", name)
    assert done.code == 0, done.err
    assert "no journal can be kept" in done.out + done.err
    assert len(keys_of(embedded)) == 2
    for argv in (["jobs"], ["doctor"]):
        assert embedded.bak(*argv).code == 0, argv
    restored = embedded.bak("restore", "--database", name, "--into", f"{name}_r")
    assert restored.code == 0, restored.err
    assert rows_of(embedded.server, f"{name}_r") == rows_of(embedded.server, name)
    drop(embedded.server, f"{name}_r")


@pytest.mark.fault("R60")
def test_a_state_folder_that_fills_up_amid_a_restore_hinders_nothing(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    assert back_up(house.bak(), house, name).exit_code is ExitCode.DONE
    with mounted(tmp_path / "state", "size=64k") as state:
        house.state = state

        def fill_up(step: Step, _subject: str, /) -> None:
            if step is Step.HASHED:
                with (state / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
                    filler.write(bytes(1 << 20))

        bak = house.bak(checkpoint=fill_up)
        shelf = bak.catalogue(house.target)
        how = RestoreOptions(into=f"{name}_r")
        (outcome,) = bak.restore(house.server, shelf.sources(shelf.inventory().dumps), how).result().outcomes
        assert outcome.error is None
        assert rows_of(house.server, f"{name}_r") == rows_of(house.server, name)
        assert Journal(state).past().entries == ()
    drop(house.server, f"{name}_r")


@pytest.mark.fault("R60")
def test_a_session_of_the_screen_opens_and_ends_without_a_state_folder(
    embedded: Site, no_state: Path, name: str
) -> None:
    terminal = Terminal(embedded.bak.environment)
    terminal.until(name.encode())
    os.write(terminal.master, b"q")
    terminal.drain()
    assert terminal.process.wait(PATIENCE) == 0
    os.close(terminal.master)


@pytest.mark.fault("R60")
def test_a_full_disk_leaves_the_profiles_as_they_were(embedded: Site, tmp_path: Path) -> None:
    with mounted(tmp_path / "config", "size=16k") as folder:
        config = folder / "config.toml"
        line = ["profiles", "add", "one", "--host", "h", "--user", "u", "--bucket", "b"]
        assert embedded.bak(*line, BAK_CONFIG=str(config)).code == 0
        before = config.read_bytes()
        with (folder / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
            filler.write(bytes(1 << 20))
        line[2] = "two" * 2000
        done = embedded.bak(*line, BAK_CONFIG=str(config))
        assert done.code != 0
        assert config.read_bytes() == before
        assert {each.name for each in folder.iterdir()} <= {"config.toml", "filler", "config.toml.lock"}


def in_a_small_world(site: Site, folder: Path, *argv: str) -> Finished:
    """`bak` where no folder for temporary files can be written to."""
    # What lies there stays to be read: the programs themselves may.
    script = (
        'for each in /tmp /var/tmp /usr/tmp "$0";'
        ' do mount --rbind "$each" "$each" && mount -o remount,bind,ro "$each"; done 2>/dev/null'
    )
    cell = folder / "cell"
    cell.mkdir(exist_ok=True)
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{script}; cd /proc; exec "$@"', str(cell), str(BAK), *argv],
        env={**site.bak.environment, "HOME": "/root", "BAK_STATE_DIR": "/root/nowhere"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.fault("R61")
def test_where_nothing_temporary_can_be_kept_that_is_said(embedded: Site, name: str, tmp_path: Path) -> None:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("no mounts of its own here")
    assert embedded.bak("backup", "--database", name).code == 0
    streamed = in_a_small_world(embedded, tmp_path, "backup", "--database", name)
    assert streamed.code == 0, streamed.err
    before = databases_of(embedded.server)
    for argv in (
        ["backup", "--database", name, "--format", "directory"],
        ["restore", "--database", name, "--into", f"{name}_r"],
    ):
        done = in_a_small_world(embedded, tmp_path, *argv)
        assert done.code == 1, done.err + done.out
        assert "TMPDIR" in done.err + done.out
        assert "Traceback" not in done.err
        assert "internal error" not in done.err + done.out
    assert databases_of(embedded.server) == before


@pytest.mark.parametrize("argv", [["dumps"], ["ls"], ["status"], ["profiles", "list"]], ids=" ".join)
@pytest.mark.fault("R62")
def test_few_file_descriptors_are_told_wherever_they_are_met(
    embedded: Site, name: str, argv: list[str]
) -> None:
    for most in (5, 8, 13):
        done = subprocess.run(
            ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", str(BAK), *argv],
            env=embedded.bak.environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = (done.stdout + done.stderr).decode()
        assert "bak: the output cannot be written" not in said, (most, said)
        assert "defect" not in said, (most, said)
        assert done.returncode in {0, 3} or "open files" in said, (most, said)


@pytest.mark.parametrize("most", [64, 24, 16])
@pytest.mark.fault("R62")
def test_few_file_descriptors_are_enough_or_that_is_said(
    embedded: Site, name: str, tmp_path: Path, most: int
) -> None:
    def limited(*argv: str) -> Finished:
        done = subprocess.run(
            ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", str(BAK), *argv],
            env=embedded.bak.environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    fill_bytes(embedded.server, name, 12)
    lines = (
        ["backup", "--database", name, "--part-size", "5MiB"],
        ["restore", "--database", name, "--into", f"{name}_r", "--jobs", "2"],
    )
    for argv in lines:
        done = limited(*argv)
        assert "Traceback" not in done.err, done.err
        assert "internal error" not in done.out + done.err
        assert done.code == 0 or "open files" in done.out + done.err, done.err + done.out
        assert most < 40 or done.code == 0, done.err + done.out
    drop(embedded.server, f"{name}_r")
    assert not [each for each in databases_of(embedded.server) if each.startswith(f"{name}_r")]
    assert Bucket.open(embedded.target).open_uploads("") == ()


def with_few_processes(most: int) -> list[str]:
    """Runs a program with that limit. Threads count as such.

    As another user, for no limit holds root; with root's rights to our files. One of this process's own: what
    another test runs beside it would count, too.
    """
    rights = "-all,+dac_override,+dac_read_search"
    setpriv = ["setpriv", "--reuid", str(100_000_000 + os.getpid()), "--clear-groups"]
    setpriv += [f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    if os.geteuid() != 0 or subprocess.run([*setpriv, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no other user can be had here")
    return [*setpriv, "prlimit", f"--nproc={most}"]


@pytest.mark.parametrize("most", [1, 2, 4, 8, 60])
@pytest.mark.fault("R62")
def test_few_processes_are_enough_for_the_screens_or_that_is_said(
    embedded: Site, name: str, most: int
) -> None:
    setpriv, *limited = with_few_processes(most)
    terminal = Terminal(embedded.bak.environment, *limited, str(BAK_TUI), program=setpriv)
    deadline = time.monotonic() + PATIENCE
    while terminal.process.poll() is None and name.encode() not in terminal.seen:
        assert time.monotonic() < deadline, terminal.seen[-3000:]
        with suppress(TimeoutError, OSError):  # nothing new; it has ended
            terminal.until(name.encode(), 0.5)
    said = terminal.drain(quiet=1.0)  # it may live
    terminal.close()
    for not_wanted in (b"Traceback", b"defect", b"internal error"):
        assert not_wanted not in said, said[-3000:]
    assert name.encode() in said or b"threads or processes" in said, said[-3000:]
    assert most < 60 or name.encode() in said, said[-3000:]


@pytest.mark.parametrize("most", [1, 3, 9, 40])
@pytest.mark.fault("R62")
def test_few_processes_are_enough_or_that_is_said(
    embedded: Site, name: str, tmp_path: Path, most: int
) -> None:
    for argv in (
        ["backup", "--database", name],
        ["restore", "--database", name, "--into", f"{name}_r", "--jobs", "2"],
    ):
        done = subprocess.run(
            [*with_few_processes(most), str(BAK), *argv],
            env=embedded.bak.environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = (done.stdout + done.stderr).decode()
        assert "Traceback" not in said, said
        assert "defect" not in said, said
        assert done.returncode == 0 or any(words in said for words in TOO_FEW), said
        assert most < 40 or done.returncode == 0, said
    until(lambda: not sessions_of(embedded.server))
    assert embedded.bak(*CLEANING).code == 0
    drop(embedded.server, f"{name}_r")
    assert not [each for each in databases_of(embedded.server) if each.startswith(f"{name}_r")]
    assert Bucket.open(embedded.target).open_uploads("") == ()


@pytest.mark.fault("R63")
def test_a_bak_that_was_stopped_for_a_while_goes_on(embedded: Site, name: str, tmp_path: Path) -> None:
    """Its pg_dump fills the pipe and waits; the clocks have gone on meanwhile."""
    fill_bytes(embedded.server, name, 24)
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    held = f'touch "{tmp_path}/held"; while [ ! -e "{tmp_path}/go" ]; do sleep 0.05; done; exec "$REAL" "$@"'
    embedded.bak.variables["BAK_PG_BINDIR"] = str(shim(tmp_path / "bin", bindir, held))
    process = embedded.bak.start("backup", "--database", name, "--part-size", "5MiB")
    until((tmp_path / "held").exists)
    process.send_signal(signal.SIGSTOP)
    (tmp_path / "go").touch()
    time.sleep(3)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out + err
    assert embedded.bak("verify", "--all").code == 0


@pytest.mark.fault("R64")
def test_a_clock_that_was_set_back_makes_no_older_backup_the_newest(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    now = datetime.now(UTC)
    for ago in (timedelta(0), timedelta(hours=3), timedelta(days=400)):
        then = now - ago
        bak = house.bak(clock=partial(max, then, then))
        (outcome,) = back_up(bak, house, name).outcomes
        assert outcome.state is JobState.OK, outcome.error
        assert outcome.result is not None
        newest = outcome.result.path
    dumps = house.bak().catalogue(house.target).inventory().dumps
    assert len(dumps) == 3
    assert dumps[0].path == newest


@pytest.mark.fault("R64")
def test_a_clock_that_is_set_back_amid_a_backup_measures_nothing_and_harms_nothing(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    now = datetime.now(UTC)
    moments = iter([now] * 2)
    bak = house.bak(clock=lambda: next(moments, now - timedelta(hours=1)))
    (outcome,) = back_up(bak, house, name).outcomes
    assert outcome.state is JobState.OK, outcome.error
    assert outcome.result is not None
    assert " in an unknown time, " in outcome.result.sentence
    dumps = bak.catalogue(house.target).inventory().dumps
    assert [dump.path for dump in dumps if dump.is_good] == [outcome.result.path]
    assert bak.verify(house.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE


# -- another machine ---------------------------------------------------------------------------------------
