"""Who was cancelled says that nothing was left only when a look has shown it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bak_tui.core.errors import Cancelled, StoreError
from bak_tui.operations import looking_after
from bak_tui.operations.looking_after import looked_after


def _lost() -> bool:
    raise StoreError("gone")


def _silent() -> bool:
    return threading.Event().wait(60)


@pytest.mark.parametrize(
    ("look", "left"),
    [(lambda: True, "nothing was left"), (lambda: False, ""), (_lost, ""), (_silent, "")],
    ids=["nothing is there", "something is there", "it cannot be asked", "it does not answer"],
)
def test_only_a_look_that_found_nothing_is_told(
    look: Callable[[], bool], left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_after, "_PATIENCE", 0.2 if look is _silent else 30.0)
    with pytest.raises(Cancelled) as caught, looked_after(look):
        raise Cancelled
    assert caught.value.left == left


def test_what_ends_otherwise_is_not_looked_after() -> None:
    with pytest.raises(StoreError), looked_after(lambda: pytest.fail("looked")):
        raise StoreError("gone")
    with looked_after(lambda: pytest.fail("looked")):
        pass
