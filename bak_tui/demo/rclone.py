"""How `rclone serve s3` is called, told its keys, understood and asked to look again."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from bak_tui.core.errors import StoreError
from bak_tui.core.secret import Secret
from bak_tui.demo import programs

_SERVING = re.compile(r"s3 server on \[(https?://127\.0\.0\.1:\d+)/")
_CONTROLLED = re.compile(r"remote control on (http://127\.0\.0\.1:\d+)/")
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files (PEM) with which the server speaks TLS; `authority` is what its clients are to trust."""

    certificate: Path
    key: Path
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The one key pair of a server; also the login to its remote control."""

    access_key: str
    secret_key: Secret


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where it listens, without a `/` at the end."""

    s3: str
    control: str


def command(root: Path, room: Path, address: str, certificate: Certificate | None) -> list[str | Path]:
    """Serve `root` at `address` (`host:port`, port 0 for any); what it keeps for itself goes to `room`."""
    empty = room / "rclone.conf"
    empty.touch()
    words: list[str | Path] = [programs.rclone_program(), "serve", "s3", root]
    words += ["--addr", address, "--config", empty, "--cache-dir", room / "cache"]
    if certificate:
        words += ["--cert", certificate.certificate, "--key", certificate.key]
    return words


def environment(room: Path, keys: Keys) -> dict[str, str]:
    """Nothing of ours, above all no RCLONE_*; the keys here, since anybody can read a command line."""
    return {
        "PATH": os.defpath,
        "HOME": str(room),
        "TZ": "UTC",
        "RCLONE_AUTH_KEY": f'"{keys.access_key},{keys.secret_key.reveal()}"',
        "RCLONE_RC": "true",
        "RCLONE_RC_ADDR": "127.0.0.1:0",
        "RCLONE_RC_USER": keys.access_key,
        "RCLONE_RC_PASS": keys.secret_key.reveal(),
    }


def addresses(log: str) -> Addresses | None:
    """Read from its log; None as long as it does not listen on both."""
    serving, controlled = _SERVING.search(log), _CONTROLLED.search(log)
    return Addresses(serving[1], controlled[1]) if serving and controlled else None


def read_folders_again(control: str, keys: Keys) -> None:
    """Make it renew its cache of folders (5 minutes by default; with none, each request reads them all).

    Not `vfs/forget`: a folder in which something was deleted is remembered all the same.
    """
    _ask(control, "vfs/refresh", keys, recursive="true")


def limit_bandwidth(control: str, keys: Keys, bytes_a_second: int) -> None:
    """From now on it moves no more than that (rclone's `--bwlimit`; rclone.org/rc, core/bwlimit)."""
    _ask(control, "core/bwlimit", keys, rate=f"{bytes_a_second}B")


def _ask(control: str, call: str, keys: Keys, **parameters: str) -> None:
    login = b64encode(f"{keys.access_key}:{keys.secret_key.reveal()}".encode()).decode()
    request = Request(  # noqa: S310 -- the address is our own
        f"{control}/{call}?{urlencode(parameters)}",
        method="POST",
        headers={"Authorization": f"Basic {login}"},
    )
    try:
        build_opener(ProxyHandler({})).open(request, timeout=_PATIENCE).close()
    except OSError as error:
        raise StoreError(f"the embedded S3 server does not answer: {error}") from error
