"""`bak profiles add` and `bak profiles import`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import options, output
from bak_tui.cli.profile_options import link_options, policy_options, secret_options
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.addresses import parse_bucket, parse_server
from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible

if TYPE_CHECKING:
    from bak_tui.operations.bak import Bak
    from bak_tui.operations.profiles.candidates import Candidate

_replace = click.option("--replace", "replaces", is_flag=True, help="Take the place of the one of that name.")


@click.command("add", short_help="Store a profile")
@click.argument("name")
@link_options
@secret_options
@policy_options
@_replace
@options.config_option
@options.manner_options
@pass_session
def add(session: Session, /, *, name: str, replaces: bool, **said: Any) -> None:
    """Store a server, a bucket, or both under NAME. Of a secret only where it is to be found is stored."""
    server, target = _server(said), _target(said)
    raw = _policy(said) | {"server": server, "target": target}
    with session.bak() as bak:
        _save(session, bak, name, raw, replaces=replaces)


@click.command("import", short_help="Store what pg_service.conf and ~/.aws know")
@click.argument("sources", nargs=-1, metavar="[pg_service:NAME] [aws:NAME]")
@click.option("--as", "name", metavar="NAME", help="The profile's name (default: the source's).")
@click.option("--bucket", "-b", help="Bucket, or s3://bucket/prefix/; needed with aws:NAME.")
@click.option("--prefix", help="Everything lies below this prefix.")
@policy_options
@_replace
@options.config_option
@options.manner_options
@pass_session
def import_(
    session: Session, /, *, sources: tuple[str, ...], name: str | None, replaces: bool, **said: Any
) -> None:
    """Make a profile of a service of pg_service.conf, a profile of ~/.aws, or both.

    Without arguments: list what there is. Nothing secret is copied; libpq and boto go on reading their files.
    """
    with session.bak() as bak:
        known = bak.profiles.candidates()
        if not sources:
            _print_candidates(session, known)
            return
        raw = _policy(said)
        for source in sources:
            candidate = _chosen(source, known)
            if candidate.part in raw:
                raise click.UsageError("one pg_service:NAME and one aws:NAME make a profile")
            raw[candidate.part] = dict(candidate.fields)
        bucket = _target(said)
        if "target" in raw and not bucket:
            raise click.UsageError("a profile of ~/.aws names no bucket: say --bucket")
        if bucket:
            raw["target"] = bucket | raw.get("target", {})
        _save(session, bak, name or sources[0].partition(":")[2], raw, replaces=replaces)


def _save(session: Session, bak: Bak, name: str, raw: dict[str, Any], *, replaces: bool) -> None:
    from bak_tui.core.stored_complaints import parse_profile

    given = {key: value for key, value in raw.items() if value}
    stored = parse_profile(name, given)
    has = any(each.name == name for each in bak.profiles.all()) if replaces else False
    bak.profiles.save(stored, replaces=name if has else None)
    session.tell_of_store(bak)
    if session.is_json:
        told = {"path": str(bak.profiles.path), "profile": stored.fields()}
        output.document("profiles add", told)
        return
    session.note(f"{bak.profiles.path} holds the profile {visible(name)} now")
    session.note(f"try it: bak profiles test {shlex.quote(visible(name))}")


def _policy(said: dict[str, Any]) -> dict[str, Any]:
    policy = {
        "environment": said["environment"],
        "read_only": said["is_read_only"],
        "max_age": said["max_age"],
    }
    return {key: value for key, value in policy.items() if value}


def _server(said: dict[str, Any]) -> dict[str, Any]:
    given = parse_server(said["host"] or "")
    if given.password is not None:
        raise UsageError(
            "the URI holds a password, and profiles store none",
            hint="leave it out, and say --password-file, --password-command or --ask-password",
        )
    extra = dict(given.extra) | dict(_pair(each) for each in said["options"])
    own = {name: said[name] or extra.pop(name, None) for name in ("sslmode", "sslrootcert", "service")}
    server = {
        "host": given.host,
        "port": said["port"] or given.port,
        "user": said["user"] or given.user,
        "database": said["maintenance_db"] or given.maintenance_db,
        **own,
        "options": extra,
        "password": _one_of("password", said["password_references"]),
    }
    return {key: value for key, value in server.items() if value}


def _target(said: dict[str, Any]) -> dict[str, Any]:
    bucket, prefix = parse_bucket(said.get("bucket") or "")
    target = {
        "bucket": bucket,
        "prefix": said.get("prefix") or prefix,
        **{name: said.get(name) for name in ("endpoint", "region", "addressing", "ca_bundle")},
        "keys": _one_of("keys", said.get("keys_references", ())),
    }
    given = {key: value for key, value in target.items() if value}
    given |= {"verify_tls": False} if said.get("is_unverified") else {}
    return given | ({"plain_http": True} if said.get("allows_plain_http") else {})


def _one_of(what: str, references: Any) -> dict[str, Any]:
    found = [reference for reference in references if reference]
    if len(found) > 1:
        raise click.UsageError(f"say in one way only where the {what} comes from")
    return found[0] if found else {}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError("--option is NAME=VALUE, such as connect_timeout=5")
    return name, value


def _chosen(source: str, known: list[Candidate]) -> Candidate:
    from bak_tui.core.spelling import close_hint

    for candidate in known:
        if str(candidate) == source:
            return candidate
    hint = close_hint(source, [str(candidate) for candidate in known])
    raise UsageError(f"there is no {source} to import", hint=hint or "no pg_service.conf, no ~/.aws")


def _print_candidates(session: Session, known: list[Candidate]) -> None:
    if session.is_json:
        fields = [{"source": str(each), "part": each.part, **each.fields} for each in known]
        output.document("profiles import", {"candidates": fields})
        return
    output.table(("source", "gives a", "which is"), [(str(each), each.part, each.told) for each in known])
    if not known:
        session.note("there is neither a pg_service.conf nor anything in ~/.aws")
