"""What must hold whatever was read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bak_tui.core.errors import BakError

_LONGEST = 2000


@contextmanager
def refusals() -> Iterator[None]:
    """Only an error of ours may leave this block, and it may be shown as it is."""
    refusal: BakError | None = None
    try:
        yield
    except BakError as error:
        refusal = error
    if refusal is not None:
        shown(refusal.message, refusal.hint, refusal.left)
        assert refusal.message
        assert refusal.kind != "defect"


def shown(*texts: str) -> None:
    """Texts that go to a terminal as they are."""
    for text in texts:
        assert text.isprintable(), ascii(text)
        assert len(text) <= _LONGEST
