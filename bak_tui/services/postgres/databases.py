"""The databases of a server, and whether one has anything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.databases import Database, Locale
from bak_tui.core.marks import mark_of

if TYPE_CHECKING:
    from psycopg import Connection

_DATABASES = """
SELECT namesend(d.datname), d.oid::bigint, namesend(pg_get_userbyid(d.datdba)),
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') AND d.datconnlimit <> -2
            THEN pg_database_size(d.oid) END,
       pg_encoding_to_char(d.encoding)::text,
       coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
       d.datcollate::text, d.datctype::text,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'), to_jsonb(d) ->> 'daticurules',
       d.datallowconn AND d.datconnlimit <> -2 AND has_database_privilege(d.oid, 'CONNECT'),
       textsend(shobj_description(d.oid, 'pg_database')), d.datistemplate
FROM pg_database d WHERE d.datname NOT IN ('template0', 'template1') ORDER BY d.datname
"""
"""`to_jsonb` lets one query do for every version: the locale columns came with 15 to 17.

Names as bytes: one that was given in a LATIN1 database is not UTF-8, and must not hide all the others.
"""

_IS_EMPTY = """
WITH own AS (SELECT oid FROM pg_namespace
             WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
     extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM own)
                   AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM extended))
   AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM own)
                   AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM extended))
   AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM own)
                   AND t.typrelid = 0 AND t.typelem = 0
                   AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM extended))
   AND NOT EXISTS (SELECT FROM pg_largeobject_metadata)
"""

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


def databases(connection: Connection) -> tuple[Database, ...]:
    """Every database but the server's own two templates, by name."""
    return tuple(_database(row) for row in connection.execute(_DATABASES).fetchall())


def is_empty(connection: Connection) -> bool:
    """No relation, function, type or large object of the user's own in the session's database."""
    row = connection.execute(_IS_EMPTY).fetchone()
    return bool(row and row[0])


def _database(row: tuple[object, ...]) -> Database:
    *told, comment, is_template = row
    raw_name, oid, raw_owner, size, encoding, provider, collate, ctype, locale, rules, accepts = told
    name, is_utf8 = _decoded(raw_name)
    return Database(
        name=name,
        oid=int(str(oid)),
        owner=_decoded(raw_owner)[0],
        size=None if size is None else int(str(size)),
        locale=Locale(
            encoding=str(encoding),
            provider=_PROVIDERS.get(str(provider), str(provider)),
            collate=str(collate),
            ctype=str(ctype),
            locale=None if locale is None else str(locale),
            rules=None if rules is None else str(rules),
        ),
        # psycopg cannot name it either.
        accepts_connections=bool(accepts) and is_utf8,
        mark=mark_of(name, None if comment is None else _decoded(comment)[0]),
        is_template=bool(is_template),
    )


def _decoded(raw: object) -> tuple[str, bool]:
    """A name from its bytes, and whether they are UTF-8; other bytes stay as surrogates."""
    name = bytes(raw).decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else str(raw)
    return name, not any("\udc80" <= character <= "\udcff" for character in name)
