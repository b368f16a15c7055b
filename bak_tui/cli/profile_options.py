"""The options of a profile that is to be stored: secrets only as references, each kept as the file has it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from bak_tui.cli.options import stored, together

F = TypeVar("F", bound=Callable[..., Any])
_ADDRESSING = click.Choice(["auto", "path", "virtual"])


def _reference(
    *names: str,
    to: str,
    make: Callable[[Any], dict[str, Any]],
    help: str,  # noqa: A002
    **more: Any,
) -> Callable[[F], F]:
    """An option that adds one reference to the list `to`."""

    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        found = ctx.params.setdefault(to, [])
        if value:
            found.append(make(value))

    return click.option(*names, help=help, expose_value=False, callback=keep, **more)


def _argv(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise click.UsageError("a quote in the command is not closed") from None


link_options = together(
    stored("host", "port", "user"),
    click.option("--maintenance-db", help="Where to connect for questions about the server."),
    click.option("--service", help="A service of pg_service.conf."),
    click.option("--sslmode", help="disable … verify-full."),
    click.option("--sslrootcert", help="Certificates to trust for the server."),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Another libpq parameter."),
    stored("bucket", "prefix", "endpoint", "region"),
    click.option("--addressing", type=_ADDRESSING, help="How the bucket stands in a request."),
    stored("ca_bundle"),
    click.option(
        "--no-verify-ssl", "is_unverified", is_flag=True, help="Do not check the endpoint's certificate."
    ),
    click.option(
        "--plain-http",
        "allows_plain_http",
        is_flag=True,
        help="Let an http:// endpoint be another host: dumps can be read on their way.",
    ),
)

_password = partial(_reference, to="password_references")
_keys = partial(_reference, to="keys_references")

secret_options = together(
    _password(
        "--password-env",
        make=lambda name: {"from": "env", "name": name},
        metavar="NAME",
        help="The password is in this variable.",
    ),
    _password(
        "--password-file",
        make=lambda path: {"from": "file", "path": path},
        metavar="FILE",
        help="The password is this file's first line (0600).",
    ),
    _password(
        "--password-command",
        make=lambda command: {"from": "command", "argv": _argv(command)},
        metavar="COMMAND",
        help="The password is the first line this prints (no shell).",
    ),
    _password(
        "--password-keyring",
        make=lambda name: {"from": "keyring", "name": name},
        metavar="NAME",
        help="The password is in the system's keyring.",
    ),
    _password(
        "--ask-password",
        make=lambda _: {"from": "prompt"},
        is_flag=True,
        help="The password is asked for.",
    ),
    _keys(
        "--aws-profile",
        make=lambda name: {"from": "profile", "name": name},
        metavar="NAME",
        help="The keys are those of a profile of ~/.aws.",
    ),
    _keys(
        "--keys-env",
        make=lambda names: {"from": "env", "names": [name.strip() for name in names.split(",")]},
        metavar="KEY,SECRET",
        help="The keys are in these two variables (a third: session token).",
    ),
    _keys(
        "--keys-file",
        make=lambda path: {"from": "file", "path": path},
        metavar="FILE",
        help="The keys are this file's two lines (0600).",
    ),
    _keys(
        "--keys-command",
        make=lambda command: {"from": "command", "argv": _argv(command)},
        metavar="COMMAND",
        help="The keys are what this prints, as for an AWS credential_process.",
    ),
    _keys(
        "--keys-keyring",
        make=lambda name: {"from": "keyring", "name": name},
        metavar="NAME",
        help="The keys are in the system's keyring.",
    ),
    _keys(
        "--no-sign-request",
        make=lambda _: {"from": "anonymous"},
        is_flag=True,
        help="No keys at all.",
    ),
)

policy_options = together(
    click.option("--environment", metavar="LABEL", help="PROD, STAGE, DEV or what you call it."),
    click.option(
        "--read-only",
        "is_read_only",
        is_flag=True,
        help="Nothing may be restored into its server or deleted from its bucket.",
    ),
    click.option("--max-age", metavar="AGE", help="How old a newest backup may become: 26h, 2d."),
)
