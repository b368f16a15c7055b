"""The profiles of one `config.toml`."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bak_tui.core.errors import FileProblem, LockHeld, UsageError
from bak_tui.services.profiles.editing import edited, renamed
from bak_tui.services.reading import TooLong, read_whole
from bak_tui.services.replacing import make_folder, replace_file

if TYPE_CHECKING:
    from bak_tui.core.screen_settings import ScreenSettings
    from bak_tui.core.stored_profile import StoredProfile

_LOCK_TIMEOUT = 10.0
_NEW = "# Profiles of bak-tui. Secrets are never written here, only where they are to be found.\n\n"
_KNOWN = ["profiles", "keys", "screen"]
_MOST = 4_000_000
"""Bytes: a device may have no end."""
Tables = dict[str, Any]


def config_path(said: Path | None, environment: Mapping[str, str]) -> Path:
    """`--config`, `BAK_CONFIG`, else the platform's folder."""
    named = said or environment.get("BAK_CONFIG")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_config_path

    return user_config_path("bak-tui") / "config.toml"


class ProfileStore:
    """The profiles of one file. Every call reads it anew: an editor or another `bak` may have changed it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        """What should be told of the file itself, such as that others could read it."""

    def all(self) -> tuple[StoredProfile, ...]:
        """Every profile, in the file's order; none when there is no file. UsageError names what is wrong."""
        from bak_tui.core.stored_complaints import parse_profile

        tables = self._tables(self._text())
        return tuple(parse_profile(name, raw, str(self.path)) for name, raw in tables.items())

    def get(self, name: str) -> StoredProfile:
        """One profile; what is wrong with others does not matter. UsageError, with the nearest name."""
        from bak_tui.core.stored_complaints import parse_profile

        tables = self._tables(self._text())
        self._check_known(name, tables)
        return parse_profile(name, tables[name], str(self.path))

    def check(self, name: str) -> None:
        """UsageError, with the nearest name, when there is no such profile."""
        self._check_known(name, self._tables(self._text()))

    def save(self, stored: StoredProfile, *, replaces: str | None = None) -> None:
        """Write one profile. It may only take the place of the one that `replaces` names.

        Raises UsageError when another has its name, or the file is damaged (it stays as it is then).
        """

        def change(tables: Tables) -> Tables:
            if stored.name in tables and stored.name != replaces:
                raise UsageError(
                    f"there is a profile {stored.name} already", hint="replace it, or choose another name"
                )
            if replaces is not None:
                self._check_known(replaces, tables)
            kept = {name: table for name, table in tables.items() if name != replaces}
            return {**kept, stored.name: dict(stored.document())}

        self._change(change, renames=(replaces, stored.name) if replaces else None)

    def remove(self, name: str) -> None:
        """Take one profile out, whatever is wrong with it. UsageError when there is none of that name."""

        def change(tables: Tables) -> Tables:
            self._check_known(name, tables)
            return {other: table for other, table in tables.items() if other != name}

        self._change(change)

    def _check_known(self, name: str, tables: Tables) -> None:
        from bak_tui.core.spelling import close_hint

        if name not in tables:
            hint = close_hint(name, list(tables)) or f"{self.path} holds none: bak profiles add {name}"
            raise UsageError(f"there is no profile {name}", hint=hint, kind="no_profile")

    def _text(self) -> str:
        try:
            self._tighten()
            # As text, with its ends of lines as they are everywhere.
            text = read_whole(self.path, _MOST).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        except FileNotFoundError:
            return ""
        except TooLong as error:
            raise FileProblem(
                f"{self.path} is no file of profiles: it goes on after {_MOST:,} bytes",
                hint="name another with --config or BAK_CONFIG",
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{self.path} is not UTF-8", hint="mend it by hand; it was left alone"
            ) from error
        except OSError as error:
            raise FileProblem(f"{self.path} cannot be read", hint=str(error)) from error
        return text

    def _tighten(self) -> None:
        """It holds no secret, but it tells where they are, and whoever may write it may change that."""
        status = self.path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 and status.st_uid == os.getuid():
            with contextlib.suppress(OSError):  # a read-only mount
                self.path.chmod(0o600)
                self.notes += (f"{self.path} could be read by others; it is 0600 now",)

    def key_table(self) -> dict[str, str]:
        """`[keys]`: what does which key press of `bak-tui`, by the action's id; both as they are written.

        `db.backup` and `"db.backup"` are one. UsageError where something else than a text stands.
        """
        written = self._parsed(self._text()).get("keys", {})
        found: dict[str, str] = {}
        wrong = self._flatten(written, "", found)
        if wrong is not None:
            raise UsageError(
                f"{self.path}: keys{wrong} is no text", hint='write [keys] and lines like db.backup = "B"'
            )
        return found

    def screen(self) -> ScreenSettings:
        """`[screen]`: how `bak-tui` shows and rings. UsageError names what is wrong in it."""
        from bak_tui.core.screen_settings import screen_settings

        return screen_settings(self._parsed(self._text()).get("screen", {}), str(self.path))

    def _flatten(self, written: object, name: str, found: dict[str, str]) -> str | None:
        """The texts in the tables under `name`; the name of the first that is neither."""
        if isinstance(written, str) and name:
            found[name.lstrip(".")] = written
            return None
        if not isinstance(written, dict):
            return name
        wrong = (self._flatten(value, f"{name}.{key}", found) for key, value in written.items())
        return next((each for each in wrong if each is not None), None)

    def _tables(self, text: str) -> Tables:
        """`[profiles.*]` as plain tables. UsageError with the line when it is no TOML."""
        tables = self._parsed(text).get("profiles", {})
        if not isinstance(tables, dict):
            raise UsageError(f"{self.path}: profiles is no table", hint="write [profiles.NAME]")
        return tables

    def _parsed(self, text: str) -> Tables:
        from bak_tui.core.spelling import close_hint

        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            where = f"{self.path}:{line[1] if line else text.count(chr(10)) + 1}"
            reason = str(error).partition(" (at ")[0]
            raise UsageError(
                f"{where}: no TOML: {reason}", hint="mend that line; the file was left alone", kind="profile"
            ) from error
        except (ValueError, RecursionError) as error:
            # A number of thousands of digits, brackets within brackets without end.
            raise UsageError(
                f"{self.path}: no profiles can be read from it: {error}",
                hint="mend it by hand; it was left alone",
                kind="profile",
            ) from error
        for key in parsed:
            if key not in _KNOWN:
                raise UsageError(
                    f"{self.path}: there is no key {key}", hint=close_hint(key, _KNOWN), kind="profile"
                )
        return parsed

    def _change(self, change: Callable[[Tables], Tables], renames: tuple[str, str] | None = None) -> None:
        """Read, change and write under a lock that other processes heed."""
        from filelock import FileLock, Timeout

        # A link stays a link: what it leads to is replaced.
        try:
            path = self.path.resolve()
        except (OSError, RuntimeError) as error:  # links that lead to each other
            raise FileProblem(f"{self.path} cannot be written", hint=str(error)) from error
        if path.exists() and not path.is_file():
            # BAK_CONFIG=/dev/null: as root its place could be taken.
            raise FileProblem(
                f"{self.path} is no file and was left alone", hint="name another with --config or BAK_CONFIG"
            )
        try:
            make_folder(path.parent)
            with FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT, mode=0o600):
                text = self._text()
                wanted = change(self._tables(text))
                if renames is not None:
                    text = renamed(text, *renames)
                replace_file(path, self._edited(text or _NEW, wanted).encode())
        except Timeout as error:
            raise LockHeld(f"another program is changing {self.path}", hint="try again") from error
        except OSError as error:
            raise FileProblem(f"{self.path} cannot be written", hint=str(error)) from error

    def _edited(self, text: str, wanted: Tables) -> str:
        """The text that says `wanted`, read back. Raises FileProblem when it cannot be made."""
        from tomlkit.exceptions import TOMLKitError

        unsafe = FileProblem(
            f"{self.path} is written in a way that cannot be changed safely",
            hint="change it by hand; it was left alone",
        )
        try:
            changed = edited(text, wanted)
        except (TOMLKitError, ValueError, RecursionError) as error:
            raise unsafe from error
        if self._tables(changed) != wanted:
            raise unsafe
        return changed
