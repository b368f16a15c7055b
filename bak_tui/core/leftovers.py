"""What killed runs leave behind, and when it may be removed: only what is provably ours, and dead.

Proof is the journal of this machine (its process has ended), the mark of a scratch database that no session
works on, or, for an upload that nobody's journal here knows, our key template and an age that no backup has.
Beyond that goes only what the user names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bak_tui.core.ages import age_text
from bak_tui.core.errors import BakError
from bak_tui.core.foreign import visible
from bak_tui.core.journal import Life
from bak_tui.core.names import dump_of, is_template_named
from bak_tui.core.objects import OpenUpload
from bak_tui.core.wording import plural

ABANDONED = timedelta(days=7)
"""A snapshot that is held for longer than this would hurt its server more than any backup is worth."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the user says may go beyond what is proven."""

    older_than: timedelta = ABANDONED
    """Uploads under our names that this machine's journal does not know, and that are older."""
    uploads: Collection[str] = field(default_factory=frozenset)
    """Uploads by their id, whosever they are."""
    objects: Collection[str] = field(default_factory=frozenset)
    """Manifests and folders of checks whose dumps are gone, and halves of directory-format dumps, by key;
    half-filled databases that are to be told no more, by name."""


PROVEN_ONLY = Claims()


class LeftoverKind(StrEnum):
    """What it is."""

    UPLOAD = "open upload"
    OBJECT = "dump without its manifest"
    MANIFEST = "manifest without its dump"
    CHECKS = "results of checks without their dump"
    DATABASE = "scratch database"
    TRIAL = "object of a profile's test"
    FILE = "partial file"
    SPOOL = "spool folder"
    FILLED = "half-filled database"
    """The user's: empty before a restore filled it, and told as long as it holds something."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing that a run has left, or may have."""

    kind: LeftoverKind
    name: str
    """A key, a database's name, or a path."""
    where: str
    """The same for people: a URL, a server, a path."""
    since: datetime
    whose: str
    kept_because: str = ""
    """Why it must not be removed; empty when it may be."""
    upload_id: str = ""
    entry: str = ""
    """The journal's entry that speaks of it."""

    @property
    def may_go(self) -> bool:
        return not self.kept_because

    @property
    def facts(self) -> str:
        """What it is, and whose."""
        since = f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"{visible(self.where)}: of {visible(self.whose)}, since {since}"

    @property
    def sentence(self) -> str:
        """The same, and what may be done with it."""
        return f"{self.facts}; {visible(self.kept_because) or 'bak doctor --clean removes it'}"


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Everything that was found, and what could not be looked at."""

    found: tuple[Leftover, ...]
    errors: tuple[BakError, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences on the journal itself."""
    settled: tuple[str, ...] = ()
    """Entries of ended processes of which nothing is left."""

    @property
    def sentence(self) -> str:
        """What of it may go: `2 things`, and what they are."""
        kinds = Counter(str(each.kind) for each in self.removable)
        return ", ".join(plural(number, kind) for kind, number in sorted(kinds.items()))

    @property
    def filled(self) -> tuple[Leftover, ...]:
        """Databases of the user's that may hold a part of a dump."""
        return tuple(each for each in self.found if each.kind is LeftoverKind.FILLED)

    @property
    def removable(self) -> tuple[Leftover, ...]:
        return tuple(each for each in self.found if each.may_go)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of one leftover."""

    leftover: Leftover
    error: BakError | None = None


def why_kept(life: Life) -> str:
    """Why a thing that the journal knows is left alone; empty when its process has ended."""
    if life is Life.UNKNOWN:
        return "its process ran on another machine or in another container; look there"
    return "" if life is Life.DEAD else "it is being worked on"


def why_filled_kept(name: str, claims: Claims) -> str:
    """Why a database that was being filled is told and left alone: nobody but its owner may empty it."""
    if name in claims.objects:
        return ""
    return (
        "it was empty before and may hold a part of the dump; drop it yourself and restore again, or, if what"
        f" it holds is as it should be, --object {name} with --clean has it told no more"
    )


def why_upload_kept(upload: OpenUpload, now: datetime, claims: Claims = PROVEN_ONLY) -> str:
    """The same for an open upload that this machine's journal does not know."""
    by_name = f"--upload {upload.upload_id} removes it"
    if upload.upload_id in claims.uploads:
        return ""
    if not is_template_named(dump_of(upload.key)):
        return f"another program's, by its key; {by_name}"
    if now - upload.begun < claims.older_than:
        limit = age_text(claims.older_than)
        return (
            f"not in this machine's journal, so another may be at work; older than {limit} (--older-than) it"
            f" may be removed, and {by_name}"
        )
    return ""


def without_entries(uploads: Sequence[OpenUpload], known: Sequence[str]) -> list[OpenUpload]:
    """The uploads whose key no entry of the journal speaks of."""
    keys = set(known)
    return [upload for upload in uploads if upload.key not in keys]
