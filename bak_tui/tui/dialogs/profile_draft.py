"""What stands in the profile form, as text, and the profile it describes: one becomes the other here.

A draft knows no widget. Every key that a stored profile can have has a field, so nothing is lost on the way.
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
CHECKED, UNCHECKED = "checked", "not checked"
REFUSED, ALLOWED = "refused", "allowed"
SERVER_TEXTS = ("host", "port", "user", "sslmode", "sslrootcert", "service", "database")
TARGET_TEXTS = ("endpoint", "region", "bucket", "prefix", "ca_bundle")
_EMPTY: Mapping[str, str] = {
    **dict.fromkeys(("name", "environment", *SERVER_TEXTS, "options", *TARGET_TEXTS), ""),
    "mode": READ_WRITE,
    "max_age": age_text(DEFAULT_STALENESS),
    "addressing": Addressing.AUTO.value,
    "verify_tls": CHECKED,
    "plain_http": REFUSED,
    "password": "libpq",
    "password_detail": "",
    "keys": "default",
    "keys_detail": "",
}
_DETAILS = {"env": "name", "file": "path", "command": "argv", "keyring": "name", "profile": "name"}
"""By source, the key that its one detail is written under."""


@dataclass(frozen=True)
class Draft:
    """The form's fields by name."""

    values: Mapping[str, str] = field(default_factory=lambda: dict(_EMPTY))
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
        given["options"] = _pairs(self.values["options"])
        given["password"] = _reference("password", self.values)
        return {name: value for name, value in given.items() if value}

    def _target(self) -> dict[str, Any]:
        given: dict[str, Any] = {name: self.values[name].strip() for name in TARGET_TEXTS}
        bucket, prefix = parse_bucket(given["bucket"])
        given |= {"bucket": bucket, "prefix": given["prefix"] or prefix or ""}
        given["keys"] = _reference("keys", self.values)
        target = {name: value for name, value in given.items() if value}
        return target | self._manners() if target else {}

    def _manners(self) -> dict[str, Any]:
        """How the bucket is reached, where that differs from the defaults; alone it is no target."""
        said: dict[str, Any] = {}
        if self.values["addressing"] != Addressing.AUTO.value:
            said["addressing"] = self.values["addressing"]
        if self.values["verify_tls"] == UNCHECKED:
            said["verify_tls"] = False
        if self.values["plain_http"] == ALLOWED:
            said["plain_http"] = True
        return said


def draft_of(stored: StoredProfile) -> Draft:
    """The form of a stored profile."""
    values = dict(_EMPTY) | {"name": stored.name, "environment": stored.environment}
    values["mode"] = READ_ONLY if stored.is_read_only else READ_WRITE
    values["max_age"] = age_text(stored.max_age)
    document = stored.document()
    for part, secret in (("server", "password"), ("target", "keys")):
        for name, value in document.get(part, {}).items():
            values |= _reference_texts(secret, value) if name == secret else {name: _text(name, value)}
    return Draft(values, had_server=stored.server is not None)


def _text(name: str, value: Any) -> str:
    """How a key's value stands in its field."""
    match name:
        case "verify_tls":
            return CHECKED if value else UNCHECKED
        case "plain_http":
            return ALLOWED if value else REFUSED
        case "options":
            return shlex.join(f"{option}={said}" for option, said in value.items())
    return str(value)


def new_draft(like: StoredProfile | None) -> Draft:
    """The form of a new profile, empty or with what this one has; the name is still to be found."""
    if like is None:
        return Draft()
    draft = draft_of(like)
    return replace(draft, values={**draft.values, "name": ""})


def server_from_uri(text: str) -> tuple[dict[str, str], Secret | None]:
    """A `postgresql://` URI as fields, and the password that must not be stored.

    Raises UsageError, which quotes nothing of it.
    """
    server = parse_server(text.strip())
    extra = dict(server.extra)
    values = {name: extra.pop(name, "") for name in ("sslmode", "sslrootcert", "service")}
    values |= {"host": server.host or "", "port": server.port or "", "user": server.user or ""}
    values |= {"database": server.maintenance_db or "", "options": _text("options", extra)}
    return values, server.password


def _pairs(text: str) -> dict[str, str]:
    """`connect_timeout=5 application_name='a b'`, quoted as in a shell."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError("server.options: a quote is not closed") from error
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise UsageError("server.options: an option is NAME=VALUE", hint="such as connect_timeout=5")
        pairs[name] = value
    return pairs


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
