"""The demo is an island: none of the user's own servers, keys or proxies is reached from it."""

from __future__ import annotations

import os
from collections.abc import Mapping

_OTHERS = ("PG", "AWS_", "BAK_")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})


def without_others(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would lead a client elsewhere (PGHOSTADDR, PGSERVICE, AWS_PROFILE …)."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(_OTHERS) and name.lower() not in _PROXIES
    }


def leave_them_behind() -> None:
    """Make it so for this process, whose own clients read the environment, too."""
    for name in set(os.environ) - set(without_others(os.environ)):
        del os.environ[name]
