"""kill -9 of bak at each of its steps, before each of its requests, before each change that it makes
elsewhere or on this machine's disk, and at random times: what must hold after a fault (README.md here) holds,
and the next start tells what was left and cleans it. Long: `pytest -m sweep tests/faults`; the last result
stands in README.md, too."""

from __future__ import annotations

import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bak_tui.core.leftovers import LeftoverKind
from bak_tui.core.plan import Mode
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.bench.terminal import Terminal
from tests.cli.conftest import Site, embedded
from tests.cli.test_manners import slow_site
from tests.deeds import SPOOLED, STREAMED
from tests.faults.sweeping import Ground
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE, until

__all__ = ["embedded"]
pytestmark = pytest.mark.sweep
_log = logging.getLogger(__name__)

WRITING = (Step.PREFLIGHT, Step.SNAPSHOT, Step.STREAMING, Step.GATE, Step.COMPLETE, Step.COMMIT)
LOADING = (Step.HASHED, Step.SCRATCH, Step.RESTORED, Step.COMPARED, Step.FINISHED, Step.RENAMED)
IN_PLACE = (Step.HASHED, Step.RESTORED, Step.COMPARED)
PROVING = (Step.SCRATCH, Step.RESTORED, Step.COMPARED)
WRITES = ("backup", "parallel", "dump", "keeping")
STEPS = {
    **dict.fromkeys(WRITES, WRITING),
    **dict.fromkeys(("restore", "part", "streamed", "swap"), LOADING),
    **dict.fromkeys(("existing", "clean"), IN_PLACE),
    **dict.fromkeys(("prove", "local"), PROVING),
    "undo": (Step.RENAMED,),
}
FORMS = {"custom": STREAMED, "directory": SPOOLED}
"""Of the known good backup."""
BY_REQUEST = (
    *((verb, "custom") for verb in ("backup", "parallel", "upload", "download", "verify", "delete")),
    *((verb, "directory") for verb in ("upload", "download", "verify", "delete")),
)
BY_CHANGE = (
    *((verb, "custom") for verb in ("restore", "part", "swap", "undo", "prove")),
    *((verb, "custom") for verb in ("several", "globals", "keeping")),
    *((verb, "directory") for verb in ("restore", "swap", "prove")),
)
BY_DISK = (
    *((verb, "custom") for verb in ("download", "dump", "keeping", "parallel", "restore")),
    ("download", "directory"),
)
AT_RANDOM = (*STEPS, "globals", "upload", "download", "verify", "delete", "several")
SEED = 20261124
KILLS = 50
MOST = 200
"""Tries: no verb needs as many."""


@pytest.fixture
def make_ground(embedded: Site, make_database: MakeDatabase) -> Iterator[Callable[..., Ground]]:
    """In a folder that no other test sweeps, and that a throw-away server's account can reach."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        with ExitStack() as grounds:

            def make(how: BackupOptions = STREAMED) -> Ground:
                ground = Ground.prepared(embedded, make_database, Path(folder).resolve(), how)
                return grounds.enter_context(ground)

            yield make


@pytest.fixture
def ground(make_ground: Callable[..., Ground]) -> Ground:
    return make_ground()


def make_ready(ground: Ground, verb: str) -> None:
    """What a verb needs to have something to do."""
    if verb in WRITES:
        ground.next_second()
    if verb in {"delete", "several"}:
        for _ in range(2 if verb == "several" else 1):
            ground.next_second()
            ground.back_up()
        ground.bak.verify(ground.profile, ground.dumps[:1], VerifyOptions()).result()
    if verb == "undo":
        sources = ground.bak.catalogue(ground.site.target).sources(ground.dumps[:1])
        how = RestoreOptions(into=ground.name, over=Mode.SWAP, confirmed={ground.name}, terminates=True)
        ground.bak.restore(ground.site.server, sources, how).result()
    if verb == "existing":
        ground.make_empty_target()
    if verb == "download":
        ground.put_another_there()


def told(verb: str, kills: int, of: str, left: Counter[str]) -> None:
    """A line of the result."""
    what = ", ".join(f"{number} {kind}" for kind, number in sorted(left.items())) or "nothing"
    _log.info("%s: killed %d times, %s; told and cleaned: %s", verb, kills, of, what)


KILLED_BEFORE = {"request": "request", "change": "change elsewhere", "disk": "change of the disk"}


def kinds(ground: Ground, verb: str) -> Counter[str]:
    """What was left, told and removed; every promise holds."""
    return Counter(str(each.kind) for each in ground.assert_promises(verb).found)


@pytest.mark.parametrize("verb", STEPS)
def test_killed_at_each_step(ground: Ground, verb: str) -> None:
    """What each has left lies there when the next one begins, and hinders neither it nor one that ends."""
    for step in STEPS[verb]:
        make_ready(ground, verb)
        assert ground.kill(verb, step), step
        ground.assert_told_as_died()
        ground.until_gone()
        ground.assert_databases_whole(verb)
    if verb in WRITES:
        ground.end(verb)
    left = kinds(ground, verb)
    make_ready(ground, verb)
    ground.end(verb)
    assert kinds(ground, verb) == Counter()
    told(verb, len(STEPS[verb]), "at each step", left)


def killed_before_each(ground: Ground, verb: str, of: str) -> int:
    """How often: until there is none more, and it ends well."""
    left: Counter[str] = Counter()
    for number in range(1, MOST):
        make_ready(ground, verb)
        was_killed = ground.kill(verb, f"{of}:{number}")
        if was_killed and of == "disk":  # before it stood in the history, or after it had ended
            ground.assert_told_or_ended()
        elif was_killed:
            ground.assert_told_as_died()
        left += kinds(ground, verb)
        if not was_killed:
            told(verb, number - 1, f"before each {KILLED_BEFORE[of]}", left)
            return number - 1
    raise AssertionError(f"{verb} does not end")


@pytest.mark.parametrize(("verb", "form"), BY_REQUEST)
def test_killed_before_each_request(make_ground: Callable[..., Ground], verb: str, form: str) -> None:
    assert killed_before_each(make_ground(FORMS[form]), verb, "request") > 2


@pytest.mark.parametrize(("verb", "form"), BY_CHANGE)
def test_killed_before_each_change(make_ground: Callable[..., Ground], verb: str, form: str) -> None:
    """In the bucket and on the server: between two of them the world is the same."""
    assert killed_before_each(make_ground(FORMS[form]), verb, "change") > 2


@pytest.mark.parametrize(("verb", "form"), BY_DISK)
def test_killed_before_each_change_of_the_disk(
    make_ground: Callable[..., Ground], verb: str, form: str
) -> None:
    """Of a name on this machine. What is downloaded takes the place of another dump."""
    assert killed_before_each(make_ground(FORMS[form]), verb, "disk") > 2


LEAVING = {
    "change": (
        ("restore", Step.COMPARED),
        ("download", "request:2"),
        ("backup", Step.GATE),
        ("parallel", Step.GATE),
        ("backup", Step.COMPLETE),
    ),
    "disk": (("restore", Step.COMPARED), ("download", "request:2"), ("parallel", Step.GATE)),
}
"""Runs whose leftovers are cleaned away by one that is killed itself, before each …"""


@pytest.mark.parametrize("of", LEAVING)
def test_a_killed_cleaning_is_done_again(ground: Ground, of: str) -> None:
    """Of all that several killed runs have left."""
    left: Counter[str] = Counter()
    for number in range(1, MOST):
        for verb, when in LEAVING[of]:
            make_ready(ground, verb)
            assert ground.kill(verb, when)
        ground.until_gone()
        was_killed = ground.kill("cleaning", f"{of}:{number}")
        left += kinds(ground, "cleaning")
        if not was_killed:
            break
    told("cleaning", number - 1, f"before each {KILLED_BEFORE[of]}", left)
    assert number > 4
    here = {LeftoverKind.FILE, LeftoverKind.SPOOL}
    if of == "disk":
        assert here <= left.keys()
    else:
        # What lies on this machine goes first: nothing of it is left when the first change is made elsewhere.
        assert left.keys() == {LeftoverKind.UPLOAD, LeftoverKind.OBJECT, LeftoverKind.DATABASE}


def test_killed_at_fifty_random_times(ground: Ground) -> None:
    chance = random.Random(SEED)  # noqa: S311  no secret
    left: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    longest = dict.fromkeys(AT_RANDOM, 1.5)
    for _ in range(MOST):
        if killed.total() == KILLS:
            break
        verb = chance.choice(AT_RANDOM)
        make_ready(ground, verb)
        delay = chance.uniform(0, longest[verb])
        was_killed = ground.kill_after(verb, delay)
        (killed if was_killed else ended)[verb] += 1
        if not was_killed:  # it takes no longer than that: the next one is killed sooner
            longest[verb] = max(0.05, min(longest[verb], delay))
        ground.assert_told_or_ended()
        left += kinds(ground, verb)
    told(str(dict(killed)), killed.total(), f"at random times ({dict(ended)} had ended)", left)
    assert killed.total() == KILLS


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
    assert [job.error_kind for job in ground.bak.history().jobs[:2]] == ["died", "died"]
    ground.assert_promises("backup")
