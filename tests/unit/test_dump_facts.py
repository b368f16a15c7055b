"""What the bucket's details say of a dump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bak_tui.core.manifest import parse_manifest
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.panes.dump_facts import dump_facts
from tests.scenes.databases import Dump

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "minutes", "room", "told"),
    [
        (1, 2, 80, "11:00:00 → 11:02:00 UTC, one snapshot"),
        (24, 2, 80, "2026-11-22 12:00:00 → 12:02:00 UTC, one snapshot"),
        (24 * 365, 2, 80, "2025-11-23 12:00:00 → 12:02:00 UTC, one snapshot"),
        (24, 2, 36, "2026-11-22 12:00:00 → 12:02:00 UTC"),
        (13, 120, 80, "2026-11-22 23:00:00 → 2026-11-23 01:00:00 UTC, one snapshot"),
        (37, 120, 80, "2026-11-21 23:00:00 → 2026-11-22 01:00:00 UTC, one snapshot"),
    ],
)
def test_when_a_dump_was_taken_names_the_day_unless_it_is_today(
    hours: int, minutes: int, room: int, told: str
) -> None:
    dump = Dump("arborist", NOON - timedelta(hours=hours), 1000, tables=1, rows=1)
    read = parse_manifest(dump.manifest(), dump.path)
    began = NOON - timedelta(hours=hours)
    manifest = read.model_copy(update={"started": began, "finished": began + timedelta(minutes=minutes)})
    stored = StoredDump(dump.stored(), dump.path, "arborist", dump.taken, manifest)
    (line,) = [line for label, line in dump_facts(stored, NOON, room) if label == "taken"]
    assert "".join(text for text, _ in line) == told
