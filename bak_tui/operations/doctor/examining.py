"""`doctor`: what is installed, what can be reached, and with whose credentials."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bak_tui.core.databases import ServerIdentity
from bak_tui.core.errors import BakError, ExitCode, ToolError
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.weakening import weakenings
from bak_tui.operations.doctor.leftovers import find_leftovers
from bak_tui.operations.doctor.marked import marked_databases
from bak_tui.operations.ports import Collaborators
from bak_tui.services.pgtools import ToolSet

_MOST = 100
"""Leftovers told one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, what was found, and whether that is well."""

    what: str
    said: str
    error: BakError | None = None
    needs_look: bool = False
    """No failure, and not well either: it was left by a killed run, or given up on purpose."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything `doctor` looked at."""

    tools: tuple[ToolSet, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        first = next((finding.error for finding in self.findings if finding.error), None)
        return first.exit_code if first else ExitCode.DONE


def examine(collaborators: Collaborators, profile: Profile) -> Findings:
    """Look at the client programs, the server and the bucket. Nothing is raised: all is told."""
    tools, findings = _tools(collaborators)
    server = _server(collaborators, profile.server)
    findings += server[0]
    if server[1] is not None:
        findings.append(_fit(collaborators, server[1]))
        findings += _kept(collaborators, profile.server)
    if profile.given_target is not None:
        findings.append(_bucket(collaborators, profile.given_target))
    findings += weakened(profile)
    findings += _left(collaborators, profile)
    return Findings(tools, tuple(findings))


def weakened(profile: Profile) -> list[Finding]:
    """What the profile gives up of its protection; chosen, so no failure."""
    return [Finding("weakened", each.sentence, needs_look=True) for each in weakenings(profile, os.environ)]


def _tools(collaborators: Collaborators) -> tuple[tuple[ToolSet, ...], list[Finding]]:
    try:
        tools = collaborators.tools.sets
    except ToolError as error:
        return (), [Finding("client programs", str(error), error)]
    if not tools:
        missing = ToolError(
            "no pg_dump and pg_restore were found", hint="install PostgreSQL's client programs"
        )
        return (), [Finding("client programs", str(missing), missing)]
    return tools, [
        Finding("client programs", f"{each}, zstd: {'yes' if each.has_zstd else 'no'}") for each in tools
    ]


def _server(collaborators: Collaborators, server: Server) -> tuple[list[Finding], ServerIdentity | None]:
    try:
        identity = collaborators.postgres(server, "bak").identity()
    except BakError as error:
        return [Finding("server", str(error), error)], None
    said = f"PostgreSQL {identity.version} at {identity.host}:{identity.port}"
    return [Finding("server", said)], identity


def _fit(collaborators: Collaborators, identity: ServerIdentity) -> Finding:
    try:
        tools = collaborators.tools.for_server(identity.major)
    except ToolError as error:
        return Finding("pg_dump for it", str(error), error)
    return Finding("pg_dump for it", str(tools))


def _left(collaborators: Collaborators, profile: Profile) -> list[Finding]:
    """What killed runs have left, and what could not be looked at for it (which is no failure of its own)."""
    left = find_leftovers(collaborators, profile, lists_objects=True)
    notes = [Finding("journal", note, needs_look=True) for note in left.notes]
    notes += [
        Finding("leftovers", f"could not all be looked for: {error}", needs_look=True)
        for error in left.errors
    ]
    told = [Finding(each.kind, each.sentence, needs_look=True) for each in left.found[:_MOST]]
    if len(left.found) > _MOST:
        told.append(Finding("leftovers", f"and {len(left.found) - _MOST:,} more", needs_look=True))
    return [*notes, *told]


def _kept(collaborators: Collaborators, server: Server) -> list[Finding]:
    """What swaps have kept, and what is being restored into now."""
    try:
        marked = marked_databases(collaborators.postgres(server, "bak"))
    except BakError as error:
        return [Finding("scratch and kept databases", str(error), error)]
    return [Finding(f"{each.mark.kind} database", each.sentence) for each in marked if not each.is_leftover]


def _bucket(collaborators: Collaborators, target: Target) -> Finding:
    try:
        store = collaborators.store(target)
        where = f"{target} at {store.endpoint_in_use()}, credentials from {store.credentials_origin()}"
        next(iter(store.pages(target.prefix, delimiter="/")), None)
    except BakError as error:
        return Finding("bucket", str(error), error)
    return Finding("bucket", where)
