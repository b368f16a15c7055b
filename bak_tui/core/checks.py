"""The result of one `verify` or `prove`: the JSON object `<data key>.checks/<UTC time>.json`.

One object a check, written once and never changed, like the manifest it is about. Anybody may have written
to the bucket, so it is hostile input until `parse_check` has taken it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.errors import IntegrityError
from bak_tui.core.levels import Level
from bak_tui.core.moments import Moment
from bak_tui.core.wording import plural

MAX_CHECK_BYTES = 64 * 1024
_MOST_BAD_PARTS = 1000
_MOST_NAMED = 5


class CheckKind(StrEnum):
    """The verb."""

    VERIFY = "verify"
    PROVE = "prove"


class CheckResult(StrEnum):
    """What came of it. A check that could not be made (no network, no tools, cancelled) leaves no object."""

    OK = "ok"
    FAILED = "failed"


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class CheckedBy(_Record):
    """Who looked."""

    bak_tui: Annotated[str, Field(max_length=100)]
    host: Annotated[str, Field(max_length=300)]
    pg_restore: Annotated[str, Field(max_length=100)] | None = None


class Check(_Record):
    """Schema 1."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    kind: CheckKind
    level: Level | None = None
    """Of a `verify`."""
    backup: str | None
    """The id of the manifest that was checked against; null where there was none."""
    started: Moment
    seconds: float = Field(ge=0, allow_inf_nan=False)
    result: CheckResult
    compared: list[str]
    """Of `manifest`, `size`, `etag`, `bytes`, `archive`, `rows`, `contents`."""
    not_compared: list[str] = Field(default_factory=list)
    """What could not be, as sentences."""
    bad_parts: Annotated[list[int], Field(max_length=_MOST_BAD_PARTS)] = Field(default_factory=list)
    """Numbers from 1; at most the first thousand."""
    said: Annotated[str, Field(max_length=4000)]
    """One sentence."""
    by: CheckedBy

    @property
    def depth(self) -> int:
        """How much it looked at: a proof more than any verify."""
        return Level.DECODE + 1 if self.kind is CheckKind.PROVE else int(self.level or Level.MANIFEST)

    def to_json(self) -> bytes:
        return self.model_dump_json(by_alias=True, indent=1).encode()


def parse_check(raw: bytes, where: str) -> Check:
    """Take a check found at `where`. Raises IntegrityError naming what is wrong in it."""
    try:
        return Check.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise IntegrityError(
            f"{where} is no check this version can read: {place}: {first['msg']}", kind="bad_check"
        ) from error


def newest_first(checks: Iterable[Check]) -> tuple[Check, ...]:
    """By the time they began."""

    def time_of(check: Check) -> datetime:
        return check.started

    return tuple(sorted(checks, key=time_of, reverse=True))


_IN_STORE = "the object is damaged in the store; use another backup"


class PartsDiffer(IntegrityError):
    """Some of a dump's parts are not the ones that were written; `parts` are their numbers, from 1."""

    kind = "bad_parts"

    def __init__(self, where: str, parts: tuple[int, ...], of: int, hint: str = _IN_STORE) -> None:
        named = [str(number) for number in parts[:_MOST_NAMED]]
        if len(parts) > _MOST_NAMED:
            named.append(f"{len(parts) - _MOST_NAMED} more")
        which = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
        are = "parts {} of {} are" if len(parts) > 1 else "part {} of {} is"
        super().__init__(
            f"{where}: {are.format(which, of)} not what was backed up"
            f" ({plural(len(parts), 'SHA-256')} {'differ' if len(parts) > 1 else 'differs'})",
            hint=hint,
        )
        self.parts = parts[:_MOST_BAD_PARTS]
