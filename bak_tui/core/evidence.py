"""What the checks of one dump prove: is it *good*, *verified*, *proven*?

A backup is good when its manifest is valid and no check has failed since, verified when every byte was hashed
again, and proven when a restore into a scratch database had all that was counted.

A pure rule over the checks, in whatever order they come. What must stay true: a check that failed is not
forgotten because a shallower one passed later. It is outlived only by one that looked at least as deep and
found nothing: the store may have healed the object.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bak_tui.core.checks import Check, CheckKind, CheckResult, newest_first
from bak_tui.core.foreign import visible
from bak_tui.core.levels import Level
from bak_tui.core.wording import age


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one dump beyond its manifest. Times are those at which the checks began."""

    verified: datetime | None = None
    """Every byte was last found to be the one written; None: never, or a check failed since."""
    proven: datetime | None = None
    """It was last restored with all that was counted; None: never, or a check failed since."""
    failed: Check | None = None
    """The newest check that found harm, if none has outlived it: the backup is not good."""
    last: Check | None = None
    """The newest check of all."""

    def words(self, now: datetime) -> str:
        """`proven 3 d ago`, `verified 2 h ago`, `FAILED verify 5 m ago`; empty when nothing was checked.

        Of a dump without a manifest, which can be neither: `decoded …`, `restored …`.
        """
        word, when = self._told
        return f"{word} {age(now - when)} ago" if when else word

    @property
    def word(self) -> str:
        """The same without its age."""
        return self._told[0]

    @property
    def _told(self) -> tuple[str, datetime | None]:
        if self.failed is not None:
            return f"FAILED {self.failed.kind}", self.failed.started
        if self.proven is not None:
            return "proven", self.proven
        if self.verified is not None:
            return "verified", self.verified
        if self.last is not None and self.last.backup is None and "archive" in self.last.compared:
            return "restored" if self.last.kind is CheckKind.PROVE else "decoded", self.last.started
        return "", None

    @property
    def harm(self) -> str:
        """What the failed check found, and when (UTC); empty when there is none."""
        if self.failed is None:
            return ""
        at = self.failed.started.astimezone(UTC)
        return f"{self.failed.kind} failed on {at.day} {at:%b %H:%M}: {visible(self.failed.said)}"


NOTHING_CHECKED = Evidence()


def weigh(checks: Iterable[Check], backup: str | None) -> Evidence:
    """The evidence for the dump whose manifest has the id `backup` (None: it has no valid manifest).

    Checks of another backup, which may have lain under the same key before, count for nothing.
    """
    about = newest_first(check for check in checks if check.backup == backup)
    failed: Check | None = None
    depth = 0
    verified: datetime | None = None
    proven: datetime | None = None
    for check in reversed(about):
        if check.result is CheckResult.FAILED:
            failed, depth = check, max(depth, check.depth)
            verified = proven = None
            continue
        if check.depth >= depth:
            failed, depth = None, 0
        if failed is None and backup is not None:
            verified = check.started if check.depth >= Level.BYTES else verified
            proven = check.started if check.kind is CheckKind.PROVE else proven
    return Evidence(verified, proven, failed, about[0] if about else None)
