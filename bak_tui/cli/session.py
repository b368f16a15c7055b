"""What one invocation of `bak` knows: what was said, what that means, and the open `Bak`.

Here, and only here, the heavy half of the program is imported.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import output
from bak_tui.core.errors import PasswordNeeded
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Settings, resolve

if TYPE_CHECKING:
    from bak_tui.core.outcomes import Report
    from bak_tui.operations.bak import Bak
    from bak_tui.services.jobs import Job

_SECRETS = {"password": "--password", "secret": "--secret"}


@dataclass
class Session:
    """Filled by the options' callbacks, used by the commands."""

    said: dict[str, Any] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        return bool(self.said.get("json"))

    @property
    def is_quiet(self) -> bool:
        return bool(self.said.get("quiet"))

    @property
    def may_ask(self) -> bool:
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.said.get("no_input")

    @cached_property
    def settings(self) -> Settings:
        """Flags and environment put together; tells on stderr what should be known."""
        for name, flag in _SECRETS.items():
            if self.said.get(name):
                self.note(f"{flag} can be seen by others in the process list")
        return resolve(self._flags(), os.environ)

    @property
    def profile(self) -> Profile:
        return self.settings.profile

    @property
    def server(self) -> Server:
        return self.profile.server

    @cached_property
    def target(self) -> Target:
        """The bucket; tells what redirects it."""
        for line in self.settings.notes:
            self.note(line)
        return self.profile.target

    def note(self, line: str) -> None:
        """Something a person should know; not with `-q`."""
        if self.is_quiet:
            return
        output.note(json.dumps({"event": "note", "text": line}) if self.is_json else f"bak: {line}")

    @contextmanager
    def bak(self, *, needs_server: bool = False) -> Iterator[Bak]:
        """The open `Bak`. With `needs_server` a missing password is asked for now, if anybody is there."""
        from bak_tui.operations.bak import Bak
        from bak_tui.services import logs

        if click.get_current_context().find_root().meta.get("bak.verbose"):
            target = self.profile.given_target
            secrets = [self.server.password, target and target.secret_key]
            logs.show_debug(secret for secret in secrets if secret)
        with Bak.open(pg_bindir=self.settings.pg_bindir) as bak:
            if needs_server and self.may_ask:
                self._ask_password(bak)
            yield bak

    def finish(self, bak: Bak, job: Job[Report[Any]], command: str) -> None:
        """Follow the job to its end, print what became of it, and exit with its code."""
        from bak_tui.cli.reporting import print_report
        from bak_tui.cli.watching import watch

        code = watch(bak.engine, job, is_json=self.is_json, is_quiet=self.is_quiet)
        report = job.result()
        print_report(command, report, is_json=self.is_json, is_quiet=self.is_quiet)
        click.get_current_context().exit(int(code or report.exit_code))

    def _ask_password(self, bak: Bak) -> None:
        for _ in range(3):
            try:
                bak.databases(self.server)
            except PasswordNeeded as needed:
                answer = click.prompt(f"{needed.message}: password", hide_input=True, err=True)
                server = replace(self.server, password=Secret(answer))
                profile = replace(self.profile, given_server=server)
                self.__dict__["settings"] = replace(self.settings, profile=profile)
            else:
                return

    def _flags(self) -> Flags:
        said = self.said
        return Flags(
            host=said.get("host"),
            port=said.get("port"),
            user=said.get("user"),
            password=self._password(),
            endpoint=said.get("endpoint"),
            bucket=said.get("bucket"),
            prefix=said.get("prefix"),
            key=said.get("key"),
            secret=Secret(said["secret"]) if said.get("secret") else None,
            aws_profile=said.get("aws_profile"),
            region=said.get("region"),
            ca_bundle=said.get("ca_bundle"),
            verifies_tls=not said.get("is_unverified"),
            is_anonymous=bool(said.get("is_anonymous")),
            pg_bindir=said.get("pg_bindir"),
        )

    def _password(self) -> Secret | None:
        from bak_tui.services import credentials

        ways = [name for name in ("password", "password_file", "password_command") if self.said.get(name)]
        if len(ways) > 1:
            raise click.UsageError("give the password in one way only")
        if self.said.get("password_file"):
            return credentials.from_file(self.said["password_file"])
        if self.said.get("password_command"):
            return credentials.from_command(self.said["password_command"])
        return Secret(self.said["password"]) if self.said.get("password") else None


pass_session = click.make_pass_decorator(Session, ensure=True)
