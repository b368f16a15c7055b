"""What one invocation of `bak` knows: what was said, what that means, and the open `Bak`.

Here, and only here, the heavy half of the program is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from bak_tui.cli import output
from bak_tui.cli.saying import flags_of
from bak_tui.core.errors import PasswordNeeded
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Settings, resolve

if TYPE_CHECKING:
    from bak_tui.core.outcomes import Report
    from bak_tui.core.stored_profile import StoredProfile
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
        """Flags, environment and profile put together; tells on stderr what should be known."""
        for name, flag in _SECRETS.items():
            if self.said.get(name):
                self.note(f"{flag} can be seen by others in the process list")
        return self._resolved(self._stored)

    @cached_property
    def _flags(self) -> Flags:
        return flags_of(self.said)

    @cached_property
    def _stored(self) -> StoredProfile | None:
        """The profile that is named by --profile or BAK_PROFILE."""
        return self._stored_as(self.said.get("profile") or os.environ.get("BAK_PROFILE"))

    @cached_property
    def _destination(self) -> StoredProfile | None:
        """The profile whose server is meant: --to, else --profile."""
        return self._stored_as(self.said["to"]) if self.said.get("to") else self._stored

    def _stored_as(self, name: str | None) -> StoredProfile | None:
        if not name:
            return None
        from bak_tui.services.profiles import ProfileStore, config_path

        store = ProfileStore(config_path(self.said.get("config"), os.environ))
        try:
            return store.get(name)
        finally:
            for line in store.notes:
                self.note(line)

    def _resolved(self, stored: StoredProfile | None) -> Settings:
        if stored is None:
            return resolve(self._flags, os.environ)
        from bak_tui.operations.profiles.stored import preset_of

        return resolve(self._flags, os.environ, preset_of(stored))

    @property
    def profile(self) -> Profile:
        """Both ends with their secrets."""
        given = self.settings.profile
        target = self._open_target if given.given_target is not None else None
        return replace(given, given_server=self.server, given_target=target)

    @property
    def bucket_profile(self) -> Profile:
        """The profile without its server: for what is about the bucket alone no password is fetched."""
        return replace(self.settings.profile, given_server=None, given_target=self.target)

    @cached_property
    def server(self) -> Server:
        """The server with its password, which is fetched now, and asked for if the profile says so."""
        settings = self._resolved(self._destination) if self.said.get("to") else self.settings
        server = settings.profile.server
        if settings.uses_stored_password and self._destination is not None:
            from bak_tui.operations.profiles.stored import with_password

            try:
                server = with_password(server, self._destination)
            except PasswordNeeded as needed:
                if not self.may_ask:
                    raise
                server = replace(server, password=_asked(needed))
        return server

    @property
    def names_bucket(self) -> bool:
        """Whether anything names a bucket: flag, BAK_BUCKET or profile."""
        return self.settings.profile.given_target is not None

    @property
    def has_bucket_of_environment(self) -> bool:
        """Whether BAK_BUCKET alone names it, which nobody sees who reads the command."""
        is_stored = self._stored is not None and self._stored.target is not None
        return self.names_bucket and not self.said.get("bucket") and not is_stored

    @cached_property
    def target(self) -> Target:
        """The bucket; tells what redirects it."""
        for line in self.settings.notes:
            self.note(line)
        return self._open_target

    @cached_property
    def _open_target(self) -> Target:
        target = self.settings.profile.target
        if self.settings.uses_stored_keys and self._stored is not None:
            from bak_tui.operations.profiles.stored import with_keys

            target = with_keys(target, self._stored)
        return target

    def note(self, line: str) -> None:
        """Something a person should know; not with `-q`."""
        if self.is_quiet:
            return
        if self.is_json:
            output.event({"event": "note", "text": line})
        else:
            output.note(f"bak: {line}")

    def tell_of_store(self, bak: Bak) -> None:
        """What should be known of the file of profiles."""
        for line in bak.profiles.notes:
            self.note(line)

    @contextmanager
    def bak(self, *, needs_server: bool = False) -> Iterator[Bak]:
        """The open `Bak`. With `needs_server` a missing password is asked for now, if anybody is there."""
        from bak_tui.operations.bak import Bak

        if click.get_current_context().find_root().meta.get("bak.verbose"):
            from bak_tui.services import logs

            logs.show_debug()
        with Bak.open(pg_bindir=self.settings.pg_bindir, config=self.said.get("config")) as bak:
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
                self.__dict__["server"] = replace(self.server, password=_asked(needed))
            else:
                return


def _asked(needed: PasswordNeeded) -> Secret:
    return Secret(click.prompt(f"{needed.message}: password", hide_input=True, err=True))


pass_session = click.make_pass_decorator(Session, ensure=True)
