"""What pg_service.conf and ~/.aws know of servers and buckets. Names and places leave here, no secrets."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bak_tui.core.inherited import inherited
from bak_tui.services.reading import read_whole

_SECTION = re.compile(r"\[(?P<name>[^]]+)\]")
_LARGEST = 4 << 20
"""Bytes of a file of somebody else's."""
_TOLD = ("host", "hostaddr", "port", "user", "dbname")
_SYSTEM_FOLDERS = ("/etc/postgresql-common", "/etc", "/usr/local/etc", "/opt/homebrew/etc")


@dataclass(frozen=True, slots=True)
class Service:
    """A service of pg_service.conf. libpq reads the file itself: only the name goes into a profile."""

    name: str
    told: str
    """`host=db port=5432 user=backup`, for choosing."""
    file: Path


@dataclass(frozen=True, slots=True)
class AwsProfile:
    """A profile of ~/.aws. boto reads the keys itself."""

    name: str
    region: str | None
    endpoint: str | None


def services(environment: Mapping[str, str], home: Path) -> tuple[Service, ...]:
    """The services that libpq would find, the user's own before the system's."""
    own = Path(environment.get("PGSERVICEFILE") or home / ".pg_service.conf")
    folders = [environment["PGSYSCONFDIR"]] if environment.get("PGSYSCONFDIR") else _system_folders()
    found: dict[str, Service] = {}
    for file in (own, *(Path(folder) / "pg_service.conf" for folder in folders)):
        for name, settings in _sections(file):
            told = " ".join(f"{key}={settings[key]}" for key in _TOLD if key in settings)
            found.setdefault(name, Service(name, told, file))
    return tuple(found.values())


def aws_profiles(environment: Mapping[str, str], home: Path) -> tuple[AwsProfile, ...]:
    """The profiles of the config and credentials files, with region and endpoint where they are given."""
    config = Path(environment.get("AWS_CONFIG_FILE") or home / ".aws" / "config").expanduser()
    shared = environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials"
    found: dict[str, dict[str, str]] = {}
    for file, marks in ((config, True), (Path(shared).expanduser(), False)):
        for section, settings in _aws_sections(file):
            kind, _, named = section.partition(" ")
            if not marks or section == "default":
                name = section
            elif kind == "profile" and named:
                name = named.strip().strip("\"'")
            else:
                continue  # sso-session and services are no profiles
            found.setdefault(name, {}).update(settings)
    return tuple(
        AwsProfile(name, settings.get("region"), settings.get("endpoint_url"))
        for name, settings in found.items()
    )


def _sections(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """As libpq reads it: `name=value` without blanks, `#` begins a comment line."""
    try:
        lines = read_whole(file, _LARGEST).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    name, settings = "", dict[str, str]()
    for line in (line.strip() for line in lines):
        match = _SECTION.match(line)
        if match:
            if name:
                yield name, settings
            name, settings = match["name"], {}
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings[key.strip()] = value.strip()
    if name:
        yield name, settings


def _aws_sections(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Only what is no secret leaves here."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(read_whole(file, _LARGEST).decode("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return
    for name in parser.sections():
        yield (
            name,
            {key: parser[name][key] for key in ("region", "endpoint_url") if parser[name].get(key)},
        )


@cache
def _system_folders() -> tuple[str, ...]:
    try:
        said = subprocess.run(
            ["pg_config", "--sysconfdir"],  # noqa: S607  # whichever libpq is in the user's PATH
            env=inherited(os.environ),
            capture_output=True,
            timeout=5,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return _SYSTEM_FOLDERS
    return (said.stdout.strip(), *_SYSTEM_FOLDERS)
