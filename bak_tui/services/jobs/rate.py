"""How fast something moves: bytes a second over a sliding window."""

from __future__ import annotations

from collections import deque


class RateMeter:
    """Samples of (seconds, bytes done); the rate is over the last `window` seconds."""

    def __init__(self, window: float = 10.0) -> None:
        self._window = window
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, now: float, done: int) -> None:
        if self._samples and done < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[0][0] > self._window:
            self._samples.popleft()

    @property
    def rate(self) -> float | None:
        """None before anything moved for a quarter of a second."""
        if len(self._samples) < 2:
            return None
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        if last - first < 0.25 or after == before:
            return None
        return (after - before) / (last - first)
