"""How the plan of a restore is drawn: all of it where there is room, else in few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bak_tui.core.plan import Change, Check, Mode, PlanWord, Prospect, Verdict
from bak_tui.tui.dialogs.restore_plan import plan_lines
from bak_tui.tui.look.spans import width_of

CHECKS = (
    Check("version", Verdict.OK, f"PostgreSQL 16.4 → 16.4, with pg_restore 16.9 of /{'long/' * 12}bin"),
    Check(
        "roles",
        Verdict.WARN,
        "missing here: indexd_ro: what is theirs goes to the restoring role, no row is lost",
        "missing: indexd_ro: no row lost",
    ),
    Check("locale", Verdict.UNKNOWN, "its encoding and locale were not written down", "not written down"),
    Check("extensions", Verdict.BAD, "not here: postgis; install it there", "short of postgis"),
    Check("contents", Verdict.OK, "212 tables in 3 schemas, all of them", "212 tables in 3 schemas"),
)


def drawn(width: int, *, is_short: bool = False, **of_lost: Any) -> list[str]:
    changes = tuple(Change(word, "indexd" if word is PlanWord.REPLACED else "") for word in PlanWord)
    changes = (*changes[:3], replace(changes[3], **of_lost))
    now = datetime(2026, 11, 23, 14, 6, tzinfo=UTC)
    prospect = Prospect(
        "s3://b/indexd.sql", "indexd.sql", now, 10, "indexd", Mode.SWAP, True, changes, CHECKS, None, ()
    )
    lines = plan_lines(prospect, width, is_short=is_short)
    assert max(map(width_of, lines)) <= width
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def labels(rows: list[str]) -> list[str]:
    at = next(number for number, row in enumerate(rows) if row.startswith("─ what was checked"))
    return [row[2:13].strip() for row in rows[at + 1 :] if row[0] in "●▲✗○"]


def test_where_the_plan_scrolls_what_is_wrong_stands_before_what_is_well() -> None:
    assert labels(drawn(112)) == ["version", "roles", "locale", "extensions", "contents"]
    assert labels(drawn(76)) == ["extensions", "roles", "locale", "version", "contents"]


def test_in_full_nothing_is_cropped_at_any_width() -> None:
    for width in (58, 76, 112):
        rows = drawn(width)
        assert "…" not in "".join(rows)
        assert "/bin" in " ".join(" ".join(rows).split()).replace(" ", "")
        assert "no row is lost" in " ".join(" ".join(rows).split())


def test_in_short_what_is_well_shares_rows_and_what_is_wrong_tells_all_that_mends_it() -> None:
    rows = drawn(78, is_short=True)
    assert labels(rows) == ["extensions", "roles", "version", "locale"]
    assert "✗ extensions not here: postgis; install it there" in rows
    assert "▲ roles      missing: indexd_ro: no row lost" in rows
    assert rows[-2:] == [
        f"○ locale     not written down{' ' * 10}● contents   212 tables in 3 schemas",
        "  time       not restored before",
    ]
    assert "…" in next(row for row in rows if "long/" in row), "what is well is cropped"


def test_a_remark_is_said_beside_in_as_many_words_as_have_room_there() -> None:
    told = {"remark": "q" * 70, "shorter": ("y" * 40, "z" * 20), "what": "changes"}
    (lost,) = [row for row in drawn(78, is_short=True, **told) if row.startswith("lost")]
    assert lost.split()[-1] == "z" * 20
    told["shorter"] = ("y" * 40,)
    rows = drawn(78, is_short=True, **told)
    assert rows[rows.index("lost         changes") + 1].split() == ["y" * 40], "else below"
    told["shorter"] = ()
    assert "".join(drawn(58, is_short=True, **told)).count("q") == 70, "or whole"
