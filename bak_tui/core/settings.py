"""Which server and bucket are meant, and where each value came from.

Precedence: flags > BAK_* > the profile > PG*/AWS_* for what is left open > defaults. What libpq and boto
resolve by themselves is left to them; here it is only told. A profile comes without its secrets: they are
fetched when they are needed, if `Settings` says that nothing replaced them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bak_tui.core.addresses import check_port, parse_bucket, parse_server
from bak_tui.core.command_line import AD_HOC
from bak_tui.core.errors import UsageError
from bak_tui.core.given import Flags, Preset
from bak_tui.core.origins import Origin, Sources, find_origins
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.weakening import weakenings

__all__ = ["Flags", "Origin", "Preset", "Settings", "parse_bucket", "parse_server", "resolve"]


_NO_PRESET = Preset(Profile(""))
_NO_TARGET = Target("unnamed")


@dataclass(frozen=True, slots=True)
class Settings:
    """The profile the flags, the environment and a stored profile describe."""

    profile: Profile
    origins: tuple[Origin, ...]
    pg_bindir: str | None = None
    notes: tuple[str, ...] = ()
    uses_stored_password: bool = False
    """The stored profile's password reference is to be followed before connecting."""
    uses_stored_keys: bool = False
    """The stored profile's keys reference is to be followed before the bucket is opened."""


def resolve(flags: Flags, environment: Mapping[str, str], preset: Preset | None = None) -> Settings:
    """Put flags, environment and the profile together. Raises UsageError where they make no sense."""
    stored = preset or _NO_PRESET
    server = _server(flags, stored.server)
    target = _target(flags, environment, stored)
    base = stored.profile if preset else Profile(AD_HOC)
    own_server = server.host == stored.server.host
    profile = replace(
        base, given_server=server, given_target=target, pg_bindir=flags.pg_bindir or base.pg_bindir
    )
    weakened = tuple(each.sentence for each in weakenings(profile, environment, chosen_only=True))
    settings = Settings(
        profile=profile,
        origins=(),
        pg_bindir=flags.pg_bindir or environment.get("BAK_PG_BINDIR") or None,
        notes=weakened + _notes(flags, environment, stored, target),
        # A password is for the server it was stored with, not for whatever --host names.
        uses_stored_password=stored.password_from is not None and server.password is None and own_server,
        uses_stored_keys=stored.keys_from is not None and not _names_keys(flags),
    )
    return replace(
        settings,
        origins=tuple(
            find_origins(Sources(flags, environment, preset, target, settings.uses_stored_password))
        ),
    )


def _server(flags: Flags, stored: Server) -> Server:
    given = parse_server(flags.host) if flags.host else Server()
    return Server(
        host=given.host or stored.host,
        port=check_port(flags.port) or given.port or (stored.port if not given.host else None),
        user=flags.user or given.user or stored.user,
        password=flags.password or given.password,
        maintenance_db=given.maintenance_db or stored.maintenance_db,
        extra=MappingProxyType({**stored.extra, **given.extra}),
        guarded_by=stored.guarded_by,
    )


def _names_keys(flags: Flags) -> bool:
    return bool(flags.key or flags.secret or flags.aws_profile or flags.is_anonymous)


def _target(flags: Flags, environment: Mapping[str, str], stored: Preset) -> Target | None:
    base = stored.profile.given_target or _NO_TARGET
    named = flags.bucket or environment.get("BAK_BUCKET") or (base is not _NO_TARGET and base.bucket)
    if not named:
        return None
    bucket, prefix = parse_bucket(named)
    if prefix is None and bucket == base.bucket:
        # A prefix belongs to its bucket: in another one it means nothing.
        prefix = base.prefix
    return replace(
        _with_keys(base, flags, environment, has_keys=stored.keys_from is not None),
        bucket=bucket,
        prefix=(flags.prefix if flags.prefix is not None else prefix or "").lstrip("/"),
        endpoint=_endpoint(flags.endpoint) or base.endpoint,
        region=flags.region or base.region or environment.get("AWS_REGION") or None,
        ca_bundle=flags.ca_bundle or base.ca_bundle,
        verifies_tls=flags.verifies_tls and base.verifies_tls,
        # What a profile allows it allows for its own endpoint.
        allows_plain_http=flags.allows_plain_http or (base.allows_plain_http and not flags.endpoint),
    )


def _with_keys(base: Target, flags: Flags, environment: Mapping[str, str], *, has_keys: bool) -> Target:
    """Whose keys: the flags' alone when they name any, else the profile's, else the original variables'."""
    if _names_keys(flags):
        return replace(
            base,
            access_key=flags.key,
            secret_key=flags.secret,
            aws_profile=flags.aws_profile,
            is_anonymous=flags.is_anonymous,
        )
    if base.aws_profile or base.is_anonymous or has_keys:
        return base
    if environment.get("AWS_ACCESS_KEY_ID") or not environment.get("AWS_ACCESS_KEY"):
        return base
    # The names the project's first users have in their scripts; boto does not know them.
    secret = environment.get("AWS_SECRET_KEY")
    return replace(
        base, access_key=environment["AWS_ACCESS_KEY"], secret_key=Secret(secret) if secret else None
    )


def _endpoint(text: str | None) -> str | None:
    if text is None or text.startswith(("https://", "http://")):
        return text
    raise UsageError(f"the endpoint {text} has no scheme", hint=f"say https://{text}")


def _notes(
    flags: Flags, environment: Mapping[str, str], preset: Preset, target: Target | None
) -> tuple[str, ...]:
    notes = []
    stored = preset.profile.given_target
    if (flags.aws_profile or preset.keys_from) and environment.get("AWS_ACCESS_KEY_ID"):
        whose = f"the AWS profile {flags.aws_profile} is" if flags.aws_profile else "the profile's keys are"
        notes.append(f"{whose} used; the keys in the environment are not")
    redirected = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if redirected and not (flags.endpoint or (target and target.endpoint)):
        notes.append(f"S3 requests go to {redirected} (from the environment)")
    if stored and target and not flags.bucket and target.bucket != stored.bucket:
        notes.append(f"the bucket is {target.bucket} (BAK_BUCKET), not profile {preset.profile.name}'s")
    return tuple(notes)
