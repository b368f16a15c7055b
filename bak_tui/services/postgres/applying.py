"""What a database itself is like (settings, privileges, connection limit, owner) given to another one.

pg_dump leaves all of it out without `-C`. Each thing is tried for itself, in a transaction of its own; what
the server refuses (a missing role, a setting it does not know) is given back as a sentence.

A setting is written out, never put into this session: some cannot be set there at all
(session_preload_libraries), others would rule it (role, statement_timeout).
(postgresql.org/docs/current/sql-alterdatabase.html; src/bin/pg_dump/dumputils.c, makeAlterConfigCommand)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bak_tui.core.requirements import GrantRecord, Requirements, SettingRecord

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable, Composed

_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings that are a list of quoted names (GUC_LIST_QUOTE): set as such, not as one name with commas."""
_NAME = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^",]*?))\s*(?:,|$)')

_Step = tuple[str, tuple["Composed", ...]]
"""What it is, and the statements it takes."""


def apply_requirements(
    connection: Connection, database: str, wanted: Requirements, *, owner: bool, privileges: bool
) -> tuple[str, ...]:
    """Make `database` what `wanted` says; what could not be done, a sentence each.

    `owner` and `privileges` say whether those are wanted at all. The owner comes last: afterwards this role
    may have no more to say.
    """
    import psycopg

    refused = []
    steps = [*_settings(database, wanted), *_limit(database, wanted)]
    steps += [*_grants(database, wanted)] if privileges else []
    steps += [*_owner(database, wanted)] if owner else []
    for what, statements in steps:
        try:
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement)
        except psycopg.DatabaseError as error:
            if connection.broken:
                raise
            refused.append(f"{what}: {error.diag.message_primary or error}")
    return tuple(refused)


def _settings(database: str, wanted: Requirements) -> Iterator[_Step]:
    from psycopg import sql

    for setting in wanted.settings or []:
        where = sql.SQL("ALTER DATABASE {}").format(sql.Identifier(database))
        if setting.role is not None:
            where = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(
                sql.Identifier(setting.role), sql.Identifier(database)
            )
        name = sql.Identifier(*setting.name.split("."))
        yield _named(setting), (sql.SQL("{} SET {} TO {}").format(where, name, _value(setting)),)


def _value(setting: SettingRecord) -> Composable:
    from psycopg import sql

    if setting.name.lower() not in _LISTS:
        return sql.Literal(setting.value)
    return sql.SQL(", ").join([sql.Literal(name) for name in split_names(setting.value)] or [sql.Literal("")])


def split_names(value: str) -> list[str]:
    """A list of names, quoted where they have to be, as the server keeps it (SplitGUCList)."""
    names: list[str] = []
    place = 0
    while place < len(value) and (match := _NAME.match(value, place)):
        quoted = match["quoted"]
        names.append(match["bare"] if quoted is None else quoted.replace('""', '"'))
        place = match.end()
    return names


def _named(setting: SettingRecord) -> str:
    return f"setting {setting.name}" + (f" of role {setting.role}" if setting.role else "")


def _limit(database: str, wanted: Requirements) -> Iterator[_Step]:
    from psycopg import sql

    if wanted.connection_limit is not None and wanted.connection_limit >= 0:
        statement = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        limit = sql.Literal(wanted.connection_limit)
        yield "connection limit", (statement.format(sql.Identifier(database), limit),)


def _grants(database: str, wanted: Requirements) -> Iterator[_Step]:
    from psycopg import sql

    if wanted.acl is None:
        return
    revoke = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
    yield "privileges of PUBLIC", (revoke,)
    for grant in wanted.acl:
        yield f"{grant.privilege} for {grant.grantee or 'PUBLIC'}", (_granted(database, grant),)


def _granted(database: str, grant: GrantRecord) -> Composed:
    from psycopg import sql

    # The privilege is a word: the manifest takes nothing else.
    return sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
        sql.SQL(grant.privilege),
        sql.Identifier(database),
        sql.SQL("PUBLIC") if grant.grantee is None else sql.Identifier(grant.grantee),
        sql.SQL(" WITH GRANT OPTION" if grant.is_grantable else ""),
    )


def _owner(database: str, wanted: Requirements) -> Iterator[_Step]:
    from psycopg import sql

    if wanted.owner:
        statement = sql.SQL("ALTER DATABASE {} OWNER TO {}")
        yield (
            f"owner {wanted.owner}",
            (statement.format(sql.Identifier(database), sql.Identifier(wanted.owner)),),
        )
