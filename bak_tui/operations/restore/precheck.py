"""What is looked at before a restore: each thing with its verdict; what cannot be known is said so."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.databases import ServerIdentity
from bak_tui.core.fitting import Offer, fit
from bak_tui.core.manifest import Manifest
from bak_tui.core.plan import Check, Mode, Verdict
from bak_tui.core.portion import Portion
from bak_tui.core.sessions import DatabaseSession
from bak_tui.core.wording import plural, size
from bak_tui.services.pgtools import ToolSet


@dataclass(frozen=True)
class CheckedFacts:
    """What the checks judge."""

    mode: Mode
    identity: ServerIdentity
    offer: Offer
    tools: ToolSet
    names_roles: bool
    """Whether owners or privileges are restored at all."""
    manifest: Manifest | None
    portion: Portion
    spool_size: int
    """Bytes that are put into the spool; 0 for a file that is read where it lies."""
    spool_free: int
    restored_size: int | None
    sessions: tuple[DatabaseSession, ...]
    terminates: bool
    patience: float
    """Seconds that sessions are waited for."""


def checks(facts: CheckedFacts) -> tuple[Check, ...]:
    """Version, what the dump needs of the server, spool, disk, sessions, contents."""
    needs = facts.manifest.requirements if facts.manifest else None
    return (
        _version(facts),
        *fit(needs, facts.offer, names_roles=facts.names_roles),
        *(check(facts) for check in (_spool, _disk, _sessions, _contents)),
    )


def _version(facts: CheckedFacts) -> Check:
    here, tools = facts.identity, facts.tools
    path = f"→ {_short(here.version)}, with pg_restore {tools.version} of {tools.folder}"
    if facts.manifest is None:
        return Check("version", Verdict.UNKNOWN, f"PostgreSQL of an unknown version {path}")
    there = facts.manifest.server
    fact = f"PostgreSQL {_short(there.version)} {path}"
    if there.version_num // 10000 > here.major:
        return Check("version", Verdict.WARN, f"{fact}: an older server may not know all of it")
    if tools.major > here.major:
        return Check("version", Verdict.WARN, f"{fact}: it sends settings this server may not know")
    return Check("version", Verdict.OK, fact)


def _spool(facts: CheckedFacts) -> Check:
    if not facts.spool_size:
        return Check("spool", Verdict.OK, "read where it lies, nothing is fetched")
    fact = f"{size(facts.spool_size)} to fetch, {size(facts.spool_free)} free on this machine"
    return Check("spool", Verdict.OK if facts.spool_size < facts.spool_free else Verdict.BAD, fact)


def _disk(facts: CheckedFacts) -> Check:
    if facts.restored_size is None:
        return Check(
            "disk", Verdict.UNKNOWN, "what it needs on the server is unknown, and what is free there"
        )
    needs = f"needs ~{size(facts.restored_size)} and room for indexes on the server"
    return Check("disk", Verdict.UNKNOWN, f"{needs}; what is free there cannot be asked")


def _sessions(facts: CheckedFacts) -> Check:
    if facts.mode in {Mode.NEW, Mode.EXISTING}:
        return Check("sessions", Verdict.OK, "nobody is disturbed")
    if not facts.sessions:
        return Check("sessions", Verdict.OK, "nobody is connected to it now")
    who = ", ".join(str(session) for session in facts.sessions[:3])
    more = f" and {len(facts.sessions) - 3} more" if len(facts.sessions) > 3 else ""
    if facts.mode is Mode.CLEAN:
        fate = "locks are waited for, and they wait for ours"
    elif facts.terminates:
        fate = "they will be cut off at the swap"
    else:
        fate = f"they are waited for {facts.patience:g} s, then it fails (--terminate ends them)"
    return Check("sessions", Verdict.WARN, f"{len(facts.sessions)} connected: {fate}: {who}{more}")


def _contents(facts: CheckedFacts) -> Check:
    if not facts.portion.is_whole:
        return Check("contents", Verdict.WARN, f"only {facts.portion}, and only that is compared")
    tables = facts.manifest.tables if facts.manifest else None
    if tables is None:
        return Check("contents", Verdict.WARN, "no manifest with row counts: nothing to compare with")
    schemas = len({table.schema_name for table in tables})
    return Check(
        "contents", Verdict.OK, f"{plural(len(tables), 'table')} in {plural(schemas, 'schema')}, all of them"
    )


def _short(version: str) -> str:
    return version.partition(" ")[0]
