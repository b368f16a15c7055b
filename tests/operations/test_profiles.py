"""What stored profiles tell of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from bak_tui.core.databases import Database, Locale
from bak_tui.core.errors import DumpFailed
from bak_tui.operations.bak import Bak
from bak_tui.operations.ports import Postgres
from bak_tui.operations.profiles.readable import may_read


@pytest.mark.parametrize(
    ("reference", "source"),
    [
        ('{ from = "env", name = "DB_PASSWORD" }', "profile prod: variable DB_PASSWORD"),
        ('{ from = "file", path = "~/.db" }', "profile prod: file ~/.db"),
        ('{ from = "command", argv = ["pass", "show", "tr0ub4dor"] }', "profile prod: command pass"),
        ('{ from = "libpq" }', "PGPASSWORD"),
    ],
)
def test_a_profile_tells_where_its_password_comes_from_as_its_file_says_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, source: str
) -> None:
    monkeypatch.setenv("PGPASSWORD", "tr0ub4dor")
    monkeypatch.delenv("PGSERVICE", raising=False)
    config = tmp_path / "config.toml"
    with Bak.open(config=config, state=tmp_path / "state") as bak:
        config.write_text(f'[profiles.prod.server]\nhost = "db"\npassword = {reference}\n')
        assert bak.profiles.password_source("prod") == source


@dataclass
class Hiding:
    """A server that hides a table of some databases."""

    hidden: tuple[str, ...] = ()

    def check_readable(self, database: str) -> None:
        if database in self.hidden:
            raise DumpFailed("this role may not read public.t", hint="grant it SELECT there")


def of(*names: str, accepts: bool = True) -> list[Database]:
    return [
        Database(name, 1, "me", 1, Locale("UTF8", "libc", "C", "C"), accepts_connections=accepts)
        for name in names
    ]


def said_of(databases: list[Database], *hidden: str) -> tuple[bool, str]:
    finding = may_read(cast("Postgres", Hiding(hidden)), databases)
    return finding.needs_look, finding.said


def test_what_may_not_be_read_is_named_by_database_and_what_nobody_asked_is_told() -> None:
    closed = of("closed", accepts=False)
    assert said_of([*of("a", "b"), *closed], "closed") == (False, "all of 2 databases")
    needs_look, said = said_of(of("a", "b"), "b")
    assert needs_look
    assert said == "b: this role may not read public.t; grant it SELECT there"
    names = [f"d{number}" for number in range(60)]
    assert said_of(of(*names)) == (False, "50 databases; 10 more were not asked")
    assert said_of(of(*names), *names)[1].endswith("; and 47 more databases; 10 more were not asked")
