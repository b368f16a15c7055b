"""Step 1 of a restore: which dump, newest first, and what is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical

from bak_tui.core.wording import counted
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.dialogs.restore_plan import dump_line, what_line
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.listing import Drawing, Listing

_MOST_ROWS = 9


class WhatForm(Vertical):
    """The facts of one dump above the list of all."""

    DEFAULT_CSS = "WhatForm { height: auto; & Listing { margin-top: 1; } }"

    def __init__(self, dumps: Sequence[StoredDump], now: datetime, shrunk: Mapping[str, str]) -> None:
        super().__init__()
        self._dumps, self._now, self._shrunk = dumps, now, shrunk
        self._facts = Flowing(self._lines)
        self.listing: Listing[StoredDump] = Listing(self._draw, lambda dump: dump.path)
        self.listing.styles.height = min(_MOST_ROWS, len(dumps))

    def compose(self) -> ComposeResult:
        yield self._facts
        yield self.listing

    def on_mount(self) -> None:
        self.listing.show(self._dumps)

    @property
    def dump(self) -> StoredDump:
        """The one under the cursor."""
        return self.listing.current or self._dumps[0]

    def line(self, width: int) -> Line:
        """It, in a line."""
        return what_line(self.dump, self._now, width, self._shrunk.get(self.dump.path, ""))

    def tell(self) -> None:
        """The cursor is on another one."""
        self._facts.flow(self._lines)

    def _draw(self, dump: StoredDump, drawing: Drawing) -> list[Line]:
        return [dump_line(dump, self._now, drawing.width, self._shrunk.get(dump.path, ""))]

    def _lines(self, width: int) -> list[Line]:
        dump = self.dump
        manifest = dump.manifest
        lines = [self.line(width)]
        if manifest is not None:
            version = f"PostgreSQL {manifest.server.version}, {manifest.server.host}"
            lines += labelled("From", f"{version}, by pg_dump {manifest.tools.pg_dump}", width)
            lines += labelled("Holds", counted(len(manifest.tables or []), manifest.rows), width)
            lines += labelled("Note", manifest.note, width) if manifest.note else []
        elif dump.problem:
            lines += labelled("Manifest", dump.problem, width)
        return lines + labelled("Key", dump.path, width)
