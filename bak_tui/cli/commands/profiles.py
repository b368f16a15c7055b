"""`bak profiles`: what is stored, shown, forgotten and tried out. Adding is in `profiles_adding`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options, output
from bak_tui.cli.commands import profiles_adding
from bak_tui.cli.findings import findings_fields, print_findings
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.errors import ConfirmationNeeded, PasswordNeeded
from bak_tui.core.foreign import visible
from bak_tui.core.secret import Secret
from bak_tui.core.weakening import Weakening, weakenings

if TYPE_CHECKING:
    from bak_tui.core.profile import Profile
    from bak_tui.core.stored_profile import StoredProfile
    from bak_tui.operations.bak import Bak


@click.group("profiles")
def command() -> None:
    """Keep servers and buckets under names, for --profile, --to and BAK_PROFILE. Secrets are never kept."""


command.add_command(profiles_adding.add)
command.add_command(profiles_adding.import_)


@command.command("list", short_help="List the profiles")
@options.config_option
@options.manner_options
@pass_session
def list_(session: Session) -> None:
    """List the profiles."""
    with session.bak() as bak:
        stored = bak.profiles.all()
        path = str(bak.profiles.path)
        session.tell_of_store(bak)
    if session.is_json:
        weakened = {each.name: [str(one) for one in _weakenings(each)] for each in stored}
        fields = {"path": path, "profiles": [each.fields() for each in stored], "weakened": weakened}
        output.document("profiles list", fields)
        return
    output.table(
        ("profile", "environment", "server", "target", ""),
        [
            (
                each.name,
                each.environment,
                _end(each, "server"),
                _end(each, "target"),
                ", ".join(["read-only"] * each.is_read_only + [*_weakenings(each)]),
            )
            for each in stored
        ],
    )
    if not stored:
        session.note(f"{path} holds no profile: bak profiles add NAME, or bak profiles import")


@command.command("show", short_help="Show one profile, and where its secrets come from")
@click.argument("name")
@options.config_option
@options.manner_options
@pass_session
def show(session: Session, *, name: str) -> None:
    """Show one profile. Secrets are not fetched for this; where they come from is told."""
    with session.bak() as bak:
        stored = bak.profiles.get(name)
        session.tell_of_store(bak)
    if session.is_json:
        weakened = [str(each) for each in _weakenings(stored)]
        output.document("profiles show", {"profile": stored.fields(), "weakened": weakened})
        return
    output.table(("setting", "value"), _lines(stored))


@command.command("rm", short_help="Forget a profile")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.config_option
@options.manner_options
@pass_session
def remove(session: Session, *, name: str, yes: bool) -> None:
    """Forget a profile. Its server and its bucket are not touched."""
    with session.bak() as bak:
        bak.profiles.check(name)
        if not yes:
            if not session.may_ask:
                raise ConfirmationNeeded(f"the profile {name} would be forgotten", hint="say --yes")
            click.confirm(f"forget the profile {visible(name)}?", abort=True, err=True)
        bak.profiles.remove(name)
        session.tell_of_store(bak)
    if session.is_json:
        output.document("profiles rm", {"removed": name})
    else:
        session.note(f"the profile {visible(name)} is forgotten; its server and bucket are as they were")


@command.command("test", short_help="Try both ends of a profile")
@click.argument("name")
@options.config_option
@options.tools_option
@options.manner_options
@pass_session
def test(session: Session, *, name: str) -> None:
    """Connect as psycopg and as pg_dump; list, put, get, multipart and delete in the bucket.

    One small object is written below the prefix, and is gone afterwards.
    """
    with session.bak() as bak:
        findings = bak.profiles.test(_opened(session, bak, name))
        session.tell_of_store(bak)
    if session.is_json:
        output.document("profiles test", {"profile": name, "findings": findings_fields(findings)})
    else:
        print_findings(findings)
    click.get_current_context().exit(int(findings.exit_code))


def _opened(session: Session, bak: Bak, name: str) -> Profile:
    try:
        return bak.profiles.open(name)
    except PasswordNeeded as needed:
        if not session.may_ask:
            raise
        answer = click.prompt(f"{needed.message}: password", hide_input=True, err=True)
        return bak.profiles.open(name, Secret(answer))


def _weakenings(stored: StoredProfile) -> tuple[Weakening, ...]:
    return weakenings(stored.profile(), os.environ)


def _end(stored: StoredProfile, end: str) -> str:
    profile = stored.profile()
    given = profile.given_server if end == "server" else profile.given_target
    return "" if given is None else str(given)


def _lines(stored: StoredProfile) -> list[tuple[str, str]]:
    fields = stored.document()
    lines = [
        ("profile", stored.name),
        ("environment", stored.environment),
        ("read-only", "yes" if stored.is_read_only else "no"),
        ("max age", str(stored.model_dump(mode="json")["max_age"])),
    ]
    for part in ("server", "target"):
        for key, value in fields.get(part, {}).items():
            if key == "options":
                lines += [(f"{part} {name}", str(each)) for name, each in value.items()]
            elif key not in {"password", "keys"}:
                lines.append((f"{part} {key}", str(value)))
    if stored.server is not None:
        lines.append(("password from", str(stored.server.password)))
    if stored.target is not None:
        lines.append(("keys from", str(stored.target.keys)))
    lines += [("weakened", f"{each}: {each.sentence}") for each in _weakenings(stored)]
    return [line for line in lines if line[1]]
