"""The folder for files on their way, to be stored, restored or proven: private, journalled, then gone."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bak_tui.core.journal import SpoolTrace
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Journal


@contextmanager
def spool_folder(journal: Journal, verb: str) -> Iterator[FolderPlace]:
    """`bak-<verb>-<random>` in the folder for temporary files, in the journal before it exists."""
    folder = Path(tempfile.gettempdir()).absolute() / f"bak-{verb}-{secrets.token_hex(8)}"
    with journal.entry(SpoolTrace(folder.as_uri())):
        folder.mkdir(mode=0o700)
        try:
            yield FolderPlace(folder, lasts=False)
        finally:
            shutil.rmtree(folder)
