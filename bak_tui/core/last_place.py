"""Where a session of the screens was left: what the next one begins with.

It comes from a file that anybody may have edited or deleted: what is not understood is as if it were not
there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

_Text = Annotated[str, Field(max_length=2000)]


@dataclass(frozen=True, slots=True)
class LastPlace:
    """Which profile, folder and pane, and how they were sorted. Everything may be missing."""

    profile: _Text = ""
    folder: _Text = ""
    """In the profile's bucket, below its prefix; empty, or ends with `/`."""
    pane: Annotated[int, Field(ge=1, le=4)] = 2
    databases_order: _Text = ""
    bucket_order: _Text = ""
    """Empty: the user has not sorted."""
    theme: _Text = ""
    """The one the user chose by key; empty without a choice."""

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def folder_in(self, profile: str) -> str:
        """The folder to begin with, if this is the profile it is in."""
        return self.folder if profile == self.profile and self.folder.endswith("/") else ""


NOWHERE = LastPlace()
"""Where a first session begins."""
_PLACE: TypeAdapter[LastPlace] = TypeAdapter(LastPlace)


def parse_place(body: bytes) -> LastPlace:
    """What was kept; nothing where that cannot be read."""
    try:
        return _PLACE.validate_json(body)
    except ValidationError:
        return NOWHERE
