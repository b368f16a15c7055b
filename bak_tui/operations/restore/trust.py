"""Whose code a restore would run, with whose rights.

What runs while a dump is loaded (in checks, defaults, indexes, triggers, views that are filled) has, in a
superuser's restore, all rights on the server, and those of the account it runs as. PostgreSQL has no way to
lend it fewer: what is run can undo SET ROLE. A manifest says that `bak` has made the dump; one without it is
anybody's. So what nothing vouches for is run by a superuser only when that was said, unless all its
statements are known to be harmless; a role with CREATEDB needs to say nothing.

It is asked twice: early, of what lies there; and, what counts, of the very file that pg_restore is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bak_tui.core.consent import Consent
from bak_tui.core.errors import ConfirmationNeeded, FileProblem, StoreError
from bak_tui.core.manifest import Manifest
from bak_tui.core.profile import Server
from bak_tui.core.wording import plural, size
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.operations.restore.streaming import Archive
from bak_tui.services.archive import LOOKED_AT, TOC_NAME, Code, code_in

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Unvouched:
    """A dump whose code a superuser would run though nothing vouches for it."""

    name: str
    code: Code | None
    """None: what cannot be listed."""

    @property
    def brings(self) -> str:
        """In words."""
        return code_listed(self.code)

    @property
    def seal(self) -> str:
        return seal_of(self.code)


def must_be_said(manifest: Manifest | None, code: Code | None, *, is_superuser: bool) -> bool:
    """Whether a superuser would run code that nothing vouches for. What cannot be listed counts."""
    if manifest is not None or not is_superuser:
        return False
    return code is None or bool(code.items) or not code.is_whole


def seal_of(code: Code | None) -> str:
    """What a person agrees to who was shown it."""
    return code.seal if code else ""


def code_listed(code: Code | None) -> str:
    """What runs in it, or will, in words."""
    if code is None:
        return "what cannot be listed"
    found = Counter(item.kind for item in code.items)
    fact = ", ".join(plural(number, kind) for kind, number in found.items()) or "no code"
    if not code.is_whole:
        return f"{fact} in the first {size(LOOKED_AT)}; more was not read"
    names = [item.name for item in code.items]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{fact}: {', '.join(names[:_MOST_NAMES])}{more}" if names else fact


def unvouched(
    collaborators: Collaborators, server: Server, sources: Iterable[DumpSource]
) -> tuple[Unvouched, ...]:
    """Those of dumps as they lie there. What cannot be read counts, too: its own restore says why."""
    bare = [source for source in sources if source.manifest is None]
    if not bare or not _is_superuser(collaborators, server):
        return ()
    looked_into = [Unvouched(source.name, _code_of(source)) for source in bare]
    return tuple(each for each in looked_into if must_be_said(None, each.code, is_superuser=True))


def require_saying(
    collaborators: Collaborators, server: Server, sources: Iterable[DumpSource], consent: Consent
) -> None:
    """Raise ConfirmationNeeded for the first of those, as early as it can be told.

    Only what a dump does list counts here: that one is damaged is to be told first.
    """
    if consent.is_general:
        return
    for each in unvouched(collaborators, server, sources):
        if each.code is not None and each.code.items and not consent.covers(each.seal):
            raise _unsaid(each.name, each.brings)


def require_said(
    collaborators: Collaborators, server: Server, source: DumpSource, archive: Archive, consent: Consent
) -> None:
    """Raise ConfirmationNeeded unless `archive`, which pg_restore is about to read, may be run here.

    What was agreed to before holds for what was shown then: not for another that has taken its place.
    """
    if consent.is_general or source.manifest is not None or isinstance(archive, Streamed):
        return  # only what has a manifest is streamed, and every part is held against it
    if not _is_superuser(collaborators, server):
        return
    contents = archive / TOC_NAME if archive.is_dir() else archive
    folder = FolderPlace(contents.parent)
    if folder.is_changeable_by_others(contents.name):
        raise _unsaid(source.name, "what others on this machine may change while it is read", _CHMOD)
    code = code_in(folder.read_head(contents.name, LOOKED_AT))
    if must_be_said(None, code, is_superuser=True) and not consent.covers(seal_of(code)):
        raise _unsaid(source.name, code_listed(code))


_CHMOD = "copy it to where only you may write"


def _unsaid(name: str, brings: str, first: str = "") -> ConfirmationNeeded:
    first = f"{first}; or " if first else ""
    return ConfirmationNeeded(
        f"{name} has no manifest that vouches for it, and brings {brings}: a superuser"
        " would run that with all rights on the server; nothing was touched",
        hint=f"{first}do it as a role with CREATEDB (bak restore --no-owner --no-privileges);"
        " or, if you know where it is from, say --as-superuser",
    )


def _is_superuser(collaborators: Collaborators, server: Server) -> bool:
    return collaborators.postgres(server, "bak").offer().is_superuser


def _code_of(source: DumpSource) -> Code | None:
    """None where it cannot be read, too."""
    try:
        return code_in(source.begin(LOOKED_AT))
    except (FileProblem, StoreError):
        return None
