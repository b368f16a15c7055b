"""How many tables' data in an archive comes to its end, as pg_restore decodes it.

A COPY's data ends with a line `\\.` that pg_dump wrote; pg_restore does not miss it when a file was cut.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from bak_tui.core.errors import IntegrityError
from bak_tui.services.pgtools.child import Child
from bak_tui.services.pgtools.finding import ToolSet
from bak_tui.services.pgtools.restoring import Cancellable

_END = b"\n\\.\n"
_STALL = 600.0


def count_copies(tools: ToolSet, archive: Path, cancellable: Cancellable, *, stall: float = _STALL) -> int:
    """Decode all data; the number of lines `\\.`. Raises IntegrityError when pg_restore cannot."""
    argv = [str(tools.pg_restore), "--section=data", "--file=-", "--", str(archive)]
    child = Child(argv, stdout=subprocess.PIPE)
    copies, before = 0, b""
    with child, cancellable.on_cancel(child.stop):
        while data := child.read(1024 * 1024, stall=stall):
            cancellable.check()
            # Overlapping ends (`\\.\n\\.\n`) do not occur: pg_dump puts empty lines between two.
            copies += (before + data).count(_END)
            before = data[-len(_END) + 1 :]
        code = child.wait()
    cancellable.check()
    if code != 0:
        said = child.stderr[-1].removeprefix("pg_restore: ") if child.stderr else f"exit code {code}"
        raise IntegrityError(
            f"{archive.name} cannot be decoded to its end: {said}",
            hint="it is cut or damaged; take another dump",
        )
    return copies
