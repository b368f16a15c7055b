"""What a profile gives up of its protection on the wire, to be shown wherever it is used.

Chosen in the profile or in libpq's variables, or left to libpq, whose default checks nothing; and only
towards other hosts: on the loopback nobody listens in. What a service file says is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from bak_tui.core.addresses import is_on_this_host, leaves_in_clear
from bak_tui.core.profile import Profile, Server, Target


class Weakening(StrEnum):
    """One of them, as a badge says it."""

    PLAIN_HTTP = "plain http"
    UNCHECKED = "certificate unchecked"
    NO_TLS = "no TLS"
    TLS_OPTIONAL = "TLS optional"
    SERVER_UNCHECKED = "server unchecked"
    NAME_UNCHECKED = "server's name unchecked"

    @property
    def sentence(self) -> str:
        """What it means."""
        return {
            Weakening.PLAIN_HTTP: "plain http to the bucket is allowed: every dump can be read on its way",
            Weakening.UNCHECKED: "the bucket's certificate is not checked: anybody can pose as the endpoint",
            Weakening.NO_TLS: "no TLS to PostgreSQL is asked for: all that is dumped can be read on its way",
            Weakening.TLS_OPTIONAL: "PostgreSQL is also spoken to without TLS (sslmode=prefer,"
            " libpq's default): whoever is in between can have it so",
            Weakening.SERVER_UNCHECKED: "PostgreSQL's certificate is not checked (sslmode=require):"
            " anybody can pose as the server",
            Weakening.NAME_UNCHECKED: "the host name is not checked (sslmode=verify-ca):"
            " whoever has a certificate of that CA can pose as the PostgreSQL server",
        }[self]


_BY_SSLMODE = {
    "disable": Weakening.NO_TLS,
    "allow": Weakening.NO_TLS,
    "prefer": Weakening.TLS_OPTIONAL,
    "require": Weakening.SERVER_UNCHECKED,
    "verify-ca": Weakening.NAME_UNCHECKED,
}
"""libpq-ssl.html, table 32.1. Without TLS first, `allow` is as good as none."""
_DEFAULT = "prefer"
"""libpq's own; where a service file may say another, nobody here knows."""


def weakenings(
    profile: Profile, environment: Mapping[str, str], *, chosen_only: bool = False
) -> tuple[Weakening, ...]:
    """Those of both ends; `environment` is what libpq finds there.

    `chosen_only`: without what was only left to libpq, which need not be told at every command.
    """
    found: list[Weakening] = []
    if profile.given_server is not None:
        found += _of_server(profile.given_server, environment, "" if chosen_only else _DEFAULT)
    if profile.given_target is not None:
        found += _of_target(profile.given_target)
    return tuple(found)


def _of_server(server: Server, environment: Mapping[str, str], default: str) -> Iterator[Weakening]:
    def said(parameter: str, variable: str) -> str:
        return server.given.get(parameter) or environment.get(variable, "")

    service = said("service", "PGSERVICE")
    mode = said("sslmode", "PGSSLMODE") or ("" if service else default)
    if mode == "require" and said("sslrootcert", "PGSSLROOTCERT"):
        mode = "verify-ca"  # so libpq takes it (libpq-ssl.html, 32.19.1)
    # Where there is an address, that is where it goes; where a service file tells it, nobody here knows.
    hosts = (said("hostaddr", "PGHOSTADDR") or said("host", "PGHOST")).split(",")
    is_elsewhere = not all(map(is_on_this_host, hosts)) or (hosts == [""] and service)
    if mode in _BY_SSLMODE and is_elsewhere:
        yield _BY_SSLMODE[mode]


def _of_target(target: Target) -> Iterator[Weakening]:
    if target.allows_plain_http and (target.endpoint is None or leaves_in_clear(target.endpoint)):
        yield Weakening.PLAIN_HTTP
    if not target.verifies_tls and not (target.endpoint or "").lower().startswith("http://"):
        yield Weakening.UNCHECKED
