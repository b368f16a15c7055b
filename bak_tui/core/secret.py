"""A value that does not tell itself."""

from __future__ import annotations

from typing import Any, NoReturn
from weakref import WeakValueDictionary

_MASK = "•••"


class Secret:
    """A password or key. Prints, formats and reprs as `•••`; only `reveal()` gives the value.

    Not picklable and not serialisable, so that it cannot slip into a state file or a crash report.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _living[id(self)] = self

    def reveal(self) -> str:
        """The value itself: call this only where it is handed to the server or the child."""
        return self._value

    def __str__(self) -> str:
        return _MASK

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __format__(self, _spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be stored")

    def __getstate__(self) -> Any:
        raise TypeError("a secret is not to be stored")


_living: WeakValueDictionary[int, Secret] = WeakValueDictionary()
"""By identity: of two equal ones the second must be known when the first is gone."""


def living_secrets() -> tuple[Secret, ...]:
    """Every secret that this process holds now."""
    # References first, taken in one step: other threads make secrets meanwhile.
    return tuple(secret for each in _living.valuerefs() if (secret := each()) is not None)
