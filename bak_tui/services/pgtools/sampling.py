"""pg_restore as a decompressor: the beginning of one table's data, out of an archive that holds nothing else.

The archive is cut off on purpose, so what pg_restore thinks of its end counts only where it gave nothing.
"""

from __future__ import annotations

import subprocess

from bak_tui.core.errors import IntegrityError, ServerError
from bak_tui.services.pgtools.child import Child
from bak_tui.services.pgtools.feeding import Feeding
from bak_tui.services.pgtools.finding import ToolSet

_PIECE = 64 * 1024
_AROUND = 16 * 1024
"""Bytes of settings and comments before the data, at most."""
_HEADING, _HEADING_ENDS = b"\n-- Data for Name: ", b"\n--\n\n"
"""pg_restore's comment before an entry's data; a line end in a name is a blank in it."""
_STALL = 30.0
"""Seconds: a few hundred kilobytes are decompressed in a moment, or not at all."""


def sampled(
    tools: ToolSet, archive: bytes, name: str, copy: bytes, most: int, *, stall: float = _STALL
) -> bytes:
    """The first `most` bytes of the data in `archive`: what the script has behind `copy`; no SQL is run.

    `name` is the table, for errors. Raises IntegrityError when nothing of it can be decompressed, ToolError.
    """
    argv = [str(tools.pg_restore), "--format=custom", "--data-only", "--file=-"]
    script = bytearray()
    code = 0
    child = Child(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    enough = most + len(copy) + _AROUND
    try:
        with child, Feeding(child, iter([bytearray(archive)])):
            while len(script) < enough and (piece := child.read(_PIECE, stall=stall)):
                script += piece
            if len(script) < enough:
                code = child.wait()
    except ServerError as error:
        raise _undecoded(name, f"pg_restore made nothing of it in {stall:.0f} s") from error
    data = _behind(bytes(script), copy)
    if code != 0 and not data:
        said = child.stderr[-1].removeprefix("pg_restore: ") if child.stderr else f"exit code {code}"
        raise _undecoded(name, said)
    return data[:most]


def _behind(script: bytes, copy: bytes) -> bytes:
    """What follows the entry's own heading, and its COPY where it has one; nothing where neither came."""
    begins = script.find(_HEADING)
    begins = script.find(copy or _HEADING_ENDS, begins) if begins >= 0 else begins
    return script[begins + len(copy or _HEADING_ENDS) :] if begins >= 0 else b""


def _undecoded(name: str, said: str) -> IntegrityError:
    return IntegrityError(
        f"the data of {name} cannot be decompressed: {said}",
        hint="the archive is damaged; bak verify tells what else is",
        kind="bad_archive",
    )
