"""What each throw-away server of one process can: be stopped, crashed and closed; it knows how it starts."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from types import TracebackType
from typing import ClassVar, Self

from bak_tui.services.throwaway.process import Child


class ThrowawayServer:
    """`stop()` and `crash()` leave its data; `close()`, and leaving the `with`, removes it."""

    stops_by: ClassVar[signal.Signals] = signal.SIGTERM
    crashes_by: ClassVar[signal.Signals] = signal.SIGKILL
    stop_patience: ClassVar[float] = 5.0
    """Seconds until a server that does not stop is killed."""

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Its first process; None while stopped."""
        return self._child.pid if self._child else None

    def stop(self) -> None:
        """Stop it as it should be stopped; what it holds stays."""
        self._end(self.stops_by)

    def crash(self) -> None:
        """End it in the middle of whatever it does, as a power cut would."""
        self._end(self.crashes_by)

    def close(self) -> None:
        """Stop it and remove its folder, if that is its own."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end(self, number: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop(number, self.stop_patience)
