"""README's key table says what the bindings say."""

from __future__ import annotations

from tests.key_table import README, table, with_table


def test_readmes_key_table_is_made_of_the_bindings() -> None:
    written = README.read_text(encoding="utf-8")
    assert with_table(written) == written, "renew it: python -m tests.key_table"
    assert "| Databases | `enter` | open its folder in the bucket |" in written
    assert table().count("\n") > 40
