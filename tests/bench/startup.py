"""From a command's start until something stands there.

`bak` beside bare interpreters, `bak-tui` beside a bare Textual app, every round in another order. Processor
time beside the wall's: on a machine that does other things meanwhile it is the fair measure.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import EmbeddedS3
from tests.bench.databases import make_gen3
from tests.bench.saying import say_heads, say_row
from tests.bench.surroundings import environment_of
from tests.bench.terminal import BAK_TUI, Terminal

_BAK = Path(sys.executable).parent / "bak"
_NOWHERE = subprocess.DEVNULL
_NOT_ALL_OK = 3
_TICK = os.sysconf("SC_CLK_TCK")
_BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("painted")
Bare().run()
"""
_PASS, _CLICK, _CLIENTS, _APP = (
    "python -c pass",
    "python -c 'import click'",
    "python -c 'import botocore.session, psycopg, pydantic'",
    "a bare Textual app, painted",
)
_BARE_ONES = {
    _CLICK: _PASS,
    "bak --version": _PASS,
    "bak --help": _PASS,
    "bak backup --help": _PASS,
    "bak status": _CLIENTS,
    "bak-tui, painted": _APP,
    "bak-tui, its databases there": _APP,
}
_GOALS = {"bak --help": "≤ 3", "bak-tui, painted": "≤ 2"}
Took = tuple[float, float]
"""Wall and processor seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often."""
    runs = "of every row, beside one that does not count (%(default)s)"
    parser.add_argument("--runs", type=int, default=11, metavar="N", help=runs)


def run(asked: argparse.Namespace) -> None:
    """Print a table."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        EmbeddedS3.start() as s3,
        EmbeddedPostgres.start() as postgres,
    ):
        target = s3.create_bucket("bench")
        environment = environment_of(postgres, target, Path(scratch))
        make_gen3(postgres.server, "gen3", 5)
        subprocess.run([_BAK, "backup", "--database", "gen3", "--quiet"], env=environment, check=True)
        found = _measured(_rows(environment), asked.runs)
    say_heads("what", "wall ms: min / median / max", "cpu ms: median", "÷", "= wall", "= cpu", "goal")
    for name, took in found.items():
        walls, cpus = _columns(took)
        bare = _BARE_ONES.get(name)
        ratios = ("", "", "")
        if bare is not None:
            other_walls, other_cpus = _columns(found[bare])
            wall = statistics.median(walls) / statistics.median(other_walls)
            cpu = statistics.median(cpus) / statistics.median(other_cpus)
            ratios = (bare, f"{wall:.1f}", f"{cpu:.1f}")
        spread = f"{min(walls):.0f} / {statistics.median(walls):.0f} / {max(walls):.0f}"
        say_row(name, spread, f"{statistics.median(cpus):.0f}", *ratios, _GOALS.get(name, ""))


def _rows(environment: Mapping[str, str]) -> dict[str, Callable[[], Took]]:
    python, bak = [sys.executable, "-c"], str(_BAK)
    clients = "import botocore.session, psycopg, pydantic"
    return {
        _PASS: lambda: _ended([*python, "pass"], environment),
        _CLICK: lambda: _ended([*python, "import click"], environment),
        "bak --version": lambda: _ended([bak, "--version"], environment),
        "bak --help": lambda: _ended([bak, "--help"], environment),
        "bak backup --help": lambda: _ended([bak, "backup", "--help"], environment),
        _CLIENTS: lambda: _ended([*python, clients], environment),
        "bak status": lambda: _ended([bak, "status"], environment),
        _APP: lambda: _painted(b"painted", environment, "-c", _BARE, program=sys.executable),
        "bak-tui, painted": lambda: _painted(b"Databases", environment),
        "bak-tui, its databases there": lambda: _painted(b"worst first", environment),
    }


def _measured(rows: Mapping[str, Callable[[], Took]], rounds: int) -> dict[str, list[Took]]:
    """Every row once a round, in another order each round; the first round does not count."""
    found: dict[str, list[Took]] = {name: [] for name in rows}
    for number in range(rounds + 1):
        for name in random.sample(list(rows), len(rows)):
            took = rows[name]()
            if number:
                found[name].append(took)
    return found


def _columns(took: Sequence[Took]) -> tuple[list[float], list[float]]:
    """Milliseconds: of the wall's clock, and of the processor."""
    return [1000 * wall for wall, _ in took], [1000 * cpu for _, cpu in took]


def _ended(argv: Sequence[str], environment: Mapping[str, str]) -> Took:
    """Its children's processor time, too."""
    began = time.perf_counter()
    with subprocess.Popen(argv, env=environment, stdout=_NOWHERE, stderr=_NOWHERE) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode not in (0, _NOT_ALL_OK):
        raise AssertionError(f"{argv} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime


def _painted(
    wanted: bytes, environment: Mapping[str, str], *argv: str, program: str | Path = BAK_TUI
) -> Took:
    began = time.perf_counter()
    terminal = Terminal(environment, *argv, program=program)
    try:
        terminal.until(wanted)
        wall = time.perf_counter() - began
        fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
        return wall, (int(fields[11]) + int(fields[12])) / _TICK
    finally:
        terminal.close()
