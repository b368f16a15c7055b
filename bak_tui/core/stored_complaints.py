"""Taking a stored profile from what a file or a form says, and saying what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from bak_tui.core.errors import UsageError
from bak_tui.core.references import KeysReference, PasswordReference
from bak_tui.core.spelling import close_hint
from bak_tui.core.stored_profile import StoredProfile, StoredServer, StoredTarget

_TABLES: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): StoredProfile,
    ("server",): StoredServer,
    ("target",): StoredTarget,
    ("server", "password"): PasswordReference,
    ("target", "keys"): KeysReference,
}
_SECRETIVE = re.compile("passw|pwd|secret|token|access_?key|^keys?$", re.IGNORECASE)
_SERVER_HINT = 'write where it is: password = { from = "file", path = "~/.db-password" }, or env, command …'
_TARGET_HINT = 'write where they are: keys = { from = "profile", name = "…" }, or env, file, command …'


def parse_profile(name: str, raw: Mapping[str, Any], where: str = "") -> StoredProfile:
    """The profile that `raw` describes, keys as in the file. Raises UsageError naming `where` and the key."""
    subject = f"{where}: profile {name}" if where else f"profile {name}"
    if not isinstance(raw, Mapping):
        raise UsageError(f"{subject} is no table", hint=f"write [profiles.{name}]")
    if "name" in raw:
        raise UsageError(f"{subject}: there is no key name", hint=f"its name stands in [profiles.{name}]")
    try:
        return StoredProfile.model_validate({**raw, "name": name})
    except ValidationError as error:
        # Its words would quote what was written; one complaint in ours is enough. A key that nobody knows
        # goes first: what is missing is often what was misspelt.
        found = sorted(error.errors(include_input=False), key=lambda each: each["type"] != "extra_forbidden")
        raise _complaint(subject, raw, found[0]) from None


def _complaint(subject: str, raw: Mapping[str, Any], error: Any) -> UsageError:
    path = tuple(str(part) for part in error["loc"])
    key = ".".join(path)
    if error["type"] == "extra_forbidden":
        return _unknown(subject, path)
    if path in {("server", "password"), ("target", "keys")} and not isinstance(
        raw[path[0]][path[1]], Mapping
    ):
        return _secret(subject, path)
    said = str(error.get("ctx", {}).get("error") or error["msg"])
    if error["type"] == "missing":
        said = "is missing"
    elif error["type"] == "model_type":
        said = "is no table"
    elif path[-1:] == ("argv",):
        said = 'is a list: ["pass", "show", "db"]'
    said = said.replace("Input should be", "should be").replace("String should", "should")
    return UsageError(f"{subject}: {key + ': ' if key else ''}{said}", kind="profile")


def _unknown(subject: str, path: tuple[str, ...]) -> UsageError:
    table, key = path[:-1], path[-1]
    if _SECRETIVE.search(key):
        return _secret(subject, path)
    model = _TABLES.get(table)
    fields = model.model_fields.items() if model else ()
    known = [field.alias or name for name, field in fields if name != "name" or table]
    return UsageError(
        f"{subject}: there is no key {'.'.join(path)}", hint=close_hint(key, known), kind="profile"
    )


def _secret(subject: str, path: tuple[str, ...]) -> UsageError:
    return UsageError(
        f"{subject}: {'.'.join(path)} would be a secret, and none may stand in this file",
        hint=_TARGET_HINT if "target" in path or path[-1].lower().startswith("aws") else _SERVER_HINT,
        kind="profile",
    )
