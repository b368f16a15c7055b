"""A failure in two words, for a place that has no room for its sentence, and what to try after it.

The word says what is wrong or wanted, so that nobody looks for a network failure where a password is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bak_tui.core.errors import BakError, PasswordNeeded, UsageError

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "unreachable": "unreachable",
        "silent": "silent",
        "stalled": "silent",
        "interrupted": "unreachable",
        "refused": "refused",
        "wrong_password": "wrong password",
        "tls": "not trusted",
        "server_error": "failing",
        "slow_down": "throttled",
        "no_credentials": "wants keys",
        "bad_credentials": "wrong keys",
        "credentials_expired": "keys expired",
        "access_denied": "access denied",
        "clock_skew": "clocks differ",
        "no_bucket": "no such bucket",
        "bad_bucket_name": "no such bucket",
        "bad_region": "wrong region",
        "redirect": "wrong region",
        "sent_on": "not S3",
        "not_s3": "not S3",
        "store_full": "full",
    }
)
"""By the error's kind."""


def in_two_words(error: BakError) -> str:
    """What is wrong with the server or the bucket that this error is of."""
    if isinstance(error, PasswordNeeded):
        return "wants a password"
    if isinstance(error, UsageError):
        return "misconfigured"
    return _WORDS.get(error.kind, "refused" if error.kind.startswith("sqlstate_") else "failing")


def to_try(error: BakError) -> str:
    """What to do about it: its hint; where nobody knew one, at least where to look."""
    return error.hint or "look at the log for what came before it, mend that, and begin again"
