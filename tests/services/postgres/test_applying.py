"""What a database itself is like, given to another one."""

from __future__ import annotations

import pytest

from bak_tui.core.databases import Locale
from bak_tui.core.fitting import fit
from bak_tui.core.plan import Verdict
from bak_tui.core.profile import Server
from bak_tui.core.requirements import Requirements
from bak_tui.services.postgres import Instance
from bak_tui.services.postgres.applying import split_names
from tests.every_object import fill_with_every_object, properties_of
from tests.servers.fixtures import MakeDatabase
from tests.services.postgres.conftest import MakeRole, ask, run


def test_owner_privileges_limit_and_settings_come_over_as_they_were(
    each_server: Server, make_database: MakeDatabase
) -> None:
    name, copy = make_database(server=each_server), make_database(server=each_server)
    fill_with_every_object(each_server, name)
    instance = Instance(each_server)
    assert instance.apply(copy, instance.requirements(name), owner=True, privileges=True) == ()
    expected = properties_of(each_server, name)
    assert expected["limit"] == 77
    # The comment goes with the name.
    assert properties_of(each_server, copy) == {**expected, "comment": None}


@pytest.mark.parametrize(
    "setting",
    [
        "session_preload_libraries = auto_explain, '$libdir/x y'",
        "role = 'every_reader'",
        "statement_timeout = 1",
        "default_transaction_read_only = on",
        "temp_tablespaces = ''",
        "search_path = ''",
        "DateStyle = 'ISO, DMY'",
    ],
)
def test_a_setting_that_no_session_may_have_comes_over(
    each_server: Server, make_database: MakeDatabase, setting: str
) -> None:
    name, copy = make_database(server=each_server), make_database(server=each_server)
    run(
        each_server,
        "postgres",
        "DO $$ BEGIN CREATE ROLE every_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER DATABASE {name} SET {setting}",
    )
    stored = ask(each_server, "postgres", _STORED.format(name))
    setting_name, _, value = stored.partition("=")
    wanted = Requirements.model_validate({"settings": [{"name": setting_name, "value": value}]})
    assert Instance(each_server).apply(copy, wanted, owner=True, privileges=True) == ()
    assert ask(each_server, "postgres", _STORED.format(copy)) == stored


_STORED = """
SELECT setconfig[1] FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
WHERE datname = '{}'
"""


def test_each_thing_that_cannot_be_put_on_is_told_and_the_rest_is(
    server: Server, make_database: MakeDatabase
) -> None:
    copy = make_database()
    wanted = Requirements.model_validate(
        {
            "owner": "nobody here",
            "connection_limit": 5,
            "settings": [
                {"name": "no_such_setting", "value": "1"},
                {"name": "work_mem", "value": "2MB"},
                {"name": "work_mem", "value": "3MB", "role": "nobody here"},
                {"name": "x; DROP DATABASE y", "value": "'; DROP"},
            ],
            "acl": [
                {"grantee": "nobody here", "privilege": "CONNECT"},
                {"grantee": None, "privilege": "CONNECT"},
            ],
        }
    )
    told = Instance(server).apply(copy, wanted, owner=True, privileges=True)
    assert [each.partition(":")[0] for each in told] == [
        "setting no_such_setting",
        "setting work_mem of role nobody here",
        "setting x; DROP DATABASE y",
        "CONNECT for nobody here",
        "owner nobody here",
    ]
    properties = properties_of(server, copy)
    assert (properties["limit"], properties["settings"]) == (5, ["- {work_mem=2MB}"])


def test_what_a_server_offers_is_everything_a_database_on_it_needs(
    each_server: Server, make_database: MakeDatabase
) -> None:
    name = make_database(server=each_server)
    fill_with_every_object(each_server, name)
    checks = fit(Instance(each_server).requirements(name), Instance(each_server).offer())
    verdicts = {check.label: check.verdict for check in checks}
    assert verdicts == {"roles": Verdict.OK, "extensions": Verdict.OK, "locale": Verdict.UNKNOWN}


def test_who_may_not_see_all_settings_does_not_call_one_unknown(make_role: MakeRole) -> None:
    weak = make_role()
    assert Instance(weak).offer().settings is None


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", []),
        ('""', [""]),
        ('"$user", public', ["$user", "public"]),
        ('every, "Odd ""sch,ema"  ,x', ["every", 'Odd "sch,ema', "x"]),
        ("$libdir/a b,/c", ["$libdir/a b", "/c"]),
    ],
)
def test_a_list_of_names_is_split_as_the_server_splits_it(value: str, names: list[str]) -> None:
    assert split_names(value) == names


def test_a_locale_that_came_after_initdb_is_found_by_trying_it_and_nothing_is_left(
    each_server: Server,
) -> None:
    """Under this spelling pg_collation has not got it."""
    instance = Instance(each_server)
    late, missing = (Locale("UTF8", "libc", name, name) for name in ("C.UTF8", "xx_XX.utf8"))
    assert "C.UTF8" not in instance.offer().locales
    assert "C.UTF8" in instance.offer(late).locales
    assert "xx_XX.utf8" not in instance.offer(missing).locales
    assert ask(each_server, "postgres", "SELECT count(*) FROM pg_collation WHERE collname = 'bak_probe'") == 0
