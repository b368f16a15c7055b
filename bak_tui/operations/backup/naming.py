"""What a dump is called: the run's timestamp, or the next second where another run has that name already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.errors import DumpFailed
from bak_tui.core.names import dump_path, globals_path
from bak_tui.operations.places import Place

_MOST_SECONDS = 10
"""Beyond as many runs of one second something else is wrong: a store that says yes to every name."""


def free_dump_path(database: str, taken: datetime, form: DumpFormat, places: Sequence[Place]) -> str:
    """Where a dump may be written in all of `places`. Raises BakError."""

    def is_there(place: Place, path: str) -> bool:
        if form is DumpFormat.DIRECTORY:
            return place.has_files_below(path)
        return place.size_of(path) is not None

    return _free(lambda second: dump_path(database, second, form), taken, places, is_there)


def free_globals_path(taken: datetime, places: Sequence[Place]) -> str:
    """Where a run's globals may be written in all of `places`. Raises BakError."""
    return _free(globals_path, taken, places, lambda place, path: place.size_of(path) is not None)


def _free(
    path_at: Callable[[datetime], str],
    taken: datetime,
    places: Sequence[Place],
    is_there: Callable[[Place, str], bool],
) -> str:
    for seconds in range(_MOST_SECONDS):
        path = path_at(taken + timedelta(seconds=seconds))
        if not any(is_there(place, path) for place in places):
            return path
    raise DumpFailed(
        f"{places[0].name(path_at(taken))} is already there, and so are the names of the next seconds",
        hint="nothing was overwritten; look at what lies there, then start again",
    )
