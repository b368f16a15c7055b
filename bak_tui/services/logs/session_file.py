"""What a session of `bak-tui` said in passing, in a file: no toast is the only record of anything.

It is for its owner alone, secrets are struck out, and it turns over; it may be deleted at any time.
"""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from bak_tui.services.logs.stderr import RedactingFormatter

NAME = "bak-tui.log"
_LARGEST = 1_000_000
"""Bytes, after which it is put aside as `bak-tui.log.1`."""
_OLDER = 2


def keep_log(state: Path) -> None:
    """Write what is logged of ours from now on below `state`, which is made when there is something to write.

    That it cannot be written is no hindrance.
    """
    handler = _OwnersFile(
        state / NAME,
        maxBytes=_LARGEST,
        backupCount=_OLDER,
        encoding="utf-8",
        errors="backslashreplace",
        delay=True,
    )
    handler.setFormatter(RedactingFormatter())
    logger = logging.getLogger("bak_tui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _OwnersFile(RotatingFileHandler):
    """Whatever the umask is, and no link to elsewhere; for the reader of a pipe there nobody waits."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
        return TextIOWrapper(
            os.fdopen(handle, "ab"), encoding=self.encoding, errors=self.errors, line_buffering=True
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Python's own would write a traceback over the screen."""
