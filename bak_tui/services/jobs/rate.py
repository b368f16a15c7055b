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


class RateHistory:
    """What moved in each of the last seconds. A second of which nobody asked moved nothing that is known."""

    def __init__(self, kept: int = 40) -> None:
        self._moved: deque[int] = deque(maxlen=kept)
        self._second: int | None = None
        self._done = 0

    def sample(self, now: float, done: int) -> None:
        """`now` in seconds, of a clock that never goes back."""
        second = int(now)
        if self._second is None:
            self._moved.append(0)
        else:
            self._moved.extend([0] * min(second - self._second, self._moved.maxlen or 0))
        self._second = second
        # A new phase counts from 0 again.
        self._moved[-1] += done - self._done if done >= self._done else done
        self._done = done

    @property
    def each(self) -> tuple[float, ...]:
        """Bytes a second, oldest first."""
        return tuple(float(moved) for moved in self._moved)
