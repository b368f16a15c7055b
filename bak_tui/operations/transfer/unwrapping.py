"""An archive within a tar or a gzip file, read to its end where it lies: nothing is unpacked."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from bak_tui.services.archive import (
    HEAD_BYTES,
    ArchiveWalk,
    Kind,
    finish,
    gunzip_file,
    recognise,
    tar_members,
)
from bak_tui.services.jobs import Task


def prove_unwrapped(file: Path, task: Task) -> bool:
    """False for what is not wrapped: it is proven while it is sent.

    Raises IntegrityError for a file that is cut or damaged; of a tar file within a gzip file only the check
    sum of that tells.
    """
    with file.open("rb") as opened:
        head = recognise(opened.read(HEAD_BYTES))
    match head.kind:
        case Kind.TAR:
            task.phase("checking")
            for _, pieces in tar_members(file, task.check):
                deque(pieces, maxlen=0)
        case Kind.GZIP:
            task.phase("checking")
            walk = ArchiveWalk() if head.innermost.kind is Kind.CUSTOM else None
            for piece in gunzip_file(file, task.check):
                if walk is not None:
                    walk.update(piece)
            if walk is not None:
                finish(walk, file.name)
        case _:
            return False
    return True
