"""Which databases are meant: names and shell globs, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bak_tui.core.errors import UsageError
from bak_tui.core.spelling import close_hint


@dataclass(frozen=True, slots=True)
class Selection:
    """`names` empty means all. A name that exists is itself, even when it looks like a glob."""

    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def among(self, available: Iterable[str], what: str = "database") -> list[str]:
        """The selected of `available`, in its order. UsageError when a name asked for matches nothing."""
        have = list(available)
        wanted: set[str] = set()
        for asked in self.names:
            meant = _meant(asked, have)
            if not meant:
                hint = close_hint(asked, have) or f"there is no {what} at all"
                raise UsageError(f"no {what} is called {asked}", hint=hint)
            wanted |= meant
        unwanted = {name for pattern in self.excluded for name in _meant(pattern, have)}
        return [name for name in have if (name in wanted or not self.names) and name not in unwanted]


def _meant(asked: str, have: Sequence[str]) -> set[str]:
    return {asked} if asked in have else {name for name in have if fnmatchcase(name, asked)}
