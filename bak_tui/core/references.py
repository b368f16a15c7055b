"""Where a profile's secrets come from. A reference is written down; the secret itself never is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class PasswordSource(StrEnum):
    """Where the server's password comes from."""

    LIBPQ = "libpq"
    """PG* variables, ~/.pgpass, a service, or none is needed."""
    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    KEYRING = "keyring"
    PROMPT = "prompt"


class KeysSource(StrEnum):
    """Where the S3 keys come from."""

    DEFAULT = "default"
    """The AWS default chain: environment, shared files, roles."""
    PROFILE = "profile"
    """An AWS profile."""
    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    KEYRING = "keyring"
    ANONYMOUS = "anonymous"


class Stored(BaseModel):
    """One table of the file: keys nobody knows are an error, and what was written is not quoted back."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PasswordReference(Stored):
    """`{ from = "env", name = "DB_PASSWORD" }` and the like."""

    source: PasswordSource = Field(default=PasswordSource.LIBPQ, alias="from")
    name: str = ""
    """Of the variable, or of the keyring's entry."""
    path: str = ""
    argv: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check(self, self.source, {"env": "name", "file": "path", "command": "argv", "keyring": "name"})
        _check_variables((self.name,) if self.source is PasswordSource.ENV else ())
        return self

    def __str__(self) -> str:
        match self.source:
            case PasswordSource.LIBPQ:
                return "libpq (PGPASSWORD, ~/.pgpass, service)"
            case PasswordSource.PROMPT:
                return "asked for"
            case PasswordSource.ENV:
                return f"variable {self.name}"
        return _told(self.source, self.name, self.path, self.argv)


class KeysReference(Stored):
    """`{ from = "profile", name = "ceph" }` and the like.

    A file, a command and a keyring entry give the access key and its secret on two lines (a session token on
    a third), as `access:secret`, or as the JSON of an AWS `credential_process`.
    """

    source: KeysSource = Field(default=KeysSource.DEFAULT, alias="from")
    name: str = ""
    """Of the AWS profile, or of the keyring's entry."""
    names: tuple[str, ...] = ()
    """Of the variables: the access key's, its secret's and, if there is one, the session token's."""
    path: str = ""
    argv: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needs = {"profile": "name", "env": "names", "file": "path", "command": "argv", "keyring": "name"}
        _check(self, self.source, needs)
        if self.names and len(self.names) not in {2, 3}:
            raise ValueError("names are two variables: the access key's and its secret's")
        _check_variables(self.names)
        return self

    def __str__(self) -> str:
        match self.source:
            case KeysSource.DEFAULT:
                return "the AWS default chain"
            case KeysSource.ANONYMOUS:
                return "none (anonymous)"
            case KeysSource.PROFILE:
                return f"AWS profile {self.name}"
            case KeysSource.ENV:
                return f"variables {', '.join(self.names)}"
        return _told(self.source, self.name, self.path, self.argv)


def _told(source: str, name: str, path: str, argv: tuple[str, ...]) -> str:
    # Of a command only the program: its arguments may say more than is wanted on a screen.
    if source == "command":
        return f"command {argv[0]}"
    return f"file {path}" if source == "file" else f"keyring entry {name}"


def _check(reference: Stored, source: str, needs: Mapping[str, str]) -> None:
    needed = needs.get(source)
    for field in type(reference).model_fields:
        given = field != "source" and bool(getattr(reference, field))
        if given and field != needed:
            raise ValueError(f'{field} does not go with from = "{source}"')
    if needed is not None and not getattr(reference, needed):
        raise ValueError(f'from = "{source}" needs {needed}')


def _check_variables(names: tuple[str, ...]) -> None:
    if not all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) for name in names):
        raise ValueError("what stands for a variable is no variable's name")
