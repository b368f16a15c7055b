"""A terminal that is gone holds nobody up."""

from __future__ import annotations

import os
import pty
import threading
from typing import TextIO, cast

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from bak_tui.tui.driver import LastingOutput


def test_drawing_on_a_terminal_that_was_closed_does_not_wait_for_ever() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        writer = WriterThread(cast(TextIO, LastingOutput(terminal)))
        writer.start()
        os.close(master)

        def draw() -> None:
            for _ in range(10 * MAX_QUEUED_WRITES):
                writer.write("something to draw")
            writer.stop()

        drawing = threading.Thread(target=draw, daemon=True)
        drawing.start()
        drawing.join(60)
        assert not drawing.is_alive()
        assert not writer.is_alive()
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.fileno())  # what is left in it has to go somewhere
