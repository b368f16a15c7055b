"""Failures in two words: of every kind, short enough for a header, and called the network's only if so."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import BakError, PasswordNeeded, ServerError, StoreError, UsageError
from bak_tui.services.s3.codes import WORDINGS
from bak_tui.tui.look.trouble import in_two_words
from bak_tui.tui.panes.profiles import Reach, reach_of


@pytest.mark.parametrize("kind", WORDINGS)
def test_every_failure_of_a_bucket_has_its_words(kind: str) -> None:
    said = in_two_words(StoreError("x", kind=kind))
    assert 0 < len(said) <= 16
    assert (said == "unreachable") is (kind in {"unreachable", "interrupted"})
    of_one_object = {"damaged", "not_found", "no_upload", "changed", "invalid_range", "archived"}
    is_vague = kind in {*of_one_object, "store", "refused", "server_error", "not_implemented"}
    assert (said in {"failing", "refused"}) is is_vague


@pytest.mark.parametrize(
    ("error", "said", "reach"),
    [
        (PasswordNeeded("x"), "wants a password", Reach.LOCKED),
        (ServerError("x", kind="unreachable"), "unreachable", Reach.LOST),
        (ServerError("x", kind="silent"), "silent", Reach.LOST),
        (ServerError("x", kind="refused"), "refused", Reach.REFUSED),
        (ServerError("x", kind="wrong_password"), "wrong password", Reach.REFUSED),
        (ServerError("x", kind="sqlstate_42501"), "refused", Reach.REFUSED),
        (ServerError("x", kind="tls"), "not trusted", Reach.REFUSED),
        (ServerError("x"), "failing", Reach.REFUSED),
        (UsageError("x"), "misconfigured", Reach.UNUSABLE),
        (BakError("x"), "failing", Reach.UNUSABLE),
    ],
    ids=lambda value: str(value) if not isinstance(value, BakError) else value.kind,
)
def test_what_a_server_wants_is_said_in_the_header_and_in_its_profiles_row(
    error: BakError, said: str, reach: Reach
) -> None:
    assert (in_two_words(error), reach_of(error)) == (said, reach)
    assert reach.is_bad
    assert len(reach) <= 11, "a row of Profiles has no more room"
