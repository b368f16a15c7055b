"""Every verb of `bak`, and every way to refer to a secret: it is seen by nobody, said and kept nowhere.

Looked at are all command lines and environments below `bak` (and its own, but for what its user has put
there), `-v`, `--json`, every file that is left, and the bucket.
"""

from __future__ import annotations

import json
import os
import pty
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from bak_tui.cli.commands import OnDemand
from bak_tui.core.references import KeysSource, PasswordSource
from bak_tui.demo.postgres import EmbeddedPostgres
from tests.cli.runner import BAK
from tests.samples import drop, fill
from tests.security.test_canaries import PASSWORD, Keeper, keeper
from tests.security.watching import Watch
from tests.servers.fixtures import MakeDatabase

__all__ = ["keeper"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are looked at in /proc")
_ROOT = Path(__file__).parents[2]


def every_verb() -> set[str]:
    """`backup`, `profiles add` …"""

    def leaves(name: str, command: click.Command) -> Iterator[str]:
        if isinstance(command, click.Group):
            for each, inner in command.commands.items():
                yield from leaves(f"{name} {each}", inner)
        else:
            yield name

    commands = OnDemand()
    return {leaf for name in commands for leaf in leaves(name, commands[name])}


def story(keeper: Keeper, name: str, folder: Path) -> list[tuple[str, list[str], int | None]]:
    """Every verb once, in an order that makes sense: verb, the rest, and how it ends (None: anyhow)."""
    right, local = "--profile=right", f"--dir={folder}"
    put_away = keeper.bak.home.parent / "put-away"
    link = [
        f"--host={keeper.server.host}",
        f"--port={keeper.server.port}",
        f"--user={keeper.server.user}",
        f"--password-file={put_away / 'right'}",
        f"--bucket={keeper.target.bucket}",
        f"--endpoint={keeper.target.endpoint}",
        f"--keys-command=cat {put_away / 'keys'}",
    ]
    again = f"{name}_again"
    return [
        ("profiles add", ["third", *link], 0),
        ("profiles import", [], None),
        ("profiles list", ["--json"], 0),
        ("profiles show", ["third", "--json"], 0),
        ("profiles test", ["third", "--json"], 0),
        ("profiles rm", ["third", "--yes"], 0),
        ("ls", [right, "--long", "--json"], 0),
        ("backup", [right, f"--database={name}", "--globals", "--json"], 0),
        ("dump", [right, f"--database={name}", local, "--json"], 0),
        ("upload", [right, local, "--prefix=others", "--json"], 0),
        ("dumps", [right, "--json"], 0),
        ("browse", [right, "--json"], 0),
        ("status", [right, "--json"], None),
        ("show", [right, f"--database={name}", "--json"], None),
        ("download", [right, f"--database={name}", f"{local}/fetched", "--json"], 0),
        ("verify", [right, f"--database={name}", "--json"], 0),
        ("prove", [right, f"--database={name}", "--json"], 0),
        ("restore", [right, f"--database={name}", f"--into={again}", "--jobs=2", "--json"], 0),
        ("restore", [right, f"--database={name}", f"--into={again}", "--swap", f"--confirm={again}"], 0),
        ("undo", [right, again, f"--confirm={again}", "--json"], 0),
        ("doctor", [right, "--json"], None),
        ("jobs", ["--json"], 0),
        ("delete", [right, f"--database={name}", "--confirm=right", "--json"], None),
        ("completion", ["bash"], 0),
        ("demo", ["--empty", "true"], 0),
    ]


def assert_told_nowhere(keeper: Keeper, *, but: Callable[[bytes], bool] = lambda _line: False) -> None:
    """`but`: of which command lines the environment is not looked at."""
    pairs = [pair for watch in keeper.watched for pair in watch.seen]
    assert pairs
    assert keeper.found_in(*(line for line, _ in pairs)) == set(), "in a command line"
    seen = [(line, environment) for line, environment in pairs if not but(line)]
    told = {line for line, environment in seen if keeper.found_in(environment)}
    assert told == set(), "in an environment"
    assert keeper.found_in(*(said.encode() for said in keeper.said)) == set(), "in what was said"
    kept = [*keeper.bak.home.rglob("*"), *(keeper.store.root / keeper.target.bucket).rglob("*")]
    files = [path for path in kept if path.is_file()]
    assert {str(path) for path in files if keeper.found_in(path.read_bytes())} == set()


@pytest.mark.fault("R38")
def test_no_verb_tells_a_secret(
    keeper: Keeper, embedded_postgres: EmbeddedPostgres, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded_postgres.server, name)
    folder = keeper.bak.home / "dumps"
    folder.mkdir()
    words = story(keeper, name, folder)
    assert {verb for verb, _, _ in words} == every_verb()
    try:
        for verb, rest, code in words:
            keeper.run(*verb.split(), *rest, code=code)
    finally:
        drop(keeper.server, f"{name}_again")
    assert_told_nowhere(keeper)


def _private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


class _Referred:
    """A profile `referred` whose secrets come in one way each; and what `bak` needs to find them."""

    def __init__(self, keeper: Keeper, password: PasswordSource, keys: KeysSource) -> None:
        put_away = keeper.bak.home.parent / "put-away"
        secret = keeper.target.secret_key
        assert secret is not None
        access, hidden = str(keeper.target.access_key), secret.reveal()
        self.variables: dict[str, str] = {}
        both = {"p": PASSWORD, "k": f"{access}:{hidden}"}
        keyring = _private(put_away / "keyring.json", json.dumps(both))
        passwords: dict[PasswordSource, tuple[dict[str, object], dict[str, str]]] = {
            PasswordSource.LIBPQ: ({}, {"PGPASSWORD": PASSWORD}),
            PasswordSource.ENV: ({"name": "DB_PW"}, {"DB_PW": PASSWORD}),
            PasswordSource.FILE: ({"path": str(put_away / "right")}, {}),
            PasswordSource.COMMAND: ({"argv": ["cat", str(put_away / "right")]}, {}),
            PasswordSource.KEYRING: ({"name": "p"}, {}),
            PasswordSource.PROMPT: ({}, {}),
        }
        aws = _private(
            put_away / "aws", f"[kept]\naws_access_key_id = {access}\naws_secret_access_key = {hidden}\n"
        )
        in_environment = {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": hidden}
        all_keys: dict[KeysSource, tuple[dict[str, object], dict[str, str]]] = {
            KeysSource.DEFAULT: ({}, in_environment),
            KeysSource.PROFILE: ({"name": "kept"}, {"AWS_SHARED_CREDENTIALS_FILE": str(aws)}),
            KeysSource.ENV: ({"names": ["S3_KEY", "S3_SECRET"]}, {"S3_KEY": access, "S3_SECRET": hidden}),
            KeysSource.FILE: ({"path": str(put_away / "keys")}, {}),
            KeysSource.COMMAND: ({"argv": ["cat", str(put_away / "keys")]}, {}),
            KeysSource.KEYRING: ({"name": "k"}, {}),
            KeysSource.ANONYMOUS: ({}, {}),
        }
        said, variables = passwords[password]
        self.variables |= variables
        told, more = all_keys[keys]
        self.variables |= more
        self.variables |= {
            "PYTHON_KEYRING_BACKEND": "tests.security.told_keyring.Told",
            "TOLD_KEYRING": str(keyring),
            "PYTHONPATH": str(_ROOT),
        }
        config = keeper.bak.home / ".config/bak-tui/config.toml"
        config.write_text(
            "[profiles.referred.server]\n"
            f'host = "{keeper.server.host}"\nport = {keeper.server.port}\nuser = "{keeper.server.user}"\n'
            f"password = {_inline(password, said)}\n"
            f'[profiles.referred.target]\nbucket = "{keeper.target.bucket}"\n'
            f'endpoint = "{keeper.target.endpoint}"\naddressing = "path"\nkeys = {_inline(keys, told)}\n'
        )


def _inline(source: str, more: dict[str, object]) -> str:
    parts = [
        f"from = {json.dumps(str(source))}",
        *(f"{name} = {json.dumps(each)}" for name, each in more.items()),
    ]
    return f"{{ {', '.join(parts)} }}"


def _is_ours(line: bytes) -> bool:
    """`bak` itself: what is in its environment its user has put there."""
    return str(BAK).encode() in line.split(b"\0")


KINDS = [
    (PasswordSource.LIBPQ, KeysSource.DEFAULT),
    (PasswordSource.ENV, KeysSource.ENV),
    (PasswordSource.FILE, KeysSource.FILE),
    (PasswordSource.COMMAND, KeysSource.COMMAND),
    (PasswordSource.KEYRING, KeysSource.KEYRING),
    (PasswordSource.PROMPT, KeysSource.PROFILE),
    (PasswordSource.FILE, KeysSource.ANONYMOUS),
]


def test_every_kind_of_reference_is_looked_at() -> None:
    assert {password for password, _ in KINDS} == set(PasswordSource)
    assert {keys for _, keys in KINDS} == set(KeysSource)


@pytest.mark.fault("R38")
@pytest.mark.parametrize(("password", "keys"), KINDS)
def test_no_kind_of_reference_lets_a_secret_be_seen(
    keeper: Keeper,
    embedded_postgres: EmbeddedPostgres,
    make_database: MakeDatabase,
    password: PasswordSource,
    keys: KeysSource,
) -> None:
    name = make_database()
    fill(embedded_postgres.server, name)
    referred = _Referred(keeper, password, keys)
    keeper.bak.variables |= referred.variables
    profile = "--profile=referred"
    code = 5 if keys is KeysSource.ANONYMOUS else 0
    again = f"{name}_{secrets.token_hex(2)}"

    def go(*words: str) -> None:
        if password is PasswordSource.PROMPT:
            _typed(keeper, *words)
        else:
            keeper.run(*words, code=code)

    go("backup", profile, f"--database={name}")
    go("restore", profile, f"--database={name}", f"--into={again}", "--jobs=2")
    if not code:
        drop(keeper.server, again)
        for program in ("pg_dump", "pg_restore"):
            assert any(watch.has_seen(program) for watch in keeper.watched), f"{program} was never looked at"
    assert_told_nowhere(keeper, but=_is_ours)


def _typed(keeper: Keeper, *words: str) -> None:
    """With the password typed at a terminal when it is asked for."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BAK, "-v", *words],
        env=keeper.bak.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, is_typed = b"", False
    with Watch(process.pid) as watch:
        try:
            while True:
                said += os.read(ours, 4096)
                if not is_typed and b"assword" in said and said.rstrip().endswith(b":"):
                    os.write(ours, f"{PASSWORD}\n".encode())
                    is_typed = True
        except OSError:  # EIO: it has ended
            pass
        assert process.wait(60) == 0, said.decode()
    os.close(ours)
    assert is_typed
    keeper.said.append(said.decode())
    keeper.watched.append(watch)
