"""The folder for files on their way, to be stored, restored or proven: private, journalled, then gone."""

from __future__ import annotations

import errno
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bak_tui.core.errors import FileProblem, NoSpace
from bak_tui.core.journal import SpoolTrace
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Journal
from bak_tui.services.journal import remove

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_HINT = "name a folder with room with TMPDIR"


@contextmanager
def spool_folder(journal: Journal, verb: str) -> Iterator[FolderPlace]:
    """`bak-<verb>-<random>` in the folder for temporary files, in the journal before it exists."""
    folder = temporary_folder() / f"bak-{verb}-{secrets.token_hex(8)}"
    with journal.entry(SpoolTrace(folder.as_uri())):
        _make(folder)
        try:
            yield FolderPlace(folder, lasts=False)
        finally:
            remove(folder)


def temporary_folder() -> Path:
    """Where files may lie for a while. Raises FileProblem where none can be written to, not even here."""
    try:
        return Path(tempfile.gettempdir()).absolute()
    except FileNotFoundError as error:
        raise FileProblem(
            "there is no folder for temporary files: TMPDIR, /tmp and /var/tmp take none", hint=_HINT
        ) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(f"the disk is full: {folder} was not made", hint=_HINT) from error
        raise FileProblem(f"{folder} cannot be made: {error.strerror}", hint=_HINT) from error
