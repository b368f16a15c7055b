"""`CREATE DATABASE` for every server version that has its own words for locales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.databases import Locale

if TYPE_CHECKING:
    from psycopg.sql import Composed


def creation_statement(
    name: str, locale: Locale | None, server_version: int, tablespace: str | None = None
) -> Composed:
    """From template0, so that nothing of the site's template1 comes along.

    LOCALE_PROVIDER and ICU_LOCALE came with 15, ICU_RULES with 16, BUILTIN_LOCALE with 17
    (postgresql.org/docs/current/sql-createdatabase.html).
    """
    from psycopg import sql

    statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
    if tablespace is not None:
        statement += sql.SQL(" TABLESPACE {}").format(sql.Identifier(tablespace))
    if locale is None:
        return statement
    options = {"ENCODING": locale.encoding, "LC_COLLATE": locale.collate, "LC_CTYPE": locale.ctype}
    if server_version >= 150000:
        options["LOCALE_PROVIDER"] = locale.provider
        if locale.locale and locale.provider == "icu":
            options["ICU_LOCALE"] = locale.locale
        if locale.rules and locale.provider == "icu" and server_version >= 160000:
            options["ICU_RULES"] = locale.rules
        if locale.locale and locale.provider == "builtin" and server_version >= 170000:
            options["BUILTIN_LOCALE"] = locale.locale
    words = [
        sql.SQL(" {} {}").format(sql.SQL(option), sql.Literal(value)) for option, value in options.items()
    ]
    return statement + sql.Composed(words)
