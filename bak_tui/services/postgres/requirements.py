"""What the dumped database needs elsewhere, asked in the snapshot's own transaction.

Roles are read from the catalogs' owners and ACLs rather than from pg_shdepend, which leaves out the bootstrap
superuser; who may not be named by a restore (predefined roles, PUBLIC) is left out.
(postgresql.org/docs/current/app-pgdump.html: what `-C` adds; catalog-pg-db-role-setting.html)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bak_tui.core.requirements import ExtensionRecord, GrantRecord, Requirements, SettingRecord

if TYPE_CHECKING:
    from psycopg import Connection

_FIRST_OWN_OID = 16384
"""FirstNormalObjectId: what initdb made lies below."""


@dataclass(frozen=True, slots=True)
class _Owned:
    """A catalog whose rows have an owner, and perhaps an ACL."""

    catalog: str
    owner: str
    acl: str | None = None
    only: str = "true"
    """Which rows count at all."""
    own: str = f"x.oid >= {_FIRST_OWN_OID}"
    """Which of them a restore gives an owner."""


_OWNED = (
    _Owned("pg_class", "relowner", "relacl", "x.relkind NOT IN ('t', 'i', 'I') AND x.relpersistence <> 't'"),
    _Owned("pg_proc", "proowner", "proacl"),
    _Owned("pg_type", "typowner", "typacl"),
    _Owned(
        "pg_namespace",
        "nspowner",
        "nspacl",
        "x.nspname !~ '^pg_(temp|toast)'",
        f"(x.oid >= {_FIRST_OWN_OID} OR x.nspname = 'public')",
    ),
    _Owned("pg_language", "lanowner", "lanacl"),
    # Its oid is the user's to choose.
    _Owned("pg_largeobject_metadata", "lomowner", "lomacl", own="true"),
    _Owned("pg_foreign_data_wrapper", "fdwowner", "fdwacl"),
    _Owned("pg_foreign_server", "srvowner", "srvacl"),
    _Owned("pg_operator", "oprowner"),
    _Owned("pg_opclass", "opcowner"),
    _Owned("pg_opfamily", "opfowner"),
    _Owned("pg_collation", "collowner"),
    _Owned("pg_conversion", "conowner"),
    _Owned("pg_ts_config", "cfgowner"),
    _Owned("pg_ts_dict", "dictowner"),
    _Owned("pg_statistic_ext", "stxowner"),
    _Owned("pg_event_trigger", "evtowner"),
    _Owned("pg_publication", "pubowner"),
    _Owned("pg_subscription", "subowner", only="x.subdbid = (SELECT oid FROM here)"),
)
"""Schemas' own members (parsers, casts, rules, triggers, policies) have no owner of their own."""

_OTHERS = (
    # Default privileges: whose, for whom and by whom.
    "SELECT defaclrole FROM pg_default_acl",
    "SELECT unnest(ARRAY[a.grantee, a.grantor]) FROM pg_default_acl, aclexplode(defaclacl) a",
    "SELECT unnest(ARRAY[a.grantee, a.grantor]) FROM pg_attribute, aclexplode(attacl) a",
    "SELECT unnest(polroles) FROM pg_policy",
    "SELECT umuser FROM pg_user_mappings",
    # The database itself, and settings that its roles have in it.
    "SELECT datdba FROM pg_database WHERE oid = (SELECT oid FROM here)",
    "SELECT a.grantee FROM pg_database d, aclexplode(d.datacl) a WHERE d.oid = (SELECT oid FROM here)",
    "SELECT setrole FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM here)",
)

_EXTENSIONS = """
SELECT e.extname::text, e.extversion, n.nspname::text
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql' ORDER BY 1
"""
"""plpgsql is there from initdb on, and pg_dump leaves it out."""

_TABLESPACES = """
SELECT DISTINCT t.spcname::text
FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace
WHERE c.relkind <> 't' AND c.relpersistence <> 't' AND t.spcname !~ '^pg_' ORDER BY 1
"""

_SETTINGS = """
SELECT split_part(entry, '=', 1), substr(entry, position('=' IN entry) + 1), r.rolname::text
FROM pg_db_role_setting s
     CROSS JOIN unnest(s.setconfig) WITH ORDINALITY AS u(entry, place)
     LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (s.setrole = 0 OR r.oid IS NOT NULL)
ORDER BY r.rolname NULLS FIRST, place
"""

_DATABASE = """
SELECT pg_get_userbyid(d.datdba)::text, d.datconnlimit, shobj_description(d.oid, 'pg_database'),
       t.spcname::text, d.datistemplate
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = current_database()
"""

GRANTS = """
SELECT r.rolname::text, a.privilege_type, a.is_grantable
FROM pg_database d
     CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = {database} AND (a.grantee = 0 OR r.oid IS NOT NULL)
ORDER BY r.rolname NULLS FIRST, a.privilege_type
"""
"""Every privilege on one database; a database without an ACL has the default one."""


def read_requirements(connection: Connection) -> Requirements:
    """All but the locale. The session must be on the database itself."""
    from psycopg import sql

    asked = connection.execute(_DATABASE).fetchone() or ("", -1, None, None, None)
    owner, limit, comment, space, is_template = asked
    grants = connection.execute(sql.SQL(GRANTS).format(database=sql.SQL("current_database()")))
    return Requirements(
        roles=[name for (name,) in connection.execute(_roles().encode())],
        extensions=[
            ExtensionRecord(name=name, version=version, schema=schema)
            for name, version, schema in connection.execute(_EXTENSIONS)
        ],
        tablespaces=[name for (name,) in connection.execute(_TABLESPACES)],
        tablespace=space,
        settings=[
            SettingRecord(name=name, value=value, role=role)
            for name, value, role in connection.execute(_SETTINGS)
        ],
        owner=owner,
        acl=[
            GrantRecord(grantee=grantee, privilege=privilege, is_grantable=is_grantable)
            for grantee, privilege, is_grantable in grants
        ],
        connection_limit=limit,
        is_template=is_template,
        comment=comment,
    )


def _roles() -> str:
    """The question for every role that a restore would name."""
    arms = [arm for owned in _OWNED for arm in _arms(owned)]
    return f"""
        WITH here AS (SELECT oid FROM pg_database WHERE datname = current_database()),
             named(role) AS ({" UNION ".join([*arms, *_OTHERS])})
        SELECT r.rolname::text FROM named JOIN pg_roles r ON r.oid = named.role
        WHERE r.rolname !~ '^pg_' ORDER BY 1
    """  # noqa: S608  # catalogs and columns of ours


def _arms(owned: _Owned) -> list[str]:
    """Owners of what a restore creates; and who stands in ACLs beside the owner, also of system objects."""
    catalog, owner = owned.catalog, owned.owner
    arms = [
        f"SELECT x.{owner} FROM {catalog} x WHERE {owned.only} AND {owned.own}"  # noqa: S608
        f" AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{catalog}'::regclass"
        " AND d.objid = x.oid AND d.deptype = 'e')"
    ]
    if owned.acl:
        arms.append(
            f"SELECT a.role FROM {catalog} x, aclexplode(x.{owned.acl}) e,"  # noqa: S608
            f" unnest(ARRAY[e.grantee, e.grantor]) AS a(role) WHERE {owned.only} AND a.role <> x.{owner}"
        )
    return arms
