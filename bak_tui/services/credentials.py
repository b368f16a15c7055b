"""Secrets by reference: from a file that only the user can read, a variable, a command, the keyring."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.errors import PasswordNeeded, UsageError
from bak_tui.core.secret import Secret
from bak_tui.services.reading import read_pipe, read_whole

if TYPE_CHECKING:
    from bak_tui.core.references import KeysReference, PasswordReference

_COMMAND_TIMEOUT = 60.0
"""Seconds; also for what is written into a pipe."""
_LARGEST = 1 << 20
"""Bytes of a file with secrets; of a device there is no end."""
_KEYRING_SERVICE = "bak-tui"


@dataclass(frozen=True, slots=True)
class Keys:
    """An S3 access key, its secret, and the session token of temporary ones."""

    access_key: str
    secret_key: Secret
    session_token: Secret | None = None


def from_file(path: Path) -> Secret:
    """The file's first line. UsageError when others may read it, with the chmod to run."""
    return _first_line(_read(path, "password file"), f"the password file {path}")


def from_command(command: str) -> Secret:
    """The first line a command prints. It is split like a shell would, but no shell runs it."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise _failed("password command", command.split(maxsplit=1)[:1], error) from error
    return _first_line(_run(argv, "password command"), "the password command")


def password(reference: PasswordReference, whose: str, environment: Mapping[str, str]) -> Secret | None:
    """What the reference stands for; None leaves it to libpq. `whose`: "profile prod".

    Raises PasswordNeeded when it is to be asked for, UsageError when it is not to be had.
    """
    match reference.source.value:
        case "libpq":
            return None
        case "prompt":
            raise PasswordNeeded(
                f"{whose} asks for its server's password",
                hint="run it on a terminal, or give --password-file or --password-command",
            )
        case "env":
            return Secret(_variable(reference.name, whose, environment))
        case "file":
            return from_file(Path(reference.path).expanduser())
        case "command":
            text = _run(reference.argv, "password command", is_quiet=True)
            return _first_line(text, "the password command")
    return _first_line(_from_keyring(reference.name, whose), f"the keyring entry {reference.name}")


def keys(reference: KeysReference, whose: str, environment: Mapping[str, str]) -> Keys | None:
    """What the reference stands for; None where boto finds them itself (or there are to be none)."""
    match reference.source.value:
        case "default" | "profile" | "anonymous":
            return None
        case "env":
            values = [_variable(name, whose, environment) for name in reference.names]
            return Keys(values[0], Secret(values[1]), Secret(values[2]) if len(values) > 2 else None)
        case "file":
            path = Path(reference.path).expanduser()
            return _parse_keys(_read(path, "key file"), f"the key file {path}")
        case "command":
            return _parse_keys(_run(reference.argv, "key command", is_quiet=True), "the key command")
    return _parse_keys(_from_keyring(reference.name, whose), f"the keyring entry {reference.name}")


def _read(path: Path, what: str) -> str:
    try:
        mode = path.stat().st_mode
        text = read_whole(path, _LARGEST, patience=_COMMAND_TIMEOUT).decode("utf-8")
    except UnicodeDecodeError as error:
        # Its words quote the bytes.
        raise UsageError(f"the {what} {path} cannot be read", hint="it is not UTF-8") from _bare(error)
    except OSError as error:
        raise UsageError(f"the {what} {path} cannot be read", hint=str(error)) from error
    if stat.S_ISREG(mode) and mode & 0o077:
        raise UsageError(
            f"the {what} {path} can be read by others", hint=f"chmod 600 {shlex.quote(str(path))}"
        )
    return text


def _run(argv: Sequence[str], what: str, *, is_quiet: bool = False) -> str:
    """What a command prints. A quiet one may neither ask on stdin nor write on the screen."""
    silence = subprocess.DEVNULL if is_quiet else None
    program = [os.path.expanduser(argv[0]), *argv[1:]] if argv else []
    try:
        with ExitStack() as ending:
            child = ending.enter_context(
                subprocess.Popen(program, stdin=silence, stdout=subprocess.PIPE, stderr=silence)
            )
            ending.callback(child.kill)  # before it is waited for: it may never end
            answer = _printed_by(child, argv[0])
        return answer.decode("utf-8")
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        raise _failed(what, argv, error) from _bare(error)


def _printed_by(child: subprocess.Popen[bytes], name: str) -> bytes:
    """All it prints: no more than a secret has, no longer than a person takes to unlock one."""
    begun = time.monotonic()
    if child.stdout is None:
        raise AssertionError("piped")
    handle = child.stdout.fileno()
    os.set_blocking(handle, False)
    answer = read_pipe(handle, _LARGEST, _COMMAND_TIMEOUT, name)
    code = child.wait(max(0.0, begun + _COMMAND_TIMEOUT - time.monotonic()))
    if code:
        raise subprocess.CalledProcessError(code, name)
    return answer


def _failed(what: str, argv: Sequence[str], error: Exception) -> UsageError:
    name = argv[0] if argv else "(empty)"
    return UsageError(f"the {what} {name} failed", hint=f"run it by hand ({type(error).__name__})")


def _bare(error: Exception) -> Exception | None:
    """The cause to keep: what a failed command printed, or a file's bytes, stay behind."""
    return error if isinstance(error, OSError) else None


def _variable(name: str, whose: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name)
    if not value:
        raise UsageError(f"{whose} takes a secret from the variable {name}, which is not set")
    return value


def _from_keyring(name: str, whose: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise UsageError(
            f"{whose} keeps a secret in the keyring, and support for that is not installed",
            hint="pip install 'bak-tui[keyring]'",
        ) from error
    try:
        found = keyring.get_password(_KEYRING_SERVICE, name)
    except KeyringError as error:
        raise UsageError(f"the keyring cannot be asked for {name}", hint=str(error)) from error
    if not found:
        raise UsageError(
            f"the keyring has no entry {name} for {whose}",
            hint=f"keyring set {_KEYRING_SERVICE} {shlex.quote(name)}",
        )
    return found


def _first_line(text: str, what: str) -> Secret:
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise UsageError(f"{what} gives no password", hint="its first line is the password")
    return Secret(line)


def _parse_keys(text: str, what: str) -> Keys:
    """Two or three lines, `access:secret`, or the JSON of an AWS `credential_process`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if text.lstrip().startswith("{"):
        lines = _from_json(text)
    elif len(lines) == 1:
        lines = lines[0].split(":", maxsplit=1)
    if len(lines) not in {2, 3} or not all(lines):
        raise UsageError(
            f"{what} gives no S3 keys", hint="two lines: the access key, then its secret; or access:secret"
        )
    return Keys(lines[0], Secret(lines[1]), Secret(lines[2]) if len(lines) > 2 else None)


def _from_json(text: str) -> list[str]:
    try:
        said = json.loads(text)
    except ValueError:
        return []
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return [str(said[name]) for name in names if said.get(name)]
