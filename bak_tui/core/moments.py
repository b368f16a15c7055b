"""Times that anybody may have written: only those that can be told in every time zone.

`0001-01-01T00:00:00+14:00` is a time by every rule of JSON and ISO 8601, but no calendar of ours has its UTC;
whoever draws or compares it would break.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

_DAY = timedelta(days=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + _DAY
_LAST = datetime.max.replace(tzinfo=UTC) - _DAY


def _tellable(moment: datetime) -> datetime:
    # Compared by their difference from UTC, without making either one another's time.
    if not _FIRST <= moment <= _LAST:
        raise ValueError("no time that can be told everywhere")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_tellable)]
"""A time with its zone, at least a day from the calendar's ends."""
