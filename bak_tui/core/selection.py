"""Which databases are meant: names and shell globs, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bak_tui.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Selection:
    """`names` empty means all. A name that exists is itself, even when it looks like a glob."""

    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def includes(self, name: str) -> bool:
        wanted = not self.names or _matches(name, self.names)
        return wanted and not _matches(name, self.excluded)

    def among(self, available: Iterable[str], what: str = "database") -> list[str]:
        """The selected of `available`, in its order. UsageError when a name asked for matches nothing."""
        have = list(available)
        for asked in self.names:
            if not any(_matches(name, (asked,)) for name in have):
                some = f"there are: {', '.join(have[:12])}" if have else f"there is no {what} at all"
                raise UsageError(f"no {what} is called {asked}", hint=some)
        return [name for name in have if self.includes(name)]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
