"""ctrl+z: the terminal goes back to the shell, until that brings the program to the foreground again.

The whole process group is stopped, as the terminal's own ctrl+z would: a script that has started us must not
go on waiting where nobody sees why. And by the signal's default, which the kernel ignores where no shell
could ever continue the group (an orphaned one, POSIX.1 2.4.3): what is alone on its terminal would stand
there for ever.
"""

from __future__ import annotations

import os
import signal


def stop_until_continued() -> bool:
    """Whether it was stopped. Returns when it was continued, at once where nobody could do that."""
    continued = []
    handlers = {
        signal.SIGCONT: signal.signal(signal.SIGCONT, lambda *_: continued.append(True)),
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, signal.SIG_DFL),
    }
    try:
        os.kill(0, signal.SIGTSTP)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return bool(continued)
