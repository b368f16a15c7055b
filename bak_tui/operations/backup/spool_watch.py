"""What of a spool folder is complete, how much lies there, and whether pg_dump must wait.

A file is complete when no process of pg_dump's holds it open any more, and then has its final size. Where the
system does not tell who holds what, none is before pg_dump has ended. Data files are written from front to
back, so large ones may go while they grow; lists are rewritten and may not. pg_dump is held back while more
lies here than the bound and something of it will go: when there is nothing to wait for, it may go on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import NoSpace, ServerError
from bak_tui.core.parts import MIB
from bak_tui.core.spool import RESERVE, spool_bound
from bak_tui.core.wording import size
from bak_tui.operations.ports import Limits
from bak_tui.services.archive import is_list
from bak_tui.services.folder import free_space
from bak_tui.services.pgtools import DumpProcess, open_files

_RESUMED_AT = 0.75
"""Of the bound: not at every file that goes is pg_dump woken."""
_UNREAD = 16 * MIB
"""What lies here for a moment although all that may go is on its way."""
_BLOCK = 512
"""Bytes of one of st_blocks, whatever the file system's own are."""


@dataclass(frozen=True, slots=True)
class _Lying:
    """One file: how long it is, and what it takes of the disk, in bytes."""

    length: int
    room: int


class SpoolWatch:
    """One look after another at the folder that pg_dump fills; one thread's."""

    def __init__(
        self,
        folder: Path,
        process: DumpProcess,
        database_size: int,
        limits: Limits,
        say: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._process = process
        self._say = say
        self._stall = limits.stall
        planned = spool_bound(database_size, free_space(folder.parent))
        self._bound = planned if limits.spool is None else limits.spool
        self._given: dict[str, int] = {}
        self._held: frozenset[str] = frozenset()
        """Files that pg_dump had open at the last look."""
        self._is_held = False
        self._last: tuple[int, int] = (0, 0)
        self._moved = time.monotonic()

    @property
    def has_definitions(self) -> bool:
        """Whether pg_dump has read all definitions: it begins its table of contents then, before any data."""
        return (self._folder / TOC_NAME).exists()

    @property
    def sizes(self) -> dict[str, int]:
        """Every file that was complete, in bytes."""
        return dict(self._given)

    def complete(self) -> list[str]:
        """Data files that are complete since the last look."""
        there = self._there()
        held = open_files(self._process.pid, self._folder)
        if held is None:
            return []
        self._held = held
        return self._take(name for name in there if name not in held and not is_list(name))

    def growing(self, least: int, followed: Collection[str]) -> list[str]:
        """Data files that pg_dump still writes and that have more than `least` bytes, the longest first."""
        there = self._there()
        large = (name for name in self._held - set(followed) if name in there and not is_list(name))
        return sorted(
            (name for name in large if there[name].length > least), key=lambda name: -there[name].length
        )

    def rest(self) -> list[str]:
        """pg_dump has ended: everything that was not complete before, the lists last."""
        return sorted(self._take(self._there()), key=is_list)

    def balance(self, waiting: int) -> None:
        """Hold pg_dump back, or let it go on; `waiting` bytes are on their way out.

        Raises NoSpace when the disk is full of what cannot go, ServerError when nothing moves any more.
        """
        there = self._there()
        lies = sum(file.room for file in there.values())
        is_scarce = free_space(self._folder.parent) < RESERVE
        if is_scarce and not waiting and lies > _UNREAD:
            raise NoSpace(
                f"{size(lies)} of unfinished files fill the disk of {self._folder.parent}",
                hint="--format custom needs no disk; or name a larger folder with TMPDIR",
            )
        limit = self._bound * (_RESUMED_AT if self._is_held else 1)
        self._hold(bool(waiting) and (lies >= limit or is_scarce), lies)
        self._check_stall(sum(file.length for file in there.values()) + sum(self._given.values()))

    def _hold(self, wanted: bool, lies: int) -> None:
        if wanted == self._is_held:
            return
        self._is_held = wanted
        if wanted:
            self._say(f"pg_dump is held back: {size(lies)} wait here to be stored")
            self._process.hold()
        else:
            self._process.resume()

    def _check_stall(self, seen: int) -> None:
        here = (seen, self._process.lines_said)
        if here != self._last or self._is_held:
            self._last, self._moved = here, time.monotonic()
        elif time.monotonic() - self._moved > self._stall:
            raise ServerError(
                f"pg_dump has written nothing for {self._stall:.0f} s",
                hint="the connection to the server stalls, or a query there is blocked",
                kind="stalled",
            )

    def _there(self) -> dict[str, _Lying]:
        """What lies in the folder."""
        found = {}
        try:
            with os.scandir(self._folder) as files:
                for file in files:
                    try:
                        seen = file.stat(follow_symlinks=False)
                        found[file.name] = _Lying(seen.st_size, seen.st_blocks * _BLOCK)
                    except FileNotFoundError:  # stored, and gone
                        continue
        except FileNotFoundError:  # pg_dump has not made it yet
            return {}
        return found

    def _take(self, names: Iterable[str]) -> list[str]:
        """Those that were not taken before, with the size they have now that nobody writes them."""
        new = [name for name in names if name not in self._given]
        for name in new:
            self._given[name] = (self._folder / name).stat().st_size
        return new
