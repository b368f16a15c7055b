"""A dump's needs held against a server: what stops a restore, what is only told, what is not known."""

from __future__ import annotations

import pytest

from bak_tui.core.fitting import Offer, fit
from bak_tui.core.plan import Check, Verdict
from bak_tui.core.requirements import ExtensionRecord, LocaleRecord, Requirements

OFFER = Offer(
    frozenset({"app"}), frozenset({"hstore"}), frozenset({"pg_default"}), frozenset({"en_US.utf8", "C"})
)


def checked(label: str, wanted: Requirements | None, *, names_roles: bool = True) -> Check:
    (check,) = [each for each in fit(wanted, OFFER, names_roles=names_roles) if each.label == label]
    return check


def extensions(*names: str) -> Requirements:
    return Requirements(
        extensions=[ExtensionRecord(name=name, version="1", schema="public") for name in names]
    )


def locale(collate: str) -> Requirements:
    return Requirements(locale=LocaleRecord(encoding="UTF8", provider="libc", collate=collate, ctype=collate))


@pytest.mark.parametrize(
    ("label", "wanted", "verdict"),
    [
        ("roles", Requirements(roles=["app"]), Verdict.OK),
        ("roles", Requirements(roles=[]), Verdict.OK),
        ("roles", Requirements(roles=["app", "gone"]), Verdict.WARN),
        ("roles", Requirements(), Verdict.UNKNOWN),
        ("roles", None, Verdict.UNKNOWN),
        ("extensions", extensions("hstore"), Verdict.OK),
        ("extensions", extensions("hstore", "postgis"), Verdict.BAD),
        ("extensions", None, Verdict.UNKNOWN),
        ("tablespaces", Requirements(tablespaces=["fast"]), Verdict.WARN),
        ("locale", locale("en_US.UTF-8"), Verdict.OK),
        ("locale", locale("C"), Verdict.OK),
        ("locale", locale("de_DE.UTF-8"), Verdict.WARN),
        ("locale", None, Verdict.UNKNOWN),
    ],
)
def test_each_need_has_its_verdict(label: str, wanted: Requirements | None, verdict: Verdict) -> None:
    assert checked(label, wanted).verdict is verdict


def test_roles_do_not_matter_when_nothing_names_them() -> None:
    assert checked("roles", Requirements(roles=["gone"]), names_roles=False).verdict is Verdict.OK


def test_what_is_missing_is_named() -> None:
    assert "postgis" in checked("extensions", extensions("hstore", "postgis")).fact
    assert "gone" in checked("roles", Requirements(roles=["app", "gone"])).fact
