"""What a database itself is like (settings, privileges, connection limit, owner) given to another one.

pg_dump leaves all of it out without `-C`. Each thing is tried for itself, in a transaction of its own; what
the server refuses (a missing role, a setting it does not know) is given back as a sentence.

A setting's value is put into the session as it is stored and then taken over by `FROM CURRENT`: no list or
unit is parsed here. (postgresql.org/docs/current/sql-alterdatabase.html)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bak_tui.core.requirements import GrantRecord, Requirements, SettingRecord

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

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
        put = sql.SQL("SELECT set_config({}, {}, true)").format(
            sql.Literal(setting.name), sql.Literal(setting.value)
        )
        yield _named(setting), (put, _taken_over(database, setting))


def _named(setting: SettingRecord) -> str:
    return f"setting {setting.name}" + (f" of role {setting.role}" if setting.role else "")


def _taken_over(database: str, setting: SettingRecord) -> Composed:
    from psycopg import sql

    name = sql.Identifier(*setting.name.split("."))
    if setting.role is None:
        return sql.SQL("ALTER DATABASE {} SET {} FROM CURRENT").format(sql.Identifier(database), name)
    return sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} FROM CURRENT").format(
        sql.Identifier(setting.role), sql.Identifier(database), name
    )


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
