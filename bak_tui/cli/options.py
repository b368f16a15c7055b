"""The options, once each, as decorators. What is said is kept in the session, not in twenty parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from bak_tui.cli.session import Session
from bak_tui.core.ages import parse_age
from bak_tui.core.errors import UsageError
from bak_tui.core.parts import MAX_PART_SIZE, MIN_PART_SIZE

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


class PartSize(click.ParamType[int]):
    """`64MiB`, `64MB`, `67108864`: bytes, within what S3 takes for a part."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+)\s*([kmg]?i?)b?", str(value).strip().lower())
        if not match or match[2] not in _UNITS:
            self.fail(f"{value} is no size; say 64MiB", param, ctx)
        size = int(match[1]) * _UNITS[match[2]]
        if not MIN_PART_SIZE <= size <= MAX_PART_SIZE:
            self.fail(f"a part has 5 MiB to 5 GiB, not {value}", param, ctx)
        return size


class Moment(click.ParamType[datetime]):
    """`2026-11-23`, `2026-11-23T12:00`, `20261123T120000Z`: a time, in UTC unless it says otherwise.

    A day alone means its end, so that it takes that day's dumps.
    """

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no time; say 2026-11-23T12:00", param, ctx)
        if moment.time() == time() and not re.search(r"[T :]", str(value)):
            moment += timedelta(days=1, microseconds=-1)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Age(click.ParamType[timedelta]):
    """`26h`, `2d`: how old something may be."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return parse_age(str(value))
        except UsageError as error:
            self.fail(f"{error}; {error.hint}", param, ctx)


def kept(*names: str, to: str, help: str, **more: Any) -> Callable[[F], F]:  # noqa: A002
    """An option whose value goes to the session under `to`."""

    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value not in (None, ()):
            ctx.ensure_object(Session).said[to] = value

    return click.option(*names, help=help, expose_value=False, callback=keep, **more)


def together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


_FILE = click.Path(dir_okay=False, path_type=Path)

_PLACES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "host": (("--host", "-H"), "PostgreSQL: a name, host:port, a socket directory or a URI."),
    "port": (("--port", "-p"), "PostgreSQL's port."),
    "user": (("--user", "-u", "-U", "--username"), "PostgreSQL role."),
    "endpoint": (("--endpoint", "-e", "--endpoint-url"), "S3 endpoint, https://…; none is AWS."),
    "bucket": (("--bucket", "-b"), "Bucket, or s3://bucket/prefix/."),
    "prefix": (("--prefix",), "Everything lies below this prefix."),
    "region": (("--region",), "S3 region."),
    "ca_bundle": (("--ca-bundle",), "Certificates to trust for the endpoint."),
}
"""Said of one run, and of a profile that is to be stored."""


def _said(*names: str) -> Callable[[F], F]:
    """Those of `_PLACES`, for the session."""
    return together(*(kept(*_PLACES[name][0], to=name, help=_PLACES[name][1]) for name in names))


def stored(*names: str) -> Callable[[F], F]:
    """Those of `_PLACES`, as the command's own parameters."""
    return together(*(click.option(*_PLACES[name][0], help=_PLACES[name][1]) for name in names))


server_options = together(
    _said("host", "port", "user"),
    kept("--password", "-P", to="password", help="Its password. Visible in ps: rather use the next two."),
    kept("--password-file", to="password_file", type=_FILE, help="Read the password from a file (0600)."),
    kept("--password-command", to="password_command", help="Run this (no shell) and read its first line."),
)

config_option = kept(
    "--config", to="config", type=_FILE, help="The file of profiles (default: bak-tui/config.toml)."
)
profile_options = together(
    kept("--profile", to="profile", help="A stored profile: server and bucket, below all other options."),
    config_option,
)
to_option = kept("--to", to="to", metavar="PROFILE", help="Restore into this profile's server.")

tools_option = kept("--pg-bindir", to="pg_bindir", help="The folder that holds pg_dump and pg_restore.")

target_options = together(
    _said("endpoint", "bucket", "prefix"),
    kept("--key", "-k", to="key", help="S3 access key."),
    kept("--secret", "-s", to="secret", help="Its secret. Visible in ps: rather set AWS_SECRET_ACCESS_KEY."),
    kept("--aws-profile", to="aws_profile", help="A profile of ~/.aws; wins over keys in the environment."),
    _said("region", "ca_bundle"),
    kept(
        "--no-verify-ssl",
        to="is_unverified",
        is_flag=True,
        default=None,
        help="Do not check the endpoint's certificate.",
    ),
    kept(
        "--plain-http",
        to="allows_plain_http",
        is_flag=True,
        default=None,
        help="Let an http:// endpoint be another host: dumps can be read on their way.",
    ),
    kept(
        "--no-sign-request", to="is_anonymous", is_flag=True, default=None, help="Use no credentials at all."
    ),
)

manner_options = together(
    kept("--json", to="json", is_flag=True, default=None, help="The result as one JSON document."),
    kept("--quiet", "-q", to="quiet", is_flag=True, default=None, help="No progress."),
    kept("--no-input", to="no_input", is_flag=True, default=None, help="Never ask anything."),
)

selection_options = together(
    click.option("--database", "names", multiple=True, help="What to take: a name or a glob; repeatable."),
    click.option("--exclude", multiple=True, help="What to leave out: a name or a glob; repeatable."),
)


def parallel_default(told: str) -> Callable[[F], F]:
    """`--parallel` of a command that goes by another number when nothing is said."""
    return click.option(
        "--parallel", type=click.IntRange(1, 64), help=f"Databases at once (default: {told})."
    )


parallel_option = parallel_default("one a core")
dry_run_option = click.option("--dry-run", "-n", is_flag=True, help="Say what would be done, and do nothing.")
newest_options = together(
    click.option("--latest", is_flag=True, help="Only each database's newest."),
    click.option("--at", type=Moment(), help="Each database's newest up to this time (UTC)."),
)


def folder_option(help: str, default: str | None = ".") -> Callable[[F], F]:  # noqa: A002
    """`--dir`."""
    return click.option(
        "--dir",
        "-d",
        "folder",
        type=click.Path(path_type=Path),
        default=default,
        help=help,
        show_default=True,
    )


compress_option = click.option(
    "--compress",
    metavar="METHOD[:LEVEL]",
    help="gzip, zstd, lz4 or none (default: zstd:1 where this pg_dump can, else gzip:1).",
)
globals_options = together(
    click.option(
        "--globals", "takes_globals", is_flag=True, help="Also the cluster's roles and tablespaces."
    ),
    click.option(
        "--globals-with-passwords",
        "takes_secrets",
        is_flag=True,
        help="... and the roles' password hashes (superuser).",
    ),
)
hash_option = click.option(
    "--hash-contents",
    is_flag=True,
    help="Hash every table's contents, too; a restore then compares them (about 1 s a million rows).",
)
note_option = click.option(
    "--note", metavar="TEXT", default="", help="Kept in the manifest; bak show tells it."
)
format_options = together(
    click.option(
        "--format",
        "form",
        type=click.Choice(["custom", "directory", "auto"]),
        default="custom",
        show_default=True,
        help="One streamed object; one object a table, dumped by several workers; or what is quicker.",
    ),
    click.option(
        "--jobs",
        "-j",
        type=click.IntRange(1, 64),
        help="Workers within one database, for directory and auto (default: cores).",
    ),
)
part_size_option = click.option(
    "--part-size", type=PartSize(), help="Bytes a part, such as 64MiB (default: planned from the size)."
)
