"""Changing TOML without touching what did not change: comments, order and spelling stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_INLINE = ("password", "keys", "options")
"""Tables that are written on one line."""


def renamed(text: str, name: str, wished: str) -> str:
    """The text with one profile under another name; as it was, where its tables are not plainly headed."""
    import tomlkit

    if name == wished:
        return text
    spelled = "|".join(re.escape(each) for each in (name, f'"{name}"', f"'{name}'"))
    key = tomlkit.key(wished).as_string()
    header = re.compile(rf"^(\s*\[\s*profiles\s*\.\s*)(?:{spelled})(\s*[.\]])", re.MULTILINE)
    return header.sub(lambda match: match[1] + key + match[2], text)


def edited(text: str, wanted: Mapping[str, Any]) -> str:
    """The text that says `wanted`: only what differs is changed. The caller reads it back to make sure."""
    import tomlkit

    document = tomlkit.parse(text)
    if "profiles" not in document:
        document["profiles"] = tomlkit.table(is_super_table=True)
    tables: Any = document["profiles"]
    for name in [name for name in tables if name not in wanted]:
        del tables[name]
    for name, table in wanted.items():
        if not isinstance(table, Mapping):  # somebody wrote a profile that is no table: it stays
            continue
        if not isinstance(tables.get(name), Mapping):
            tables[name] = tomlkit.table()
        _merge(tables[name], table)
    return document.as_string().rstrip("\n") + "\n"


def _merge(table: Any, wanted: Mapping[str, Any]) -> None:
    import tomlkit

    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        there = table.get(key)
        if there == value:
            continue
        if not isinstance(value, Mapping):
            table[key] = value
        elif isinstance(there, Mapping) and key not in _INLINE:
            _merge(there, value)
        else:
            new: Any = tomlkit.inline_table() if key in _INLINE else tomlkit.table()
            new.update({name: part for name, part in value.items() if not isinstance(part, Mapping)})
            table[key] = new
            if key not in _INLINE:
                _merge(table[key], value)
                table[key].add(tomlkit.nl())
