"""The options of a profile that is to be stored: secrets only as references, each kept as the file has it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_ADDRESSING = click.Choice(["auto", "path", "virtual"])


def _all(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


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


link_options = _all(
    click.option("--host", "-H", help="PostgreSQL: a name, host:port, a socket directory or a URI."),
    click.option("--port", "-p", help="PostgreSQL's port."),
    click.option("--user", "-u", "-U", "--username", help="PostgreSQL role."),
    click.option("--maintenance-db", help="Where to connect for questions about the server."),
    click.option("--service", help="A service of pg_service.conf."),
    click.option("--sslmode", help="disable … verify-full."),
    click.option("--sslrootcert", help="Certificates to trust for the server."),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Another libpq parameter."),
    click.option("--bucket", "-b", help="Bucket, or s3://bucket/prefix/."),
    click.option("--prefix", help="Everything lies below this prefix."),
    click.option("--endpoint", "-e", "--endpoint-url", help="S3 endpoint, https://…; none is AWS."),
    click.option("--region", help="S3 region."),
    click.option("--addressing", type=_ADDRESSING, help="How the bucket stands in a request."),
    click.option("--ca-bundle", help="Certificates to trust for the endpoint."),
    click.option(
        "--no-verify-ssl", "is_unverified", is_flag=True, help="Do not check the endpoint's certificate."
    ),
)

secret_options = _all(
    _reference(
        "--password-env",
        to="password_references",
        make=lambda name: {"from": "env", "name": name},
        metavar="NAME",
        help="The password is in this variable.",
    ),
    _reference(
        "--password-file",
        to="password_references",
        make=lambda path: {"from": "file", "path": path},
        metavar="FILE",
        help="The password is this file's first line (0600).",
    ),
    _reference(
        "--password-command",
        to="password_references",
        make=lambda command: {"from": "command", "argv": _argv(command)},
        metavar="COMMAND",
        help="The password is the first line this prints (no shell).",
    ),
    _reference(
        "--password-keyring",
        to="password_references",
        make=lambda name: {"from": "keyring", "name": name},
        metavar="NAME",
        help="The password is in the system's keyring.",
    ),
    _reference(
        "--ask-password",
        to="password_references",
        make=lambda _: {"from": "prompt"},
        is_flag=True,
        help="The password is asked for.",
    ),
    _reference(
        "--aws-profile",
        to="keys_references",
        make=lambda name: {"from": "profile", "name": name},
        metavar="NAME",
        help="The keys are those of a profile of ~/.aws.",
    ),
    _reference(
        "--keys-env",
        to="keys_references",
        make=lambda names: {"from": "env", "names": [name.strip() for name in names.split(",")]},
        metavar="KEY,SECRET",
        help="The keys are in these two variables (a third: session token).",
    ),
    _reference(
        "--keys-file",
        to="keys_references",
        make=lambda path: {"from": "file", "path": path},
        metavar="FILE",
        help="The keys are this file's two lines (0600).",
    ),
    _reference(
        "--keys-command",
        to="keys_references",
        make=lambda command: {"from": "command", "argv": _argv(command)},
        metavar="COMMAND",
        help="The keys are what this prints, as for an AWS credential_process.",
    ),
    _reference(
        "--keys-keyring",
        to="keys_references",
        make=lambda name: {"from": "keyring", "name": name},
        metavar="NAME",
        help="The keys are in the system's keyring.",
    ),
    _reference(
        "--no-sign-request",
        to="keys_references",
        make=lambda _: {"from": "anonymous"},
        is_flag=True,
        help="No keys at all.",
    ),
)

policy_options = _all(
    click.option("--environment", metavar="LABEL", help="PROD, STAGE, DEV or what you call it."),
    click.option(
        "--read-only", "is_read_only", is_flag=True, help="Nothing may be restored into its server."
    ),
    click.option("--max-age", metavar="AGE", help="How old a newest backup may become: 26h, 2d."),
)
