"""How old something may be, as people write it: `26h`, `2d`, `90m`, `1w`."""

from __future__ import annotations

import re
from datetime import timedelta

from bak_tui.core.errors import UsageError

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}


def parse_age(text: str) -> timedelta:
    """`26h` and the like, also `1d12h`. Raises UsageError for anything else, and for nothing at all."""
    written = "".join(text.lower().split())
    if re.fullmatch(r"([0-9]{1,6}[wdhm])+", written) is None:
        raise UsageError(f"{text} is no age", hint="say 26h, 2d, 90m or 1w")
    pieces = re.findall(r"([0-9]+)([wdhm])", written)
    age = sum((int(number) * _UNITS[unit] for number, unit in pieces), timedelta())
    if not age:
        raise UsageError(f"an age of {text} would make everything too old", hint="say 26h or 2d")
    return age


def age_text(age: timedelta) -> str:
    """The shortest way to write it that `parse_age` reads back; whole minutes."""
    minutes = int(age.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    if days > 1 and not rest:
        return f"{days}d"
    hours, left = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{left}m" if left else "")
