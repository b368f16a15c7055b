"""Good, verified, proven: the rule over the checks of a dump."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from bak_tui.core.checks import Check, CheckedBy, CheckKind, CheckResult, PartsDiffer, parse_check
from bak_tui.core.errors import IntegrityError
from bak_tui.core.evidence import Evidence, weigh
from bak_tui.core.levels import Level

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def check(hours_ago: float, what: str, result: str = "ok", backup: str | None = "b1") -> Check:
    """`what` is `verify1` to `verify3`, or `prove`."""
    kind, level = (CheckKind.PROVE, None) if what == "prove" else (CheckKind.VERIFY, Level(int(what[-1])))
    return Check(
        kind=kind,
        level=level,
        backup=backup,
        started=NOW - timedelta(hours=hours_ago),
        seconds=1,
        result=CheckResult(result),
        compared=["archive"] if backup is None else [],
        said="part 2 is not what was backed up" if result == "failed" else "all is well",
        by=CheckedBy(bak_tui="0.1", host="h"),
    )


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([], ""),
        ([check(1, "verify1")], ""),
        ([check(3, "verify2")], "verified 3 h ago"),
        ([check(3, "verify3")], "verified 3 h ago"),
        ([check(72, "prove")], "proven 3 d ago"),
        ([check(72, "prove"), check(3, "verify2")], "proven 3 d ago"),
        ([check(3, "verify2", "failed")], "FAILED verify 3 h ago"),
        ([check(72, "prove"), check(3, "verify1", "failed")], "FAILED verify 3 h ago"),
        ([check(3, "prove", "failed"), check(2, "verify2")], "FAILED prove 3 h ago"),
        ([check(3, "verify2", "failed"), check(2, "verify1")], "FAILED verify 3 h ago"),
        ([check(3, "verify2", "failed"), check(2, "verify2")], "verified 2 h ago"),
        ([check(4, "prove", "failed"), check(3, "verify1", "failed"), check(2, "verify3")], "FAILED verify"),
        ([check(3, "verify2", "failed"), check(2, "prove")], "proven 2 h ago"),
        ([check(3, "verify2", "failed", "another")], ""),
        ([check(3, "verify2", backup="another")], ""),
    ],
)
def test_what_the_checks_come_to_in_whatever_order_they_are_read(checks: list[Check], words: str) -> None:
    for order in itertools.permutations(checks):
        assert weigh(order, "b1").words(NOW).startswith(words)
        assert bool(words) == bool(weigh(order, "b1").words(NOW))


def test_a_dump_without_a_manifest_is_never_verified_or_proven() -> None:
    evidence = weigh([check(3, "prove", backup=None), check(4, "verify2", backup=None)], None)
    assert (evidence.verified, evidence.proven) == (None, None)
    assert evidence.words(NOW) == "restored 3 h ago"


def test_the_harm_says_what_was_found_and_when() -> None:
    evidence = weigh([check(5, "verify2", "failed")], "b1")
    assert evidence.harm == "verify failed on 24 Nov 07:00: part 2 is not what was backed up"
    assert Evidence().harm == ""


def test_foreign_text_of_a_check_is_made_visible() -> None:
    hostile = check(1, "verify2", "failed").model_copy(update={"said": "\x1b]52;c;x\x07"})
    assert "\x1b" not in weigh([hostile], "b1").harm


def test_a_check_reads_back_as_it_was_written() -> None:
    written = check(1, "verify3", "failed")
    assert parse_check(written.to_json(), "here") == written
    assert b'"schema": 1' in written.to_json()


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"\xff", check(1, "prove").to_json().replace(b'"schema": 1', b'"schema": 2')]
)
def test_what_is_no_check_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(IntegrityError, match="here is no check this version can read"):
        parse_check(raw, "here")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((2,), "part 2 of 9 is not what was backed up"),
        ((2, 3), "parts 2 and 3 of 9 are not what was backed up"),
        (tuple(range(1, 9)), "parts 1, 2, 3, 4, 5 and 3 more of 9 are not what was backed up"),
    ],
)
def test_bad_parts_are_named_and_many_are_counted(parts: tuple[int, ...], said: str) -> None:
    assert said in str(PartsDiffer("a.sql", parts, 9))
