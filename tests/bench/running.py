"""One command run and watched: time, processor, memory, disk, and whether somebody else used the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_LOOK_EVERY = 0.1
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SERVERS = ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr")
"""Of a Ceph that was started for the bench: daemons, so no children of ours."""
TOLERATED = 0.05
"""What others may use of all processors' time before a run is void."""


_LAST_WORDS = 600
"""Bytes of what a failed command said."""
_FOR_AN_END = 30
"""Seconds that a command has to clear up after itself when the bench is stopped."""


class RunFailed(Exception):
    """A run that did not do what it should have; what it measured means nothing. Says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took. Seconds and bytes."""

    wall: float
    cpu: float
    """User and system, of the command and its children; not of the servers."""
    peak_own: int
    """Resident memory of the command's first process."""
    peak_tree: int
    """… and of all its children with it, pages they share counted for each."""
    peak_disk: int
    others: float
    """The share of all processors' time that went to processes that are not the bench's."""

    @property
    def is_void(self) -> bool:
        return self.others > TOLERATED


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    name: str
    ticks: int
    resident: int


@dataclass
class _Watch:
    root: int
    folder: Path
    before: dict[int, _Process]
    ticks: dict[int, int] = field(default_factory=dict)
    peak_own: int = 0
    peak_tree: int = 0
    peak_disk: int = 0

    def look(self) -> None:
        """Note what there is now."""
        here = _processes()
        tree = _below(here, self.root)
        self.peak_tree = max(self.peak_tree, sum(here[pid].resident for pid in tree))
        self.peak_own = max(self.peak_own, here[self.root].resident if self.root in here else 0)
        self.peak_disk = max(self.peak_disk, _disk(self.folder))
        ours = _below(here, os.getpid())
        for pid, process in here.items():
            if pid not in ours and process.name not in _SERVERS:
                begun = self.before[pid].ticks if pid in self.before else 0
                self.ticks[pid] = process.ticks - begun

    def others(self, wall: float) -> float:
        """Their share of the processors."""
        return sum(self.ticks.values()) / _TICK / wall / (os.cpu_count() or 1)


def measure(argv: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> Measured:
    """Run it to its end; `folder` is where its local files go. Raises RunFailed with what it said last."""
    with tempfile.TemporaryFile() as said:
        before = _processes()
        began = time.perf_counter()
        process = subprocess.Popen(
            argv,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            process_group=0,  # a terminal's ctrl-C is the bench's: it ends this when it has read the clock
        )
        watch = _Watch(process.pid, folder, before)
        usage = None
        try:
            while usage is None:
                watch.look()
                pid, status, found = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    usage, process.returncode = found, os.waitstatus_to_exitcode(status)
                else:
                    time.sleep(_LOOK_EVERY if time.perf_counter() - began > 1 else 0.01)
        finally:
            _end(process)
        wall = time.perf_counter() - began
        watch.look()
        if process.returncode:
            said.seek(max(0, said.seek(0, os.SEEK_END) - _LAST_WORDS))
            words = " ".join(said.read().decode(errors="replace").split())
            raise RunFailed(f"{Path(argv[0]).name} ended with {process.returncode}: {words}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(wall, cpu, watch.peak_own, watch.peak_tree, watch.peak_disk, watch.others(wall))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop what still runs of it, it and its pipeline, and let it clear up."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_FOR_AN_END)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _processes() -> dict[int, _Process]:
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                raw = Path(entry.path, "stat").read_text()
            except OSError:
                continue
            name, _, rest = raw.partition("(")[2].rpartition(")")
            fields = rest.split()
            ticks = int(fields[11]) + int(fields[12])
            found[int(entry.name)] = _Process(int(fields[1]), name, ticks, int(fields[21]) * _PAGE)
    return found


def _below(processes: Mapping[int, _Process], root: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    found, waiting = set(), [root] if root in processes else []
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def _disk(folder: Path) -> int:
    """What all files below take; whole folders may vanish while this looks."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total
