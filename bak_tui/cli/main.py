"""The door of `bak`: its front page and its version are told without click, whose import takes twice as long.

Everything else, and whatever goes wrong with these two, is the program's.
"""

from __future__ import annotations

import sys

from bak_tui.cli import front_page


def main() -> None:
    """Run `bak`; exit with the code of core.errors.ExitCode."""
    told = front_page.answer(sys.argv[1:])
    if told is None or not _said(told):
        from bak_tui.cli.program import run

        run()


def _said(text: str) -> bool:
    """Where it cannot be written the program tries once more, and says why not."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError:
        return False
    return True
