"""A dump's needs held against a server: what stops a restore, what is only told, what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bak_tui.core.fitting import Offer, fit
from bak_tui.core.plan import Check, Verdict
from bak_tui.core.requirements import ExtensionRecord, LocaleRecord, Requirements, SettingRecord

OFFER = Offer(
    frozenset({"app"}), {"hstore": "1.8"}, frozenset({"pg_default"}), frozenset({"en_US.utf8", "C"})
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
        ("tablespaces", Requirements(tablespace="fast"), Verdict.WARN),
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


@pytest.mark.parametrize(
    ("there", "verdict"),
    [("1.8", Verdict.OK), ("1.7.9", Verdict.OK), ("1.10", Verdict.WARN), ("unpackaged", Verdict.OK)],
)
def test_an_extension_that_is_older_here_is_told(there: str, verdict: Verdict) -> None:
    newer = ExtensionRecord(name="hstore", version=there, schema="public")
    assert checked("extensions", Requirements(extensions=[newer])).verdict is verdict


def test_what_to_install_is_said_by_package() -> None:
    told = checked("extensions", extensions("ltree", "postgis", "citext")).fact
    assert "postgresql-contrib (for ltree, citext)" in told
    assert "the package of postgis" in told


def test_a_setting_that_the_server_does_not_know_is_told_where_it_can_be_known() -> None:
    names = ("Work_Mem", "transaction_timeout", "app.own")
    wanted = Requirements(settings=[SettingRecord(name=name, value="1") for name in names])
    knowing = replace(OFFER, settings=frozenset({"work_mem"}))
    assert [check.fact for check in fit(wanted, knowing) if check.label == "settings"] == [
        "unknown here: transaction_timeout: they are left out"
    ]
    assert not [check for check in fit(wanted, OFFER) if check.label == "settings"]
