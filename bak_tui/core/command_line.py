"""The `bak` line that does what a key does: shown in every dialog, copied with `Y`, true when it is pasted.

What is shown is what is copied: a word that cannot be shown as it is is written as bash and zsh read it.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from bak_tui.core.profile import Profile, Server, Target

AD_HOC = "command line"
"""The name of a profile that was made from flags and environment, not saved."""

_NO_SERVER = frozenset({"upload", "download", "verify", "delete", "dumps", "show", "browse"})
_USES_PROGRAMS = frozenset({"backup", "dump", "restore", "verify", "prove", "doctor"})
_NO_TARGET = frozenset({"dump", "undo", "ls"})


def bak_line(verb: str, profile: Profile, *arguments: str, operands: Sequence[str] = ()) -> str:
    """`bak backup --profile gen3-prod --database fence`, quoted for a shell; `operands` are no option's.

    What was never saved is spelled out, without its secrets: those are where `bak` looks by itself, or asked.
    """
    if profile.name == AD_HOC:
        named = [] if verb in _NO_SERVER else _spelled_server(profile.given_server)
        named += [] if verb in _NO_TARGET else _spelled_target(profile.given_target)
    else:
        named = [*(["--config", profile.config] if profile.config else []), "--profile", profile.name]
    if profile.pg_bindir and verb in _USES_PROGRAMS:
        named += ["--pg-bindir", profile.pg_bindir]
    if any(operand.startswith("-") for operand in operands):
        return command_of(verb, *named, *arguments, "--", *operands)
    return command_of(verb, *named, *operands, *arguments)


def command_of(*words: str) -> str:
    """`bak` and these words, each quoted for a shell."""
    return " ".join(["bak", *(_quoted(word) for word in words)])


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escaped(character) for character in word) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _spelled_server(server: Server | None) -> list[str]:
    if server is None:
        return []
    if server.extra or server.maintenance_db:
        query = urlencode(server.given, quote_via=quote)
        return ["--host", f"postgresql:///{quote(server.maintenance_db or '', safe='')}?{query}"]
    return _given(("--host", server.host), ("--port", server.port), ("--user", server.user))


def _spelled_target(target: Target | None) -> list[str]:
    if target is None:
        return []
    flags = {"--no-sign-request": target.is_anonymous, "--no-verify-ssl": not target.verifies_tls}
    flags["--plain-http"] = target.allows_plain_http
    return [
        *_given(
            ("--endpoint", target.endpoint),
            ("--bucket", str(target)),
            ("--region", target.region),
            ("--aws-profile", target.aws_profile),
            ("--ca-bundle", target.ca_bundle),
        ),
        *(flag for flag, is_set in flags.items() if is_set),
    ]


def _given(*values: tuple[str, str | None]) -> list[str]:
    return [word for flag, value in values if value is not None for word in (flag, value)]
