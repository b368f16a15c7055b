"""kill -9 of bak at each of its steps, before each of its requests, and at random times: what must hold
after a fault (README.md here) holds, and the next start tells what was left and cleans it. Long:
`pytest -m sweep tests/faults`; the last result stands in README.md, too."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from bak_tui.core.plan import Mode
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.bench.terminal import Terminal
from tests.cli.conftest import Site, embedded
from tests.cli.test_manners import slow_site
from tests.faults.sweeping import Ground
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE, until

__all__ = ["embedded"]
pytestmark = pytest.mark.sweep

STEPS = {
    "backup": (Step.PREFLIGHT, Step.SNAPSHOT, Step.STREAMING, Step.GATE, Step.COMPLETE, Step.COMMIT),
    "parallel": (Step.PREFLIGHT, Step.SNAPSHOT, Step.STREAMING, Step.GATE, Step.COMPLETE, Step.COMMIT),
    "restore": (Step.HASHED, Step.SCRATCH, Step.RESTORED, Step.COMPARED, Step.FINISHED, Step.RENAMED),
    "swap": (Step.HASHED, Step.SCRATCH, Step.RESTORED, Step.COMPARED, Step.FINISHED, Step.RENAMED),
    "clean": (Step.HASHED, Step.RESTORED, Step.COMPARED),
    "prove": (Step.SCRATCH, Step.RESTORED, Step.COMPARED),
    "undo": (Step.RENAMED,),
}
BY_REQUEST = ("backup", "parallel", "upload", "download", "verify", "delete")
SEED = 20261124
KILLS = 50


@pytest.fixture
def ground(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> Ground:
    return Ground.prepared(embedded, make_database, tmp_path)


def make_ready(ground: Ground, verb: str) -> None:
    """What a verb needs to have something to do."""
    with ground.opened() as bak:
        if verb == "delete":
            time.sleep(1.1)  # two backups of one second have one name
            ground.back_up()
            bak.verify(ground.profile, ground.dumps[:1], VerifyOptions()).result()
        if verb == "undo":
            sources = bak.catalogue(ground.site.target).sources(ground.dumps[:1])
            how = RestoreOptions(into=ground.name, over=Mode.SWAP, confirmed={ground.name}, terminates=True)
            bak.restore(ground.site.server, sources, how).result()


@pytest.mark.parametrize(
    ("verb", "step"), [(verb, step) for verb, steps in STEPS.items() for step in steps], ids=str
)
def test_killed_at_a_step(ground: Ground, verb: str, step: Step) -> None:
    make_ready(ground, verb)
    assert ground.kill(verb, step)
    ground.assert_promises()


@pytest.mark.parametrize("verb", BY_REQUEST)
def test_killed_before_each_request_until_there_is_none_more(ground: Ground, verb: str) -> None:
    number = 0
    while True:
        number += 1
        make_ready(ground, verb)
        was_killed = ground.kill(verb, f"request:{number}")
        ground.assert_promises()
        if not was_killed:
            break
    print(f"{verb}: killed before each of {number - 1} requests")  # noqa: T201
    assert number > 3


def test_killed_at_fifty_random_times(ground: Ground) -> None:
    chance = random.Random(SEED)  # noqa: S311  no secret
    left: Counter[str] = Counter()
    verbs = (*STEPS, "upload", "download", "verify", "delete")
    longest = dict.fromkeys(verbs, 1.5)
    killed = 0
    while killed < KILLS:
        verb = chance.choice(verbs)
        make_ready(ground, verb)
        with ground.start(verb, "never") as process:
            assert process.stdout
            assert process.stdout.readline() == b"begins\n"
            delay = chance.uniform(0, longest[verb])
            time.sleep(delay)
            process.kill()
        told = ground.assert_promises()
        left.update(str(each.kind) for each in told.found)
        was_killed = process.returncode == -signal.SIGKILL
        left[f"{verb} {'killed' if was_killed else 'had ended'}"] += 1
        killed += was_killed
        if not was_killed:  # it takes no longer than that: the next one is killed sooner
            longest[verb] = max(0.05, min(longest[verb], delay))
    print(dict(left))  # noqa: T201


def has_uploads(ground: Ground, number: int) -> bool:
    return len(ground.bucket.open_uploads("")) == number


def dialog_for(terminal: Terminal, names: Collection[str]) -> str:
    """Whose backup the dialog is about, by its own line; wait until it is up."""
    for _ in range(40):
        for name in names:
            with suppress(TimeoutError):
                terminal.until(b"--database " + name.encode(), 0.3)
                return name
    raise AssertionError(f"no dialog for any of {names}")


def test_a_killed_tui_with_two_running_jobs_tells_at_its_next_start_and_cleans(
    ground: Ground, make_database: MakeDatabase, tmp_path: Path
) -> None:
    names = [make_database(), make_database()]
    real = ground.site.bak.variables["BAK_PG_BINDIR"]
    (tmp_path / "hanging").mkdir()
    site = slow_site(ground.site, tmp_path / "hanging")
    terminal = Terminal(site.bak.environment)
    for name in names:
        terminal.until(name.encode())
    terminal.until(b"no dump at all")  # the board knows its first row, so that `b` has something to take
    waiting = {*names, "postgres"}  # those without a backup stand first, in whatever order
    for begun, keys in enumerate((b"2gb", b"2gjb")):
        os.write(terminal.master, keys)
        waiting.remove(dialog_for(terminal, waiting))
        os.write(terminal.master, b"\r")
        until(partial(has_uploads, ground, begun + 1))
    terminal.process.send_signal(signal.SIGKILL)
    terminal.process.wait(PATIENCE)
    os.close(terminal.master)
    site.bak.variables["BAK_PG_BINDIR"] = real
    assert len(ground.bucket.open_uploads("")) == 2
    again = Terminal(site.bak.environment)
    again.until(b"Killed runs have left 2 things behind")
    os.write(again.master, b"c")
    again.until(b"2 things removed")
    again.close()
    assert ground.bucket.open_uploads("") == ()
    ground.assert_promises()
