"""How the plan of a restore is drawn: all of it where there is room, what is wrong first where it scrolls."""

from __future__ import annotations

from datetime import UTC, datetime

from bak_tui.core.plan import Change, Check, Mode, PlanWord, Prospect, Verdict
from bak_tui.tui.dialogs.restore_plan import plan_lines

CHECKS = (
    Check("version", Verdict.OK, f"PostgreSQL 16.4 → 16.4, with pg_restore 16.9 of /{'long/' * 12}bin"),
    Check(
        "roles",
        Verdict.WARN,
        "missing here: indexd_ro: what is theirs goes to the restoring role, no row is lost",
    ),
    Check("locale", Verdict.UNKNOWN, "its encoding and locale were not written down"),
    Check("extensions", Verdict.BAD, "not here: postgis"),
    Check("contents", Verdict.OK, "212 tables in 3 schemas, all of them"),
)


def drawn(width: int) -> list[str]:
    changes = tuple(Change(word, "indexd" if word is PlanWord.REPLACED else "") for word in PlanWord)
    now = datetime(2026, 11, 23, 14, 6, tzinfo=UTC)
    prospect = Prospect(
        "s3://b/indexd.sql", "indexd.sql", now, 10, "indexd", Mode.SWAP, True, changes, CHECKS, None, ()
    )
    return ["".join(text for text, _ in line).rstrip() for line in plan_lines(prospect, width)]


def labels(rows: list[str]) -> list[str]:
    at = next(number for number, row in enumerate(rows) if row.startswith("─ what was checked"))
    return [row[2:13].strip() for row in rows[at + 1 :] if row[0] in "●▲✗○"]


def test_where_the_plan_scrolls_what_is_wrong_stands_before_what_is_well() -> None:
    assert labels(drawn(112)) == ["version", "roles", "locale", "extensions", "contents"]
    assert labels(drawn(76)) == ["extensions", "roles", "locale", "version", "contents"]


def test_there_what_is_well_has_one_row_and_what_is_wrong_all_it_takes() -> None:
    rows = drawn(76)
    assert sum("long/" in row for row in rows) == 1
    assert "…" in next(row for row in rows if "long/" in row)
    assert "no row is lost" in " ".join(" ".join(rows).split())
    assert max(len(row) for row in rows) <= 76
    assert "/bin" in " ".join(" ".join(drawn(112)).split()).replace(" ", ""), "with room nothing is cropped"
