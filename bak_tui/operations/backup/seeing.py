"""Files that were sent, seen in the store by one listing instead of a request for each.

As a HEAD would, it proves that every one is there and how long it is, before the manifest says so. What a
listing does not show, for some stores list late, is asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import IntegrityError
from bak_tui.core.etags import contradicts
from bak_tui.core.parts import Receipt
from bak_tui.operations.places import Place

_LOOKS = 3
"""How often it is listed for a file that must be there; most that list late do so by a moment."""
_PAUSE = 1.0


def seen(
    place: Place, path: str, receipts: Mapping[str, Receipt], cancellation: Cancellation
) -> dict[str, Receipt]:
    """The receipts of files in the folder `path`, by their names in it, and what seeing them has proven.

    Raises IntegrityError for a file that is not there, or is another. Where nobody may look, none is proven.
    """
    found: dict[str, Receipt] = {}
    for attempt in range(_LOOKS):
        if attempt:
            cancellation.sleep(_PAUSE)
        there = place.listed(path)
        if there is None:
            return dict(receipts)
        for name in receipts.keys() & there.keys() - found.keys():
            found[name] = _seen(f"{path}/{name}", receipts[name], there[name].size, there[name].etag)
        if len(found) == len(receipts):
            return found
    for name in sorted(receipts.keys() - found.keys()):
        cancellation.check()
        size = place.size_of(f"{path}/{name}")
        if size is None:
            raise IntegrityError(
                f"{place.name(f'{path}/{name}')}: the store acknowledged the object but does not show it",
                hint="try again",
            )
        found[name] = _seen(f"{path}/{name}", receipts[name], size, "")
    return found


def _seen(path: str, receipt: Receipt, size: int, etag: str) -> Receipt:
    """`etag` is empty where it is not known."""
    if size != receipt.digest.size:
        raise IntegrityError(
            f"{path}: {receipt.digest.size} bytes were sent, the store has {size}", hint="try again"
        )
    checked = (*receipt.checked, "size")
    # Only where the answer to the sending was an MD5: with SSE-KMS an ETag looks like one and is none.
    if contradicts(receipt.etag, receipt.digest) is False:
        is_other = contradicts(etag, receipt.digest)
        if is_other:
            raise IntegrityError(
                f"{path}: the store's ETag {etag} is not the {receipt.etag} that was sent", hint="try again"
            )
        checked += ("etag",) if is_other is False else ()
    return replace(receipt, checked=checked)
