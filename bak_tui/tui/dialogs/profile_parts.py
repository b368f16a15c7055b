"""The profile form's rows, half by half, and what it says of secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from bak_tui.core.errors import BakError
from bak_tui.core.profile import Addressing
from bak_tui.core.providers import PROVIDERS, provider_of
from bak_tui.core.stored_profile import StoredServer
from bak_tui.core.weakening import weakenings
from bak_tui.tui.dialogs.profile_draft import (
    ALLOWED,
    CHECKED,
    READ_ONLY,
    READ_WRITE,
    REFUSED,
    UNCHECKED,
    Draft,
)
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.choosing import Dropdown, Option, Radio
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import FormRow, TextField

LABELS: tuple[Option, ...] = (("PROD", "PROD"), ("STAGE", "stage"), ("DEV", "dev"), ("", "other"))
_MODES: tuple[Option, ...] = ((READ_ONLY, READ_ONLY), (READ_WRITE, READ_WRITE))
_CHECKS: tuple[Option, ...] = ((CHECKED, "certificate checked"), (UNCHECKED, UNCHECKED))
_PLAIN: tuple[Option, ...] = ((REFUSED, REFUSED), (ALLOWED, "allowed to any host"))
_PASSWORDS: tuple[Option, ...] = (
    ("libpq", "libpq: ~/.pgpass, PG* variables"),
    ("env", "variable"),
    ("file", "file"),
    ("command", "command"),
    ("keyring", "keyring entry"),
    ("prompt", "asked for each time"),
)
_KEYS: tuple[Option, ...] = (
    ("default", "AWS default chain"),
    ("profile", "AWS profile"),
    ("env", "variables"),
    ("file", "file"),
    ("command", "command"),
    ("keyring", "keyring entry"),
    ("anonymous", "none (anonymous)"),
)
_MODES_OF_TLS: tuple[Option, ...] = (
    ("", "left to libpq"),
    *((mode, mode) for mode in get_args(get_args(StoredServer.model_fields["sslmode"].annotation)[0])),
)
_ADDRESSING: tuple[Option, ...] = (
    (Addressing.AUTO, "found out"),
    (Addressing.PATH, "path: host/bucket"),
    (Addressing.VIRTUAL, "virtual: bucket.host"),
)
_ASKED_IN = "postgres: to ask about the server"
_OPTIONS = "none; else connect_timeout=5 …"
EXAMPLES: Mapping[tuple[str, str], str] = {
    ("password", "env"): "DB_PASSWORD",
    ("password", "file"): "~/.db-password",
    ("password", "command"): "pass show db",
    ("password", "keyring"): "its name",
    ("keys", "profile"): "its name",
    ("keys", "env"): "KEY_VARIABLE SECRET_VARIABLE",
    ("keys", "file"): "~/.s3-keys",
    ("keys", "command"): "pass show s3",
    ("keys", "keyring"): "its name",
}
"""By kind of secret and source: how its one detail looks. What is missing here needs none."""
SERVER_FIELDS = (
    "uri",
    "host",
    "port",
    "user",
    "password",
    "password_detail",
    "sslmode",
    "sslrootcert",
    "service",
    "database",
    "options",
)
TARGET_FIELDS = (
    "provider",
    "endpoint",
    "region",
    "addressing",
    "bucket",
    "prefix",
    "keys",
    "keys_detail",
    "ca_bundle",
    "verify_tls",
    "plain_http",
)


def head_halves(draft: Draft) -> Horizontal:
    """Name and policy; label and mode."""
    values = draft.values
    label = values["environment"] if values["environment"] in dict(LABELS) else ""
    other = "" if label else values["environment"]
    age = TextField(values["max_age"], id="max_age", placeholder="26h")
    left = Vertical(
        FormRow("Name", TextField(values["name"], id="name", placeholder="gen3-prod")),
        FormRow("Policy", age, remark=" the newest backup may be so old"),
        classes="half",
    )
    right = Vertical(
        FormRow(
            "Label",
            Radio(LABELS, label, id="label"),
            TextField(other, id="environment", placeholder="none"),
        ),
        FormRow("Mode", Radio(_MODES, values["mode"], id="mode")),
        classes="half",
    )
    return Horizontal(left, right, classes="halves")


def end_halves(draft: Draft) -> Horizontal:
    """The server and the target, each with its state above and what a test found below."""
    left = Vertical(*_head("Server"), *_server_rows(draft), Drawn(id="server-found"), classes="half")
    right = Vertical(*_head("Target"), *_target_rows(draft), Drawn(id="target-found"), classes="half")
    return Horizontal(left, right, classes="halves")


def _head(name: str) -> list[Widget]:
    state = Drawn(id=f"{name.lower()}-state", classes="state")
    return [Horizontal(Drawn([[(name, "text bold")]]), state, classes="head")]


def _server_rows(draft: Draft) -> list[Widget]:
    values = draft.values
    return [
        FormRow("URI", TextField(id="uri", placeholder="paste postgresql://… to fill this in")),
        FormRow("Host", TextField(values["host"], id="host", placeholder="libpq's own: PGHOST, a socket")),
        FormRow("Port", TextField(values["port"], id="port", placeholder="5432")),
        FormRow("User", TextField(values["user"], id="user", placeholder="libpq's own: PGUSER, your login")),
        _secret_row("Password", "password", _PASSWORDS, values),
        FormRow("TLS", Dropdown("TLS", _MODES_OF_TLS, values["sslmode"], id="sslmode")),
        FormRow("TLS root", TextField(values["sslrootcert"], id="sslrootcert", placeholder="libpq's own")),
        FormRow("Service", TextField(values["service"], id="service", placeholder="of pg_service.conf")),
        FormRow("Database", TextField(values["database"], id="database", placeholder=_ASKED_IN)),
        FormRow("Options", TextField(values["options"], id="options", placeholder=_OPTIONS)),
    ]


def _target_rows(draft: Draft) -> list[Widget]:
    values = draft.values
    provider = provider_of(values["endpoint"])
    names = [(each.name, each.name) for each in PROVIDERS]
    endpoint = TextField(values["endpoint"], id="endpoint", placeholder=provider.example)
    region = TextField(values["region"], id="region", placeholder=provider.region_example)
    bucket = TextField(values["bucket"], id="bucket", placeholder="name, or s3://bucket/prefix/")
    prefix = TextField(values["prefix"], id="prefix", placeholder="none: the whole bucket")
    bundle = TextField(values["ca_bundle"], id="ca_bundle", placeholder="the system's")
    return [
        FormRow("Provider", Dropdown("Provider", names, provider.name, id="provider")),
        FormRow("Endpoint", endpoint),
        FormRow("Region", region),
        FormRow("Addressing", Dropdown("Addressing", _ADDRESSING, values["addressing"], id="addressing")),
        FormRow("Bucket", bucket),
        FormRow("Prefix", prefix),
        _secret_row("Keys", "keys", _KEYS, values),
        FormRow("CA bundle", bundle),
        FormRow("TLS check", Radio(_CHECKS, values["verify_tls"], id="verify_tls")),
        FormRow("Plain http", Radio(_PLAIN, values["plain_http"], id="plain_http")),
    ]


def _secret_row(label: str, what: str, options: tuple[Option, ...], values: Mapping[str, str]) -> FormRow:
    detail = TextField(values[f"{what}_detail"], id=f"{what}_detail")
    return FormRow(label, Dropdown(f"{label}: where from", options, values[what], id=what), detail)


def weakened_lines(draft: Draft, width: int) -> list[Line]:
    """What the profile gives up of its protection, each in a sentence; none as long as it is no profile."""
    try:
        stored = replace(draft, values={**draft.values, "name": "unnamed"}).parsed()
    except BakError:
        return []
    lines: list[Line] = []
    for each in weakenings(stored.profile(), os.environ):
        rows = wrapped(each.sentence, width - 2)
        lines += [[("  " if number else "▲ ", "warn bold"), (row, "warn")] for number, row in enumerate(rows)]
    return lines


def secrets_line(draft: Draft) -> Line:
    """Where the secrets come from, in a sentence."""
    password = _told("password", _PASSWORDS, draft.values)
    keys = _told("keys", _KEYS, draft.values)
    return [(f"No secret is stored: password {password}; keys {keys}.", "muted")]


def _told(what: str, options: tuple[Option, ...], values: Mapping[str, str]) -> str:
    source, detail = values[what], values[f"{what}_detail"]
    if source in {"prompt", "anonymous"}:
        return {"prompt": "asked for each time", "anonymous": "none"}[source]
    if source == "command":
        # Its arguments may say more than is wanted on a screen.
        return f"from the command {foreign(detail.partition(' ')[0])}".rstrip()
    needs = (what, source) in EXAMPLES
    label = dict(options)[source]
    return f"from {label} {foreign(detail) or '…'}" if needs else f"from {label}"
