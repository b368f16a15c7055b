"""What a profile gives up of its protection on the wire, to be shown wherever it is used.

Only what somebody chose counts, and only towards other hosts: on the loopback nobody listens in.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from bak_tui.core.addresses import is_on_this_host, leaves_in_clear
from bak_tui.core.profile import Profile, Server, Target

_WITHOUT_TLS = frozenset({"disable", "allow"})
"""libpq's `sslmode`s that ask for none: libpq-ssl.html, table 32.1."""


class Weakening(StrEnum):
    """One of them, as a badge says it."""

    PLAIN_HTTP = "plain http"
    UNCHECKED = "certificate unchecked"
    NO_TLS = "no TLS"

    @property
    def sentence(self) -> str:
        """What it means."""
        return {
            Weakening.PLAIN_HTTP: "plain http to the bucket is allowed: every dump can be read on its way",
            Weakening.UNCHECKED: "the bucket's certificate is not checked: anybody can pose as the endpoint",
            Weakening.NO_TLS: "no TLS to PostgreSQL is asked for: all that is dumped can be read on its way",
        }[self]


def weakenings(profile: Profile) -> tuple[Weakening, ...]:
    """Those of both ends."""
    found: list[Weakening] = []
    if profile.given_server is not None:
        found += _of_server(profile.given_server)
    if profile.given_target is not None:
        found += _of_target(profile.given_target)
    return tuple(found)


def _of_server(server: Server) -> Iterator[Weakening]:
    hosts = (server.host or "").split(",")
    if server.extra.get("sslmode") in _WITHOUT_TLS and not all(map(is_on_this_host, hosts)):
        yield Weakening.NO_TLS


def _of_target(target: Target) -> Iterator[Weakening]:
    if target.allows_plain_http and (target.endpoint is None or leaves_in_clear(target.endpoint)):
        yield Weakening.PLAIN_HTTP
    if not target.verifies_tls and not (target.endpoint or "").startswith("http://"):
        yield Weakening.UNCHECKED
