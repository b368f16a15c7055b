"""What becomes of this process's memory when it ends badly."""

from __future__ import annotations

import sys


def leave_no_core() -> None:
    """No core file of us or of our children, which inherit it: passwords would stand in it (core(5))."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
