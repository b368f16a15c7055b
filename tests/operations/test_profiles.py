"""What stored profiles tell of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.operations.bak import Bak


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
