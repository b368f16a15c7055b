"""What a dump needs elsewhere, read in its own snapshot."""

from __future__ import annotations

import pytest

from bak_tui.core.profile import Server
from bak_tui.core.requirements import Requirements
from bak_tui.services.postgres import Instance
from tests.every_object import EXTENSIONS, ROLES, fill_with_every_object
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import MakeRole, run


def requirements_of(server: Server, database: str) -> Requirements:
    with Instance(server).snapshot(database) as snapshot:
        return snapshot.requirements


def test_every_role_extension_and_setting_of_a_database_is_read(
    each_server: Server, make_database: MakeDatabase
) -> None:
    name = make_database(server=each_server)
    fill_with_every_object(each_server, name)
    needs = requirements_of(each_server, name)
    assert set(needs.roles or []) == ROLES | {each_server.user}
    assert {each.name: each.schema_name for each in needs.extensions or []} == dict.fromkeys(
        EXTENSIONS, "contrib"
    )
    assert [(each.role, each.name, each.value) for each in needs.settings or []] == [
        (None, "work_mem", "7MB"),
        (None, "search_path", 'every, "Odd ""schema", public'),
        (None, "every.placeholder", 'it\'s, "quoted"'),
        ("every_reader", "statement_timeout", "90s"),
    ]
    assert (needs.owner, needs.connection_limit) == ("every_owner", 77)
    assert needs.comment == 'the one with everything; it\'s "commented"'
    grants = {(each.grantee, each.privilege, each.is_grantable) for each in needs.acl or []}
    assert grants == {
        ("every_owner", "CONNECT", False),
        ("every_owner", "CREATE", False),
        ("every_owner", "TEMPORARY", False),
        ("every_reader", "CONNECT", False),
        ('every odd "role"', "TEMPORARY", True),
    }


def test_an_empty_database_needs_only_its_owner(server: Server, make_database: MakeDatabase) -> None:
    needs = requirements_of(server, make_database())
    assert needs.roles == [server.user]
    assert (needs.extensions, needs.tablespaces, needs.settings, needs.comment) == ([], [], [], None)
    assert {(each.grantee, each.privilege) for each in needs.acl or []} == {
        (None, "CONNECT"),
        (None, "TEMPORARY"),
        (server.user, "CONNECT"),
        (server.user, "CREATE"),
        (server.user, "TEMPORARY"),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON t TO {}",
        "GRANT SELECT (a) ON t TO {}",
        "CREATE POLICY p ON t TO {}",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "CREATE USER MAPPING FOR {} SERVER s",
        "ALTER EVENT TRIGGER e OWNER TO {}",
        "ALTER PUBLICATION p OWNER TO {}",
        "ALTER LARGE OBJECT 7 OWNER TO {}",
        "ALTER SCHEMA public OWNER TO {}",
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {}",
        "ALTER SEQUENCE q OWNER TO {}",
        "ALTER STATISTICS st OWNER TO {}",
        "ALTER TEXT SEARCH DICTIONARY d OWNER TO {}",
        "ALTER SERVER s OWNER TO {}",
        "ALTER DOMAIN dom OWNER TO {}",
        "ALTER OPERATOR <+> (int, int) OWNER TO {}",
    ],
)
def test_a_role_is_named_wherever_it_stands(
    server: Server, make_database: MakeDatabase, make_role: MakeRole, statement: str
) -> None:
    name, role = make_database(), make_role("SUPERUSER").user or ""
    run(
        server,
        name,
        "CREATE TABLE t (a int, b int); CREATE SEQUENCE q; CREATE STATISTICS st ON a, b FROM t;"
        " CREATE TEXT SEARCH DICTIONARY d (template = simple); CREATE DOMAIN dom AS int;"
        " CREATE OPERATOR <+> (leftarg = int, rightarg = int, function = int4pl);"
        " SELECT lo_create(7); CREATE PUBLICATION p; CREATE FOREIGN DATA WRAPPER w;"
        " CREATE SERVER s FOREIGN DATA WRAPPER w;"
        " CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        " CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        statement.format(role),
    )
    try:
        assert role in (requirements_of(server, name).roles or [])
    finally:
        run(server, name, f"REASSIGN OWNED BY {role} TO CURRENT_USER", f"DROP OWNED BY {role}")


def test_what_an_extension_owns_names_no_role(
    server: Server, make_database: MakeDatabase, make_role: MakeRole
) -> None:
    name, maker = make_database(), make_role("SUPERUSER")
    run(maker, name, "CREATE EXTENSION hstore")
    assert requirements_of(server, name).roles == [server.user]
    run(server, name, "DROP EXTENSION hstore")


def test_a_tablespace_that_a_table_lies_in_is_needed(server: Server, make_database: MakeDatabase) -> None:
    name = make_database()
    with open_connection(server, "postgres") as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE bak_space LOCATION ''")
    try:
        run(server, name, "CREATE TABLE t (a int) TABLESPACE bak_space")
        assert requirements_of(server, name).tablespaces == ["bak_space"]
    finally:
        run(server, name, "DROP TABLE t")
        run(server, "postgres", "DROP TABLESPACE bak_space")
