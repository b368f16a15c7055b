"""What the bucket's details say of a dump: how it was made, what it holds, what was checked."""

from __future__ import annotations

from datetime import UTC, datetime

from bak_tui.core.foreign import visible
from bak_tui.core.manifest import Manifest
from bak_tui.core.wording import counted, plural
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.look.spans import Line, first_that_fits

_LONGEST = 1000
"""Characters of one fact."""


def dump_facts(dump: StoredDump, now: datetime, room: int) -> list[tuple[str, Line]]:
    """Labels and values, for `room` cells; a check that failed comes first."""
    manifest, evidence = dump.manifest, dump.evidence
    harm: list[tuple[str, Line]] = []
    if evidence.failed is not None:
        harm = [("checked", [("✗ ", "bad bold"), (_told(evidence.harm), "bad")])]
    if manifest is None:
        why = _told(dump.problem) or "none: nothing vouches for these bytes"
        checked: list[tuple[str, Line]] = [("checked", [(evidence.words(now) or "never", "muted")])]
        return [
            *harm,
            ("of", [(_told(dump.database), "text")]),
            ("manifest", [(why, "muted")]),
            *([] if harm else checked),
        ]
    started, finished = manifest.started.astimezone(UTC), manifest.finished.astimezone(UTC)
    server = manifest.server
    parts = plural(len(manifest.parts), "part")
    tool = f"pg_dump {manifest.tools.pg_dump}"
    archive = f"{manifest.format}, {manifest.compression}, by {tool}, {parts}"
    checked = [("checked", _checked(manifest, evidence.words(now), room))]
    return [
        *harm,
        ("taken", first_that_fits(room, *([(words, "text")] for words in _taken(started, finished, now)))),
        ("from", [(_told(f"PostgreSQL {server.version}, {server.host}"), "text")]),
        ("archive", [(_told(archive), "text")]),
        ("holds", [(counted(len(manifest.tables or []), manifest.rows), "text")]),
        *_needs(manifest),
        *([("note", [(_told(manifest.note), "text")])] if manifest.note else []),
        *([] if harm else checked),
    ]


def _told(text: str) -> str:
    """Foreign text, safe to draw; no manifest fills the screen with one word."""
    return visible(text, limit=_LONGEST)


def _taken(started: datetime, finished: datetime, now: datetime) -> tuple[str, str]:
    """From when to when, in more and in fewer words; a day is named unless it is today, or named already."""
    today = now.astimezone(UTC).date()
    days = [today, started.date(), finished.date()]
    began, ended = (
        f"{moment:%H:%M:%S}" if moment.date() == before else f"{moment:%Y-%m-%d %H:%M:%S}"
        for moment, before in zip((started, finished), days, strict=False)
    )
    return f"{began} → {ended} UTC, one snapshot", f"{began} → {ended} UTC"


def _checked(manifest: Manifest, words: str, room: int) -> Line:
    """What was checked since, before what was when it was written; alone where there is no room for both."""
    written = _told(", ".join(manifest.checked))
    if not words:
        return [(written, "text")]
    since: Line = [(_told(words), "text")]
    return first_that_fits(room, [*since, (f"; when written: {written}", "text")], since)


def _needs(manifest: Manifest) -> list[tuple[str, Line]]:
    """The roles and extensions a restore will ask for, as far as they were looked for."""
    said = manifest.requirements.sentence if manifest.requirements else ""
    return [("needs", [(_told(said), "text")])] if said else []
