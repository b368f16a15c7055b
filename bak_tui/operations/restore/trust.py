"""Whose code a restore would run, with whose rights.

Functions run while a dump is loaded: in checks, defaults, indexes, triggers. To a superuser's restore they
have all rights on the server, and those of the account it runs as. PostgreSQL has no way to lend them fewer:
what is run can undo SET ROLE. A manifest says that `bak` has made the dump; one without it is anybody's. So
code that nothing vouches for is run by a superuser only when that was said; a role with CREATEDB needs to say
nothing. No promise that the rest is harmless: any statement may stand under any label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bak_tui.core.errors import ConfirmationNeeded, FileProblem, StoreError
from bak_tui.core.manifest import Manifest
from bak_tui.core.profile import Server
from bak_tui.core.wording import plural, size
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.services.archive import LOOKED_AT, Code, code_in

_MOST_NAMES = 5


def must_be_said(manifest: Manifest | None, code: Code | None, *, is_superuser: bool) -> bool:
    """Whether a superuser would run code that nothing vouches for. What cannot be listed counts."""
    if manifest is not None or not is_superuser:
        return False
    return code is None or bool(code.items) or not code.is_whole


def code_listed(code: Code | None) -> str:
    """What runs in it, or will, in words."""
    if code is None:
        return "what cannot be listed"
    found = Counter(item.kind for item in code.items)
    fact = ", ".join(plural(number, kind) for kind, number in found.items()) or "no functions or triggers"
    if not code.is_whole:
        return f"{fact} in the first {size(LOOKED_AT)}; more was not read"
    names = [item.name for item in code.items]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{fact}: {', '.join(names[:_MOST_NAMES])}{more}" if names else fact


def unvouched(
    collaborators: Collaborators, server: Server, sources: Iterable[DumpSource]
) -> tuple[tuple[DumpSource, str], ...]:
    """Those whose code a superuser would run though nothing vouches for it, each with what it brings."""
    return tuple((source, code_listed(code)) for source, code in _unvouched(collaborators, server, sources))


def require_saying(
    collaborators: Collaborators, server: Server, sources: Iterable[DumpSource], *, is_proven: bool
) -> None:
    """Raise ConfirmationNeeded for the first of those.

    Until a dump `is_proven` only what it does list counts: that it is damaged is to be told first.
    """
    for source, code in _unvouched(collaborators, server, sources):
        if not is_proven and (code is None or not code.items):
            continue
        raise ConfirmationNeeded(
            f"{source.name} has no manifest that vouches for it, and brings {code_listed(code)}: a superuser"
            " would run that with all rights on the server; nothing was touched",
            hint="do it as a role with CREATEDB (bak restore --no-owner --no-privileges);"
            " or, if you know where it is from, say --as-superuser",
        )


def _unvouched(
    collaborators: Collaborators, server: Server, sources: Iterable[DumpSource]
) -> tuple[tuple[DumpSource, Code | None], ...]:
    bare = [source for source in sources if source.manifest is None]
    if not bare or not collaborators.postgres(server, "bak").offer().is_superuser:
        return ()
    looked_into = [(source, _code_of(source)) for source in bare]
    return tuple(
        (source, code)
        for source, code in looked_into
        if must_be_said(source.manifest, code, is_superuser=True)
    )


def _code_of(source: DumpSource) -> Code | None:
    """None where it cannot be read, too: its own restore says why, and the others go on."""
    try:
        return code_in(source.begin(LOOKED_AT))
    except (FileProblem, StoreError):
        return None
