"""What stands in the profile form, as text, and the profile it describes: one becomes the other here.

A draft knows no widget. What a stored profile holds beyond the form's fields goes through untouched.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bak_tui.core.addresses import parse_bucket, parse_server
from bak_tui.core.ages import age_text
from bak_tui.core.errors import UsageError
from bak_tui.core.profile import DEFAULT_STALENESS, Addressing
from bak_tui.core.secret import Secret
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.stored_profile import StoredProfile

READ_ONLY, READ_WRITE = "read-only", "read and write"
SERVER_TEXTS = ("host", "port", "user", "sslmode", "sslrootcert", "service")
TARGET_TEXTS = ("endpoint", "region", "bucket", "prefix", "ca_bundle")
_EMPTY: Mapping[str, str] = {
    **dict.fromkeys(("name", "environment", *SERVER_TEXTS, *TARGET_TEXTS), ""),
    "mode": READ_WRITE,
    "max_age": age_text(DEFAULT_STALENESS),
    "addressing": Addressing.AUTO.value,
    "password": "libpq",
    "password_detail": "",
    "keys": "default",
    "keys_detail": "",
}
_DETAILS = {"env": "name", "file": "path", "command": "argv", "keyring": "name", "profile": "name"}
"""By source, the key that its one detail is written under."""


@dataclass(frozen=True)
class Draft:
    """The form's fields by name, and of the stored profile what has no field."""

    values: Mapping[str, str] = field(default_factory=lambda: dict(_EMPTY))
    server_rest: Mapping[str, Any] = field(default_factory=dict)
    target_rest: Mapping[str, Any] = field(default_factory=dict)
    had_server: bool = False
    """An empty half that was there is a half: libpq knows a server without being told."""

    def parsed(self) -> StoredProfile:
        """The profile. Raises UsageError naming what is wrong."""
        values = self.values
        raw: dict[str, Any] = {
            "environment": values["environment"].strip(),
            "read_only": values["mode"] == READ_ONLY,
        }
        if values["max_age"].strip():
            raw["max_age"] = values["max_age"].strip()
        server, target = self._server(), self._target()
        if server or self.had_server:
            raw["server"] = server
        if target:
            raw["target"] = target
        return parse_profile(values["name"].strip(), raw)

    def _server(self) -> dict[str, Any]:
        given: dict[str, Any] = {name: self.values[name].strip() for name in SERVER_TEXTS}
        given["password"] = _reference("password", self.values)
        return {name: value for name, value in {**self.server_rest, **given}.items() if value}

    def _target(self) -> dict[str, Any]:
        given: dict[str, Any] = {name: self.values[name].strip() for name in TARGET_TEXTS}
        bucket, prefix = parse_bucket(given["bucket"])
        given |= {"bucket": bucket, "prefix": given["prefix"] or prefix or ""}
        given["keys"] = _reference("keys", self.values)
        if self.values["addressing"] != Addressing.AUTO.value and any(given.values()):
            given["addressing"] = self.values["addressing"]
        return dict(self.target_rest) | {name: value for name, value in given.items() if value}


def draft_of(stored: StoredProfile) -> Draft:
    """The form of a stored profile."""
    values = dict(_EMPTY) | {"name": stored.name, "environment": stored.environment}
    values["mode"] = READ_ONLY if stored.is_read_only else READ_WRITE
    values["max_age"] = age_text(stored.max_age)
    document = stored.document()
    rests: dict[str, dict[str, Any]] = {"server": {}, "target": {}}
    for part, secret in (("server", "password"), ("target", "keys")):
        for name, value in document.get(part, {}).items():
            if name == secret:
                values |= _reference_texts(secret, value)
            elif name in values:
                values[name] = str(value)
            else:
                rests[part][name] = value
    return Draft(values, rests["server"], rests["target"], had_server=stored.server is not None)


def new_draft(like: StoredProfile | None) -> Draft:
    """The form of a new profile, empty or with what this one has; the name is still to be found."""
    if like is None:
        return Draft()
    draft = draft_of(like)
    return replace(draft, values={**draft.values, "name": ""})


def server_from_uri(text: str) -> tuple[dict[str, str], dict[str, Any], Secret | None]:
    """A `postgresql://` URI as fields, as what has no field, and the password that must not be stored.

    Raises UsageError, which quotes nothing of it.
    """
    server = parse_server(text.strip())
    extra = dict(server.extra)
    values = {name: extra.pop(name, "") for name in ("sslmode", "sslrootcert", "service")}
    values |= {"host": server.host or "", "port": server.port or "", "user": server.user or ""}
    rest: dict[str, Any] = {}
    if server.maintenance_db:
        rest["database"] = server.maintenance_db
    if extra:
        rest["options"] = extra
    return values, rest, server.password


def _reference(what: str, values: Mapping[str, str]) -> dict[str, Any]:
    """`{ from = … }`; nothing for what libpq or boto do by themselves."""
    source = values[what]
    if source == _EMPTY[what]:
        return {}
    detail = values[f"{what}_detail"].strip()
    key = _DETAILS.get(source)
    if key is None or not detail:
        return {"from": source}
    if key == "argv":
        return {"from": source, "argv": _words(what, detail)}
    if what == "keys" and source == "env":
        return {"from": source, "names": re.split(r"[\s,]+", detail)}
    return {"from": source, key: detail}


def _words(what: str, command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{what}.argv: the command's quotes do not match") from error


def _reference_texts(what: str, reference: Mapping[str, Any]) -> dict[str, str]:
    source = str(reference.get("from", _EMPTY[what]))
    detail = reference.get("name") or reference.get("path") or ""
    if reference.get("argv"):
        detail = shlex.join(reference["argv"])
    elif reference.get("names"):
        detail = " ".join(reference["names"])
    return {what: source, f"{what}_detail": str(detail)}
