"""Servers' times, always in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime.fromtimestamp(0, UTC)


def read_time(written: Any) -> datetime:
    """S3's `2026-11-23T12:00:00.000Z` at once, else whatever botocore knows to read. Raises ValueError."""
    if isinstance(written, str) and written.endswith("Z"):
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            pass
    from botocore.utils import parse_timestamp

    return parse_timestamp(written)


def moment(when: datetime | None) -> datetime:
    """A server's time in UTC; one it does not give is told as 1970."""
    if when is None:
        return _EPOCH
    return when if when.tzinfo is UTC else when.astimezone(UTC)
