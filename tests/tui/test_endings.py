"""However the session ends, what ran is cancelled and cleaned up, and the terminal is restored."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from textual.command import CommandPalette

from bak_tui.core.errors import ExitCode
from bak_tui.services.s3 import Bucket
from tests.bench.terminal import BAK_TUI, Terminal
from tests.cli.conftest import Site, embedded
from tests.cli.test_manners import keys_of, slow_site
from tests.samples import sessions_of
from tests.scenes.catalogue import Scene
from tests.scenes.drawing import SceneApp, settled
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage
from tests.waiting import PATIENCE, until

__all__ = ["embedded"]


def begin_backup(site: Site, name: str, folder: Path) -> Terminal:
    """A session in which a backup is under way, and hangs."""
    terminal = Terminal(slow_site(site, folder).bak.environment)
    terminal.until(name.encode())
    os.write(terminal.master, b"b")
    terminal.until(b"Back up 1 database")
    os.write(terminal.master, b"\r")
    until((folder / "bin" / "pg_dump.hangs").exists)
    return terminal


def assert_clean(site: Site) -> None:
    assert keys_of(site) == set()
    assert Bucket.open(site.target).open_uploads("") == ()
    until(lambda: not sessions_of(site.server))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.fault("R22")
def test_a_signal_cancels_cleans_up_and_restores_the_screen(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path, number: int, code: int
) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    terminal.process.send_signal(number)
    seen = terminal.drain()
    assert terminal.process.wait(PATIENCE) == code
    assert b"\x1b[?1049l" in seen, "the alternate screen is left"
    assert b"\x1b[?25h" in seen, "the cursor is shown again"
    assert_clean(embedded)
    os.close(terminal.master)


@pytest.mark.fault("R23")
def test_a_closed_terminal_cancels_and_cleans_up(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE) != 0
    assert_clean(embedded)


@pytest.mark.fault("R24")
def test_q_and_y_quit_and_clean_up(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    os.write(terminal.master, b"q")
    terminal.until(b"Quit cancels them")
    os.write(terminal.master, b"y")
    terminal.drain()
    assert terminal.process.wait(PATIENCE) == 0
    assert_clean(embedded)
    os.close(terminal.master)


def state_of(pid: int) -> str:
    """`S`, `R`, `T` (stopped): proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_the_screen_back(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    """Started by a script, too: the shell has the terminal only when all of its group stands still."""
    name = make_database()
    script = tmp_path / "start"
    script.write_text(f"{BAK_TUI}\necho came back with $?\n")
    terminal = Terminal(embedded.bak.environment, "--norc", "-i", program="/bin/bash", PS1="ready> ")
    terminal.until(b"ready> ")
    os.write(terminal.master, f"bash {script}\n".encode())
    terminal.until(name.encode())
    terminal.type_until(b"\x1a", b"Stopped")
    assert b"\x1b[?1049l" in terminal.seen, "the alternate screen is left"
    terminal.type_until(b"fg\n", b"\x1b[?1049h")
    terminal.until_drawn_whole(name.encode())
    terminal.type_until(b"q", b"came back with 0")
    os.write(terminal.master, b"exit\n")
    terminal.drain()
    terminal.close()


def test_ctrl_z_does_nothing_where_no_shell_could_bring_it_back(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    terminal = Terminal(embedded.bak.environment)
    terminal.until(name.encode())
    terminal.type_until(b"\x1a", b"no shell has started this")
    assert state_of(terminal.process.pid) != "T"
    os.write(terminal.master, b"q")
    terminal.drain()
    assert terminal.process.wait(PATIENCE) == 0
    os.close(terminal.master)


def test_ctrl_z_does_not_stop_what_runs(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    terminal.type_until(b"\x1a", b"not suspended: 1 job would stand still")
    assert state_of(terminal.process.pid) != "T"
    os.write(terminal.master, b"q")
    terminal.until(b"Quit cancels them")
    os.write(terminal.master, b"y")
    terminal.drain()
    assert terminal.process.wait(PATIENCE) == 0
    assert_clean(embedded)
    os.close(terminal.master)


@pytest.mark.fault("R41")
def test_no_escape_of_a_hostile_name_reaches_the_terminal(
    embedded: Site, make_database: MakeDatabase
) -> None:
    make_database("z\x1b]0;owned\x07z")
    make_database("z\x9b31mz")
    terminal = Terminal(embedded.bak.environment)
    terminal.until(b"owned")
    os.write(terminal.master, b"q")
    seen = terminal.drain()
    assert terminal.process.wait(PATIENCE) == 0
    assert b"]0;owned" in seen
    assert b"\x1b]0;owned" not in seen
    assert "\x9b".encode() not in seen
    os.close(terminal.master)


@pytest.mark.asyncio
@pytest.mark.parametrize("turns", [0, 8, 24])
async def test_one_that_ends_while_the_palette_gathers_its_commands_ends_with_its_code(turns: int) -> None:
    """So many turns of the loop after it was opened; at the first its list is not there yet."""
    scene = Scene("test", (120, 36))
    app = SceneApp(scene)
    async with app.run_test(size=scene.size) as pilot:
        await settled(app)
        app.action_command_palette()
        while not isinstance(app.screen, CommandPalette):
            await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        app._end(ExitCode.TERMINATED)
        await Stage(app, pilot, app.scene_bak).until(lambda: not app.is_running)
    assert app.return_value == ExitCode.TERMINATED
