"""A backup restored out of its bucket without a copy here, for want of room: slower, and no less careful.

    every byte hashed, nothing kept ─► read again, each part hashed before pg_restore gets it

So it is read twice, and by one worker: pg_restore's others need a file in which they can go back and forth.
What is found damaged on its second way ends pg_restore before it has all: a scratch database is dropped then,
one transaction rolled back, and an empty database that was being filled is told to hold a part.
"""

from __future__ import annotations

from pathlib import Path

from bak_tui.core.errors import NoSpace
from bak_tui.core.portion import Portion
from bak_tui.core.wording import size
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.services.folder import free_space
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet

Archive = Path | Streamed
"""What pg_restore is given."""


def may_stream(portion: Portion) -> bool:
    """Whether a restore may do without a copy: to choose a part of it, its contents must be read before."""
    return portion.is_whole


def proven_archive(
    source: DumpSource, spool: FolderPlace, tools: ToolSet, task: Task, *, streams: bool = True
) -> Archive:
    """A proven copy; where there is no room for one, and it may be, the proven original.

    What is free is free for all: restores beside this one, and whoever else writes there, may be quicker.
    """
    streamed = source.streamed() if streams else None
    if streamed is None:
        return source.proven_file(spool, tools, task)
    free = free_space(spool.root)
    why = f"{size(source.spool_size)} do not fit into the {size(free)} that are free here"
    if source.spool_size < free:
        try:
            return source.proven_file(spool, tools, task)
        except NoSpace:
            why = f"no room is left here for {size(source.spool_size)}"
    task.say("bak", f"{why}: it is read twice from the bucket instead, and restored by one worker")
    streamed.prove(task)
    return streamed
