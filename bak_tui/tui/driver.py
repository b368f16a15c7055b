"""The driver of the terminal, which outlives the terminal.

Textual writes in a thread that ends at the first error, and everybody who draws afterwards fills a queue of
30 and then waits for ever: a terminal closed while much is drawn left the program hanging, with its jobs, and
the signal that would have ended it never handled. So writing to a terminal that is gone says nothing.
"""

from __future__ import annotations

from io import TextIOWrapper
from typing import Any, TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver


class LastingOutput:
    """A terminal's output; once it is gone, writing does nothing."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.fileno = file.fileno
        self.isatty = file.isatty

    def write(self, text: str) -> int:
        """All of it, as far as anybody can see."""
        try:
            return self._file.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return


class LastingDriver(LinuxDriver):
    """Textual's own, with that output."""

    def __init__(self, app: App[Any], *, debug: bool, mouse: bool, size: tuple[int, int] | None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file = cast(TextIOWrapper, LastingOutput(self._file))

    def close(self) -> None:
        """A writer that this machine let nobody start is not waited for: that it did not is what is told."""
        if self._writer_thread is not None and self._writer_thread.ident is None:
            self._writer_thread = None
        super().close()
