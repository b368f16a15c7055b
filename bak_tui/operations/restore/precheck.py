"""What is looked at before a restore: each thing with its verdict; what cannot be known is said so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bak_tui.core.databases import ServerDisk, ServerIdentity
from bak_tui.core.fitting import Offer, fit
from bak_tui.core.manifest import Manifest
from bak_tui.core.plan import Check, Mode, Verdict
from bak_tui.core.portion import Portion
from bak_tui.core.requirements import Requirements
from bak_tui.core.sessions import DatabaseSession
from bak_tui.core.wording import plural, size
from bak_tui.operations.restore.trust import code_listed
from bak_tui.operations.restore.workers import Workers
from bak_tui.services.archive import Code
from bak_tui.services.pgtools import ToolSet

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class CheckedFacts:
    """What the checks judge."""

    mode: Mode
    identity: ServerIdentity
    offer: Offer
    tools: ToolSet
    workers: Workers
    names_roles: bool
    """Whether owners or privileges are restored at all."""
    manifest: Manifest | None
    code: Code | None
    """What the archive itself lists; None when that is not known, or not asked."""
    must_be_said: bool
    """A superuser would run code that nothing vouches for."""
    dumped_version: str | None
    """Of the server it was taken from."""
    has: Requirements | None
    """What a target that keeps its own settings has; None where it is made anew."""
    disk: ServerDisk
    portion: Portion
    spool_size: int
    """Bytes that are put into the spool; 0 for a file that is read where it lies."""
    spool_free: int
    can_stream: bool
    """It can be restored without a copy here."""
    restored_size: int | None
    sessions: tuple[DatabaseSession, ...]
    terminates: bool
    patience: float
    """Seconds that sessions are waited for."""


def checks(facts: CheckedFacts) -> tuple[Check, ...]:
    """Version, what the dump needs of the server, spool, disk, sessions, contents, rights."""
    needs = facts.manifest.requirements if facts.manifest else None
    return (
        _version(facts),
        *fit(needs, facts.offer, names_roles=facts.names_roles),
        *_settings(facts),
        *(check(facts) for check in (_spool, _disk, _sessions, _contents, _workers)),
        *_rights(facts),
        *_code(facts),
        *_undo(facts),
    )


def _version(facts: CheckedFacts) -> Check:
    here, tools, there = facts.identity, facts.tools, facts.dumped_version
    path = f"→ {_short(here.version)}, with pg_restore {tools.version} of {tools.folder}"
    if there is None:
        short = f"unknown → {_short(here.version)}, pg_restore {tools.version}"
        return Check("version", Verdict.UNKNOWN, f"PostgreSQL of an unknown version {path}", short)
    fact = f"PostgreSQL {_short(there)} {path}"
    short = f"{_short(there)} → {_short(here.version)}"
    if _major(there) > here.major:
        fate = "an older server may not know all of it"
        return Check("version", Verdict.WARN, f"{fact}: {fate}", f"{short}: {fate}")
    if tools.major > here.major:
        fate = "it sends settings this server may not know"
        return Check("version", Verdict.WARN, f"{fact}: {fate}", f"{short} by {tools.version}: {fate}")
    return Check("version", Verdict.OK, fact, f"{short} by {tools.version}")


def _spool(facts: CheckedFacts) -> Check:
    if not facts.spool_size:
        return Check("spool", Verdict.OK, "read where it lies, nothing is fetched", "nothing is fetched")
    fact = f"{size(facts.spool_size)} to fetch, {size(facts.spool_free)} free on this machine"
    short = f"{size(facts.spool_size)}, {size(facts.spool_free)} free"
    if facts.can_stream and facts.spool_size >= facts.spool_free:
        way = "read twice from the bucket instead, and restored by one worker: slower"
        return Check("spool", Verdict.WARN, f"{fact}: {way}", f"{short}: read twice instead, slower")
    verdict = Verdict.OK if facts.spool_size < facts.spool_free else Verdict.BAD
    return Check("spool", verdict, fact, short)


def _disk(facts: CheckedFacts) -> Check:
    free = facts.disk.free
    there = facts.disk.why if free is None else f"{size(free)} free there"
    needed = facts.restored_size
    if needed is None:
        fact = f"what it needs on the server is unknown; {there}"
        return Check("disk", Verdict.UNKNOWN, fact, "unknown" if free is None else f"{size(free)} free")
    needs = f"needs ~{size(needed)} and room for indexes on the server"
    if free is None:
        return Check("disk", Verdict.UNKNOWN, f"{needs}; {there}", f"~{size(needed)}, free unknown")
    verdict = Verdict.BAD if needed > free else Verdict.WARN if 2 * needed > free else Verdict.OK
    indexes = " and indexes" if verdict is Verdict.WARN else ""
    return Check("disk", verdict, f"{needs}, {there}", f"~{size(needed)}{indexes}, {size(free)} free")


def _workers(facts: CheckedFacts) -> Check:
    number = facts.workers.number
    return Check("workers", Verdict.OK, f"{number}: {facts.workers.why}", str(number))


def _rights(facts: CheckedFacts) -> tuple[Check, ...]:
    """Functions run while rows are loaded (checks, indexes, defaults): with the rights of who restores."""
    if not facts.offer.is_superuser:
        return ()
    if is_own(facts.manifest, facts.identity):
        fact = "as a superuser, what by its manifest this server itself held"
        return (Check("rights", Verdict.OK, fact, "this server's own dump"),)
    fact = (
        "as a superuser: functions in the dump run with all rights on this server;"
        " for a dump that may not be trusted a role with CREATEDB is enough"
    )
    short = "its functions run as superuser; a role with CREATEDB is enough"
    if facts.must_be_said:
        fact = f"{fact}; no manifest vouches for this one, so it must be said: --as-superuser"
        short = "its functions run as superuser, and no manifest vouches for it"
    return (Check("rights", Verdict.WARN, fact, short),)


def is_own(manifest: Manifest | None, identity: ServerIdentity) -> bool:
    """Whether a dump is of this very server, by its manifest."""
    here = identity.system_identifier
    return here is not None and manifest is not None and manifest.server.system_identifier == here


def _code(facts: CheckedFacts) -> tuple[Check, ...]:
    """What runs in it, or will. Statements can hide in any entry: that none is listed is no promise."""
    if facts.code is None:
        return ()
    if not facts.code.is_whole:
        return (Check("code", Verdict.UNKNOWN, code_listed(facts.code)),)
    verdict = Verdict.WARN if facts.code.items and facts.offer.is_superuser else Verdict.OK
    return (Check("code", verdict, code_listed(facts.code)),)


def _undo(facts: CheckedFacts) -> tuple[Check, ...]:
    """pg_restore commits its one transaction itself: nobody can count in between."""
    if facts.mode is not Mode.CLEAN:
        return ()
    fact = (
        "counts are compared after the commit, which cannot be taken back: back it up first,"
        " or swap, which keeps it"
    )
    return (Check("undo", Verdict.WARN, fact, "none after the commit: back it up first, or swap"),)


def _settings(facts: CheckedFacts) -> tuple[Check, ...]:
    """A database that is there keeps what it has itself; what the dumped one had is not applied."""
    dumped = facts.manifest.requirements if facts.manifest else None
    if facts.has is None or dumped is None:
        return ()
    here = {(each.role, each.name): each.value for each in facts.has.settings or []}
    others = [each for each in dumped.settings or [] if here.get((each.role, each.name)) != each.value]
    if not others:
        return ()
    names = ", ".join(dict.fromkeys(each.name for each in others))
    fact = f"of the dumped database, not applied: {names}: one that is there keeps its own"
    return (Check("own settings", Verdict.WARN, fact, f"not applied: {names}"),)


def _sessions(facts: CheckedFacts) -> Check:
    if facts.mode in {Mode.NEW, Mode.EXISTING}:
        return Check("sessions", Verdict.OK, "nobody is disturbed")
    if not facts.sessions:
        return Check("sessions", Verdict.OK, "nobody is connected to it now", "nobody is connected")
    who = ", ".join(str(session) for session in facts.sessions[:3])
    more = f" and {len(facts.sessions) - 3} more" if len(facts.sessions) > 3 else ""
    if facts.mode is Mode.CLEAN:
        fate = in_short = "locks are waited for, and they wait for ours"
    elif facts.terminates:
        fate, in_short = "they will be cut off at the swap", "cut off at the swap"
    else:
        fate = f"they are waited for {facts.patience:g} s, then it fails (--terminate ends them)"
        in_short = f"waited for {facts.patience:g} s, then it fails"
    there = f"{len(facts.sessions)} connected"
    return Check("sessions", Verdict.WARN, f"{there}: {fate}: {who}{more}", f"{there}: {in_short}")


def _contents(facts: CheckedFacts) -> Check:
    if not facts.portion.is_whole:
        return Check("contents", Verdict.WARN, f"only {facts.portion}, and only that is compared")
    tables = facts.manifest.tables if facts.manifest else None
    if tables is None:
        return Check("contents", Verdict.WARN, "no manifest with row counts: nothing to compare with")
    schemas = len({table.schema_name for table in tables})
    fact = f"{plural(len(tables), 'table')} in {plural(schemas, 'schema')}"
    return Check("contents", Verdict.OK, f"{fact}, all of them", fact)


def _major(version: str) -> int:
    """`15` of `15.18 (Debian 15.18-0+deb12u1)`; 0 of what is no version."""
    match = _NUMBER.match(version)
    return int(match[0]) if match else 0


def _short(version: str) -> str:
    return version.partition(" ")[0]
