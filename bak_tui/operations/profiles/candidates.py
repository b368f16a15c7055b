"""Halves of profiles that other programs know already: services of libpq, profiles of AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bak_tui.services import importing


@dataclass(frozen=True, slots=True)
class Candidate:
    """Half a profile that another program knows already."""

    kind: str
    """`pg_service` or `aws`."""
    name: str
    told: str
    """What it is, for choosing."""
    fields: Mapping[str, Any]
    """What goes into `[profiles.NAME.server]` or `[profiles.NAME.target]`; a bucket is never among it."""

    @property
    def part(self) -> str:
        return "server" if self.kind == "pg_service" else "target"

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def find_candidates(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> list[Candidate]:
    """Services of pg_service.conf and profiles of ~/.aws, to make profiles of."""
    home = home or Path.home()
    found = [
        Candidate("pg_service", service.name, service.told, {"service": service.name})
        for service in importing.services(environment, home)
    ]
    for each in importing.aws_profiles(environment, home):
        given = {"region": each.region, "endpoint": each.endpoint}
        fields = {name: value for name, value in given.items() if value}
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        keys = {"keys": {"from": "profile", "name": each.name}}
        found.append(Candidate("aws", each.name, told, {**fields, **keys}))
    return found
