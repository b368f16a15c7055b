"""What a long-running service looks at while it works, so that it can be stopped."""

from __future__ import annotations

from typing import Protocol


class Cancellation(Protocol):
    """Asked often, from any thread. Implemented by the running job."""

    def check(self) -> None:
        """Return at once, or raise `Cancelled`."""

    def sleep(self, seconds: float) -> None:
        """Wait that long, or raise `Cancelled` as soon as the job is cancelled."""
