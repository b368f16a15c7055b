"""The COMMENT by which a database of our making is known again, on any machine, by its full name and job.

    bak-tui scratch database: {"database": "fence", "job": "bak-1f00c2aa", …}
    bak-tui kept database: {"database": "fence", "job": "bak-1f00c2aa", "comment": "what it was", …}

Its own name alone cannot tell: 63 bytes may cut it. Whoever owns a database may write its comment, as a dump
that is restored may, too, so it is hostile input until `mark_of` has taken it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.moments import Moment
from bak_tui.core.names import is_derived

MARK_PREFIX = "bak-tui "
SCRATCH_LABEL = "new"
"""In a scratch database's name: `fence__new_20261123T120000Z`."""
KEPT_LABEL = "old"
"""In a kept one's, unless it was named: `fence__old_20261123T120000Z`."""
_MARK = re.compile(r"bak-tui (?P<kind>scratch|kept) database: (?P<fields>\{.*\})", re.DOTALL)


class MarkKind(StrEnum):
    """What such a database is for."""

    SCRATCH = "scratch"
    """Being restored into; nobody's data yet."""
    KEPT = "kept"
    """Somebody's database until another took its name: `undo` gives it back."""


class Mark(BaseModel):
    """What the comment says."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: MarkKind
    database: str = Field(min_length=1)
    """The full name of the database it was made for, or that it had."""
    job: str
    """`bak-<8 hex>`: the application name of the sessions that made it."""
    at: Moment
    source: str = ""
    """The dump that was restored."""
    comment: str | None = None
    """The comment it had before it was put aside."""

    @property
    def is_kept(self) -> bool:
        return self.kind is MarkKind.KEPT

    @property
    def aside(self) -> str:
        """Why no backup of all takes it, in words."""
        since = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"it is kept by a swap since {since}" if self.is_kept else f"it is a restore's since {since}"

    def __str__(self) -> str:
        fields = self.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
        # ASCII: whatever the encoding of the database it is written from, it comes back as it was.
        return f"{MARK_PREFIX}{self.kind} database: {json.dumps(fields, ensure_ascii=True)}"


def parse_mark(comment: str | None) -> Mark | None:
    """The mark in a database's comment; None when it is not ours."""
    match = _MARK.fullmatch(comment or "")
    if match is None:
        return None
    try:
        fields = json.loads(match["fields"])
        return Mark.model_validate({**fields, "kind": match["kind"]})
    except (ValueError, ValidationError, RecursionError):
        return None


def mark_of(name: str, comment: str | None) -> Mark | None:
    """The mark of the database called `name`; None when it is not ours.

    What is scratch is dropped without its name being typed, so it must bear a name that is made for such: no
    comment makes a database of somebody's one.
    """
    mark = parse_mark(comment)
    if mark is None or mark.is_kept or is_derived(name, mark.database, SCRATCH_LABEL):
        return mark
    return None
