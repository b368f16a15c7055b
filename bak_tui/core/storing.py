"""A profile that flags and environment made, as it would be stored: what can be kept of it, and no secret."""

from __future__ import annotations

from typing import Any

from bak_tui.core.profile import Addressing, Profile, Server, Target
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.stored_profile import StoredProfile

_OWN = ("sslmode", "sslrootcert", "service")


def storable(profile: Profile) -> StoredProfile:
    """With the profile's name. Its password is libpq's to find; keys stay where the environment has them."""
    raw: dict[str, Any] = {"environment": profile.environment, "read_only": profile.is_read_only}
    if profile.given_server is not None:
        raw["server"] = _server(profile.given_server)
    if profile.given_target is not None:
        raw["target"] = _target(profile.given_target)
    return parse_profile(profile.name, raw)


def _server(server: Server) -> dict[str, Any]:
    extra = dict(server.extra)
    given = {name: extra.pop(name, None) for name in _OWN}
    given |= {"host": server.host, "port": server.port, "user": server.user}
    given |= {"database": server.maintenance_db}
    return {name: value for name, value in given.items() if value} | ({"options": extra} if extra else {})


def _target(target: Target) -> dict[str, Any]:
    given = {name: getattr(target, name) for name in ("bucket", "prefix", "endpoint", "region", "ca_bundle")}
    raw: dict[str, Any] = {name: value for name, value in given.items() if value}
    if target.addressing is not Addressing.AUTO:
        raw["addressing"] = target.addressing.value
    if not target.verifies_tls:
        raw["verify_tls"] = False
    if target.aws_profile:
        raw["keys"] = {"from": "profile", "name": target.aws_profile}
    elif target.is_anonymous:
        raw["keys"] = {"from": "anonymous"}
    elif target.access_key:
        # The first users' variables, which boto does not know; settings.py reads them.
        raw["keys"] = {"from": "env", "names": ["AWS_ACCESS_KEY", "AWS_SECRET_KEY"]}
    return raw
