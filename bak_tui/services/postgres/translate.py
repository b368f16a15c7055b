"""psycopg's errors in the user's words: one sentence that names what is wrong, and what to try.

At the start of a session libpq gives no SQLSTATE, only words, and those of every address it has tried; so it
is told by them. A server that speaks another language is told without the narrower hint.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.errors import BakError, PasswordNeeded, ServerError
from bak_tui.core.profile import Server
from bak_tui.core.recovery import RecoveryConflict, is_recovery_conflict

if TYPE_CHECKING:
    from psycopg import Error

_BEGINNINGS = ("connection ", "failed to resolve")
"""How libpq and psycopg begin when no session came about; all else was said of one that had."""
_SAID_BY_SERVER = re.compile(r"(?:\A|failed: )[^\s:]+: {2}")
"""`FATAL:  `, in whatever language: libpq sets two blanks after the severity of a server's message."""
_NOT_LET_IN = ("authentication failed", "pg_hba.conf")
"""The user may be called as the database is. In another language a wrong password is tried once more."""
_QUOTED = re.compile(r'"[^"]*"')
_ADDRESS = re.compile(
    r'to server (?:at "(?P<host>[^"]+)"|on socket "(?P<socket>[^"]+)")[^,]*(?:, port (?P<port>\d+))?'
)
_ERRNO = re.compile(r"\[Errno -?\d+\] ")

_HINT_BY_STATE = {
    "25006": "it is a standby, or default_transaction_read_only is on for it, this role or this database",
    "42501": "connect as a user who may, or have it granted to this one",
    "53200": "it has no room for so many locks, or no memory: raise max_locks_per_transaction there",
    "53100": "the server's disk is full: make room there",
    "57014": "it took longer than it may, or somebody cancelled it there; try again when it is less busy",
    "57P01": "it was shut down or restarted, or the session was ended there; try again",
}
"""What to look at, by the server's SQLSTATE, where its own sentence does not tell."""

_WRONG_PASSWORD = "password authentication failed"  # noqa: S105  what a server says of one
_REFUSED_HINTS = {
    "no encryption": "it may want TLS (sslmode=require), or a line for this user in its pg_hba.conf",
    "pg_hba.conf": "have a line for this user, database and address written into its pg_hba.conf",
    _WRONG_PASSWORD: "check user and password: bak doctor shows where each came from",
    "authentication failed": "check the user, and what its pg_hba.conf wants of it",
    "valid client certificate": "give the client's certificate and key: sslcert, sslkey",
    "not permitted to log in": "connect as another user, or have LOGIN given to this one",
    "too many": "wait, or have sessions ended there: max_connections and CONNECTION LIMIT bound them",
    "connection slots": "wait, or have sessions ended there: max_connections bounds them",
    "starting up": "wait a moment and try again",
    "shutting down": "wait until it is back and try again",
    "not accepting connections": "wait a moment and try again",
    "not yet accepting connections": "wait a moment and try again",
    "not currently accepting connections": "ALLOW_CONNECTIONS is off for it: it is not meant to be used",
    "permission denied for database": "have CONNECT on it granted to this user",
    "configuration parameter": "check `options` in the URI or the profile, and PGOPTIONS",
    "database": "it may have been dropped or renamed; maintenance_db says where to connect first",
}
_UNREACHABLE_HINTS = {
    "refused": "nothing listens there: check host and port, and that the server runs",
    "resolve": "check the host's name; behind a VPN, whether that is up",
    "translate host": "check the host's name; behind a VPN, whether that is up",
    "timeout": "check host and port: the machine is down, or a firewall lets nothing through",
    "timed out": "check host and port: the machine is down, or a firewall lets nothing through",
    "No such file": "no server has a socket there: check host and port, and that the server runs",
    "closed the connection": "check the port: what answers there may be no PostgreSQL",
    "unreachable": "check the network; behind a VPN, whether that is up",
    "No route": "check the network; behind a VPN, whether that is up",
}
"""By words of what was said, the first that is in it."""


def translated(error: Error, server: Server) -> BakError:
    """What the server (or libpq) said, on one line."""
    from bak_tui.services.postgres.bounded import NoAnswer
    from bak_tui.services.postgres.certificate import untrusted

    raw = error.diag.message_primary or str(error)
    said = " ".join(raw.split())
    if "no password supplied" in said.lower():
        return _password_needed(raw, server)
    if isinstance(error, NoAnswer):
        return ServerError(
            f"PostgreSQL at {server} took the question and gave {said}",
            hint="it is stopped or overloaded, or the network swallows its answers; look there and try again",
            kind="silent",
        )
    if is_recovery_conflict(said):
        return RecoveryConflict(f"PostgreSQL at {server} ended a session: {said}")
    if error.sqlstate is not None:
        return ServerError(
            f"PostgreSQL at {server} refused: {said}",
            hint=_HINT_BY_STATE.get(error.sqlstate, ""),
            kind=f"sqlstate_{error.sqlstate}",
        )
    return untrusted(said, server) or _refused(raw, server, error) or _lost(raw, server)


def is_about(raw: str, database: str) -> bool:
    """Whether the server, whatever language it speaks, let us in and has not let us into `database`."""
    reason = _said_by_server(raw) or ""
    return database in reason and not any(words in reason for words in _NOT_LET_IN)


def _said_by_server(raw: str) -> str | None:
    sentences = _SAID_BY_SERVER.split(raw.partition("\nMultiple connection attempts")[0])
    return " ".join(sentences[-1].split()) if len(sentences) > 1 else None


def _refused(raw: str, server: Server, error: Error) -> ServerError | None:
    """What the server itself has said instead of letting us in; None when it was not it."""
    reason = _said_by_server(raw)
    if reason is None:
        return None
    is_password = _is_of_password(reason, error)
    usual = "check database, user, password and the server's pg_hba.conf"
    return ServerError(
        f"{_where(raw, server)} refused: {reason}",
        hint=_REFUSED_HINTS[_WRONG_PASSWORD] if is_password else _hint(_REFUSED_HINTS, reason, usual),
        kind="wrong_password" if is_password else "refused",
    )


def _is_of_password(reason: str, error: Error) -> bool:
    """In a language that is not known by what libpq knows: it has sent a password, and it is not the database
    that the server speaks of but the user."""
    words_only = _QUOTED.sub("", reason)
    if any(words in words_only for words in _REFUSED_HINTS):
        return _WRONG_PASSWORD in words_only
    tried = error.pgconn
    if tried is None or not tried.used_password:
        return False
    user, database = ((name or b"").decode("utf-8", "replace") for name in (tried.user, tried.db))
    return user in reason and database not in reason


def _lost(raw: str, server: Server) -> ServerError:
    """No session came about, or the one that had is gone."""
    reason = _reason(raw)
    if raw.startswith(_BEGINNINGS):
        message = f"cannot reach PostgreSQL at {_where(raw, server)}: {reason}"
        usual = "check host, port and network: bak doctor shows where each came from"
        hint = _hint(_UNREACHABLE_HINTS, reason, usual)
    else:
        message = f"the connection to PostgreSQL at {server} broke: {reason}"
        hint = "it was shut down or restarted, or the network failed; try again"
    return ServerError(message, hint=hint, kind="unreachable")


def _reason(raw: str) -> str:
    """What the system said, once each, without libpq's guesses and repetitions."""
    lines = [line for line in raw.splitlines() if line[:1] not in {"", "\t", " "}]
    lines = [line.replace("host None", "the host's name") for line in lines]  # of psycopg, for PGHOST
    failures = [line.rpartition("failed: ")[2] for line in lines if "failed: " in line]
    reasons = failures or [lines[0].removeprefix("connection is bad: ") if lines else "nothing was said"]
    return "; ".join(dict.fromkeys(_ERRNO.sub("", reason).strip() for reason in reasons))


def _hint(hints: Mapping[str, str], said: str, usual: str) -> str:
    """By the words around the names: anything may be called anything."""
    words_only = _QUOTED.sub("", said)
    return next((hint for words, hint in hints.items() if words in words_only), usual)


def _where(raw: str, server: Server) -> str:
    """The server by its name; where libpq has found that in PG* variables, by the address it has tried."""
    if server.host is not None:
        return str(server)
    tried = _ADDRESS.search(raw)
    host = (tried and (tried["host"] or tried["socket"])) or os.environ.get("PGHOST")
    port = (tried and tried["port"]) or server.port or os.environ.get("PGPORT")
    name = str(replace(server, port=None))
    return f"{name}, {host}{f':{port}' if port else ''}" if host else name


def _password_needed(raw: str, server: Server) -> PasswordNeeded:
    wants = f"{_where(raw, server)} wants a password"
    open_file = _passed_over(server)
    if open_file is not None:
        return PasswordNeeded(
            f"{wants}: {open_file} was passed over, because others may read it", hint=f"chmod 600 {open_file}"
        )
    return PasswordNeeded(
        wants, hint="give --password-file or --password-command, set PGPASSWORD, or write ~/.pgpass"
    )


def _passed_over(server: Server) -> Path | None:
    """The password file that libpq does not read for its mode; it says so on stderr only."""
    named = server.parameters().get("passfile") or os.environ.get("PGPASSFILE")
    path = Path(named) if named else Path.home() / ".pgpass"
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return path if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO) else None
