"""`bak show`."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.evidence import evidence_fields
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.wording import counted, plural, size

if TYPE_CHECKING:
    from bak_tui.operations.bucket.inventory import StoredDump


@click.command("show")
@click.argument("wanted", metavar="KEY")
@options.target_options
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, *, wanted: str) -> None:
    """Show a dump's manifest, or what can be told without one."""
    target = session.target
    with session.bak() as bak:
        dump = bak.catalogue(target).show(wanted)
    if session.is_json:
        manifest = json.loads(dump.manifest.to_json()) if dump.manifest else None
        output.document("show", {**_told(dump), "manifest": manifest})
        return
    output.table(("", ""), [(name, str(value)) for name, value in [*_lines(dump), *_checks(dump)]])


def _told(dump: StoredDump) -> dict[str, Any]:
    return {
        "key": dump.stored.key,
        "database": dump.database,
        "taken": dump.taken.isoformat(),
        "size": dump.stored.size,
        "is_backup": dump.is_backup,
        "problem": dump.problem,
        **evidence_fields(dump),
        "checks": [json.loads(check.to_json()) for check in dump.checks],
        "archive": dump.head and str(dump.head),
        "pg_dump_version": dump.head and dump.head.pg_dump_version,
        "server_version": dump.head and dump.head.server_version,
    }


def _lines(dump: StoredDump) -> list[tuple[str, str]]:
    lines = [
        ("key", dump.stored.key),
        ("database", dump.database),
        ("taken", f"{dump.taken.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("size", f"{size(dump.stored.size)} ({dump.stored.size} bytes)"),
    ]
    manifest = dump.manifest
    if manifest is None:
        lines.append(("manifest", dump.problem or "none: nothing vouches for these bytes"))
        if dump.head is not None:
            lines.append(
                ("archive", f"{dump.head}, by pg_dump {dump.head.innermost.pg_dump_version or 'unknown'}")
            )
        return lines
    pieces = plural(len(manifest.files), "file") if manifest.files else plural(len(manifest.parts), "part")
    return [
        *lines,
        ("from", f"PostgreSQL {manifest.server.version} at {manifest.server.host}:{manifest.server.port}"),
        (
            "archive",
            f"{manifest.format}, {manifest.compression}, by pg_dump {manifest.tools.pg_dump}, {pieces}",
        ),
        ("holds", counted(len(manifest.tables or []), manifest.rows)),
        *([("needs", needs)] if (needs := manifest.requirements and manifest.requirements.sentence) else []),
        *([("note", manifest.note)] if manifest.note else []),
        ("sha256", manifest.sha256),
        ("checked", ", ".join(manifest.checked) or "nothing"),
        *[("warning", warning) for warning in manifest.warnings],
    ]


def _checks(dump: StoredDump) -> list[tuple[str, str]]:
    """Every check, newest first, and who made it."""
    return [
        (
            f"{check.kind} {check.level or ''}".rstrip(),
            f"{check.started.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {check.result.upper()}: {check.said}"
            f" (by {check.by.host})",
        )
        for check in dump.checks
    ]
