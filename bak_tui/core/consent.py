"""What a person has agreed that a superuser runs, of dumps that nothing vouches for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consent:
    """To all code there may be (`--as-superuser`), or to what was shown and asked about, and to no other."""

    is_general: bool = False
    seals: frozenset[str] = frozenset()
    """Of what was shown: see `services.archive.code`. What could not be listed has an empty one."""

    def covers(self, seal: str) -> bool:
        return self.is_general or seal in self.seals

    def __bool__(self) -> bool:
        """Whether anything was agreed to."""
        return self.is_general or bool(self.seals)


NO_CONSENT = Consent()
GENERAL_CONSENT = Consent(is_general=True)
