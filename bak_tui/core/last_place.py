"""Where a session of the screens was left: what the next one begins with.

It comes from a file that anybody may have edited or deleted: what is not understood is as if it were not
there. It is read before the first frame is painted, so without pydantic, whose import takes longer than that.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class LastPlace:
    """Which profile, folder and pane, and how they were sorted. Everything may be missing."""

    profile: str = ""
    folder: str = ""
    """In the profile's bucket, below its prefix; empty, or ends with `/`."""
    pane: int = 2
    databases_order: str = ""
    bucket_order: str = ""
    """Empty: the user has not sorted."""
    theme: str = ""
    """The one the user chose by key; empty without a choice."""

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def folder_in(self, profile: str) -> str:
        """The folder to begin with, if this is the profile it is in."""
        return self.folder if profile == self.profile and self.folder.endswith("/") else ""


NOWHERE = LastPlace()
"""Where a first session begins."""


def parse_place(body: bytes) -> LastPlace:
    """What was kept; nothing where that cannot be read."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return NOWHERE
    if not isinstance(raw, dict):
        return NOWHERE
    known = {each.name: raw[each.name] for each in fields(LastPlace) if each.name in raw}
    pane = known.get("pane", NOWHERE.pane)
    texts = [value for name, value in known.items() if name != "pane"]
    if type(pane) is not int or pane not in range(1, 5) or not all(map(_is_text, texts)):
        return NOWHERE
    return LastPlace(**known)


def _is_text(value: object) -> bool:
    """Also for a terminal: half of a surrogate pair could not even be written."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
