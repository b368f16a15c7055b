"""What a dump needs, held against what a server has, before anything is touched there.

A missing extension stops a restore: objects would be lost. A missing role does not: what is its own goes to
the role that restores, its grants are skipped, every row comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bak_tui.core.plan import Check, Verdict
from bak_tui.core.requirements import Requirements

_CONTRIB = re.compile(
    "adminpack|amcheck|autoinc|bloom|btree_gin|btree_gist|citext|cube|dblink|dict_int|dict_xsyn|earthdistance"
    "|file_fdw|fuzzystrmatch|hstore|insert_username|intagg|intarray|isn|lo|ltree|moddatetime|pageinspect"
    "|pg_buffercache|pg_freespacemap|pg_prewarm|pg_stat_statements|pg_surgery|pg_trgm|pg_visibility"
    "|pg_walinspect|pgcrypto|pgrowlocks|pgstattuple|postgres_fdw|refint|seg|sslinfo|tablefunc|tcn"
    "|tsm_system_rows|tsm_system_time|unaccent|uuid-ossp|xml2"
)
"""What comes with PostgreSQL itself (postgresql.org/docs/current/contrib.html)."""
_NOT_WRITTEN = "not written down"
_NAMED = 3
"""Names that are told where there is little room."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server has, as far as dumps ask for it."""

    roles: frozenset[str]
    extensions: Mapping[str, str]
    """Those that could be created, and the version that would be made."""
    tablespaces: frozenset[str]
    locales: frozenset[str]
    """As CREATE DATABASE takes them, of every provider."""
    settings: frozenset[str] | None = None
    """Names it knows, in lower case; None when this role is not shown all of them."""
    is_superuser: bool = False
    """Whether this role is one: what code in a dump does has its rights."""


def fit(wanted: Requirements | None, offer: Offer, *, names_roles: bool = True) -> tuple[Check, ...]:
    """Roles, extensions, tablespaces, locale: each with its verdict. `names_roles`: owners or grants are."""
    wanted = wanted or Requirements()
    return (
        _roles(wanted, offer, names_roles=names_roles),
        _extensions(wanted, offer),
        *_tablespaces(wanted, offer),
        *_settings(wanted, offer),
        _locale(wanted, offer),
    )


def missing_extensions(wanted: Requirements | None, offer: Offer) -> list[str]:
    """Those without which objects would be lost."""
    names = [each.name for each in (wanted.extensions if wanted else None) or []]
    return [name for name in names if name not in offer.extensions]


def how_to_install(extensions: Iterable[str]) -> str:
    """What to install on the server, as Debian and Red Hat call it."""
    contrib = [name for name in extensions if _CONTRIB.fullmatch(name)]
    others = [name for name in extensions if not _CONTRIB.fullmatch(name)]
    packages = [
        *([f"postgresql-contrib (for {', '.join(contrib)})"] if contrib else []),
        *(f"the package of {name} for its version" for name in others),
    ]
    return f"install there: {', '.join(packages)}"


def missing_tablespaces(wanted: Requirements, offer: Offer) -> list[str]:
    """Those whose tables must go elsewhere."""
    return _missing(wanted.tablespaces or [], offer.tablespaces)


def _roles(wanted: Requirements, offer: Offer, *, names_roles: bool) -> Check:
    if not names_roles:
        return Check("roles", Verdict.OK, "none are asked for: without owners and privileges")
    if wanted.roles is None:
        return Check("roles", Verdict.UNKNOWN, "what roles it needs was not written down", _NOT_WRITTEN)
    missing = _missing(wanted.roles, offer.roles)
    if missing:
        fate = "what is theirs goes to the restoring role, their grants are skipped, no row is lost"
        short = f"missing: {_few(missing)}: grants skipped, no row lost"
        return Check("roles", Verdict.WARN, f"missing here: {', '.join(missing)}: {fate}", short)
    return Check("roles", Verdict.OK, _all_there(wanted.roles, "needs none"), _few(wanted.roles))


def _extensions(wanted: Requirements, offer: Offer) -> Check:
    if wanted.extensions is None:
        return Check(
            "extensions", Verdict.UNKNOWN, "what extensions it needs was not written down", _NOT_WRITTEN
        )
    missing = missing_extensions(wanted, offer)
    if missing:
        return Check("extensions", Verdict.BAD, f"not here: {', '.join(missing)}; {how_to_install(missing)}")
    older = [
        f"{each.name} {offer.extensions[each.name]} ({each.version} was dumped)"
        for each in wanted.extensions
        if _is_older(offer.extensions[each.name], each.version)
    ]
    if older:
        return Check("extensions", Verdict.WARN, f"older here: {', '.join(older)}: what is newer may fail")
    named = [f"{each.name} {each.version}" for each in wanted.extensions]
    return Check("extensions", Verdict.OK, _all_there(named, "needs none"), _few(named))


def _tablespaces(wanted: Requirements, offer: Offer) -> tuple[Check, ...]:
    missing = missing_tablespaces(wanted, offer)
    own = _missing([wanted.tablespace] if wanted.tablespace else [], offer.tablespaces)
    facts = [f"missing here: {', '.join(missing)}: their tables go to the default one"] if missing else []
    facts += [f"the database was in {own[0]}, missing here: it goes to the server's default"] if own else []
    return (Check("tablespaces", Verdict.WARN, "; ".join(facts)),) if facts else ()


def _settings(wanted: Requirements, offer: Offer) -> tuple[Check, ...]:
    """A name with a dot is taken by every server: an extension may come to know it."""
    names = dict.fromkeys(each.name for each in wanted.settings or [] if "." not in each.name)
    unknown = [name for name in names if offer.settings is not None and name.lower() not in offer.settings]
    if not unknown:
        return ()
    return (Check("settings", Verdict.WARN, f"unknown here: {', '.join(unknown)}: they are left out"),)


def _locale(wanted: Requirements, offer: Offer) -> Check:
    if wanted.locale is None:
        return Check("locale", Verdict.UNKNOWN, "its encoding and locale were not written down", _NOT_WRITTEN)
    locale = wanted.locale
    name = locale.locale or locale.collate
    fact = f"{locale.encoding}, {name} ({locale.provider})"
    if _plain(name) in {"c", "posix", *map(_plain, offer.locales)}:
        return Check("locale", Verdict.OK, fact)
    fate = "is not here: a new database would sort by bytes (C)"
    return Check("locale", Verdict.WARN, f"{fact} {fate}", f"{name} {fate}")


def _missing(wanted: Iterable[str], there: frozenset[str]) -> list[str]:
    return [name for name in wanted if name not in there]


def _all_there(names: list[str], none: str) -> str:
    return f"{', '.join(names)}: all here" if names else none


def _few(names: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _is_older(here: str, there: str) -> bool:
    """By their numbers; versions without any are not judged."""
    numbers = [[int(part) for part in version.split(".") if part.isdecimal()] for version in (here, there)]
    return all(numbers) and numbers[0] < numbers[1]


def _plain(locale: str) -> str:
    """`en_US.UTF-8` and `en_US.utf8` are the same."""
    return re.sub(r"[^a-z0-9@.]", "", locale.casefold())
