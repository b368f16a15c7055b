"""A dump on its way to a place, followed as it passes: with the last byte it is known whether all came."""

from __future__ import annotations

from collections.abc import Callable

from bak_tui.core.errors import DumpFailed, IntegrityError
from bak_tui.services.archive import ArchiveWalk


class WalkedStream:
    """Reads by `read`, and walks what it gives; `on_read` is called after every piece.

    `on_begin` is called once, before the first piece is given; `on_end` at the end, with the size of it all.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        on_read: Callable[[], None] = lambda: None,
        on_end: Callable[[int], None] = lambda _size: None,
        on_begin: Callable[[], None] = lambda: None,
    ) -> None:
        self._read = read
        self._on_read = on_read
        self._on_end = on_end
        self._on_begin = on_begin
        self.walk = ArchiveWalk()

    def read(self, size: int, /) -> bytes:
        data = self._read(size)
        if data and not self.walk.size:
            self._on_begin()
        self.walk.update(data)
        self._on_read()
        if not data:
            self._on_end(self.walk.size)
        return data


def check_dumped(walk: ArchiveWalk, database: str) -> None:
    """Raises DumpFailed unless what pg_dump wrote is an archive, and whole."""
    if walk.size == 0:
        raise DumpFailed(
            f"pg_dump of {database} said it was done and wrote nothing",
            hint="run it by hand",
            kind="empty_dump",
        )
    try:
        walk.finish()
    except IntegrityError as error:
        raise DumpFailed(
            f"what pg_dump of {database} wrote {error.message}",
            hint="run it by hand, and see what stands between it and this program",
            kind="bad_dump",
        ) from error


def offsets_of(walk: ArchiveWalk) -> dict[str, int] | None:
    """For the manifest: where each entry's data begins, by dump id; None when that is not known."""
    if walk.unfollowed:
        return None
    return {str(number): begins for number, begins in walk.offsets.items()}


def notes_on(walk: ArchiveWalk) -> tuple[str, ...]:
    """For the manifest's warnings: what a walk could not tell."""
    return (f"data offsets are not known: {walk.unfollowed}",) if walk.unfollowed else ()
