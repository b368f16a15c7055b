"""Servers' times, always in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime.fromtimestamp(0, UTC)


def read_time(written: Any) -> datetime:
    """S3's `2026-11-23T12:00:00.000Z` at once, else whatever botocore knows to read.

    Raises botocore's ResponseParserError: what sends such a time is not S3.
    """
    if isinstance(written, str) and written.endswith("Z"):
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            pass
    from botocore.parsers import ResponseParserError
    from botocore.utils import parse_timestamp

    try:
        return parse_timestamp(written)
    except (ValueError, OverflowError, RuntimeError) as error:  # all of which it has been seen to raise
        raise ResponseParserError(f"no time: {error}") from error


def moment(when: datetime | None) -> datetime:
    """A server's time in UTC; one that it does not give, or no calendar has, is told as 1970."""
    if when is None:
        return _EPOCH
    try:
        return when if when.tzinfo is UTC else when.astimezone(UTC)
    except OverflowError:
        return _EPOCH
