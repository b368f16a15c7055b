"""The `bak` line that does what a key does: shown in every dialog, copied with `Y`."""

from __future__ import annotations

import shlex

from bak_tui.core.profile import Profile

AD_HOC = "command line"
"""The name of a profile that was made from flags and environment, not saved."""


def bak_line(verb: str, profile: Profile, *arguments: str) -> str:
    """`bak backup --profile gen3-prod --database fence`, quoted for a shell."""
    named = [] if profile.name == AD_HOC else ["--profile", profile.name]
    return shlex.join(["bak", verb, *named, *arguments])
