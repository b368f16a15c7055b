"""What a dump needs of the server it is restored into, and what pg_dump leaves out of it without `-C`.

Read in the dump's own snapshot, kept in the manifest, held against a target before anything is touched
(`core/fitting.py`), and applied to the restored database before it gets its name.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bak_tui.core.databases import Locale


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class LocaleRecord(_Record):
    """What CREATE DATABASE needs."""

    encoding: str
    provider: str
    collate: str
    ctype: str
    locale: str | None = None
    rules: str | None = None

    def value(self) -> Locale:
        return Locale(self.encoding, self.provider, self.collate, self.ctype, self.locale, self.rules)


class ExtensionRecord(_Record):
    """One extension that a restore would create, without saying which version."""

    name: str
    version: str
    schema_name: str = Field(alias="schema")


class SettingRecord(_Record):
    """`ALTER DATABASE … SET`, or of one role in this database; `value` as pg_db_role_setting has it."""

    name: str
    value: str
    role: str | None = None


class GrantRecord(_Record):
    """One privilege on the database itself."""

    grantee: str | None
    """None: PUBLIC."""
    privilege: str = Field(pattern=r"^[A-Z]{1,30}$")
    """CONNECT, CREATE or TEMPORARY: a word of SQL, so nothing else may stand here."""
    is_grantable: bool = False


class Requirements(_Record):
    """What the target must have, and what the database itself was like. What is null was not looked for."""

    locale: LocaleRecord | None = None
    roles: list[str] | None = None
    """Every role a restore would name; predefined ones and PUBLIC are everywhere."""
    extensions: list[ExtensionRecord] | None = None
    tablespaces: list[str] | None = None
    """Those that tables and indexes are put into by name."""
    tablespace: str | None = None
    """Where the database itself lies, and with it all that is put nowhere by name."""
    settings: list[SettingRecord] | None = None
    owner: str | None = None
    acl: list[GrantRecord] | None = None
    """All privileges on the database, the default ones written out."""
    connection_limit: int | None = None
    """-1: none."""
    is_template: bool | None = None
    """Whether databases may be made of it by who may make any, and it can be dropped by nobody."""
    comment: str | None = None
    """Null, too, for a database that has none."""

    @property
    def sentence(self) -> str:
        """Roles and extensions, for people; empty when none are needed."""
        roles = ", ".join(self.roles or [])
        extensions = ", ".join(each.name for each in self.extensions or [])
        return "; ".join(filter(None, [f"roles {roles}" if roles else "", extensions]))


def locale_record(locale: Locale) -> LocaleRecord:
    return LocaleRecord(
        encoding=locale.encoding,
        provider=locale.provider,
        collate=locale.collate,
        ctype=locale.ctype,
        locale=locale.locale,
        rules=locale.rules,
    )
