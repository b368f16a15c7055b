"""What is said of a name that nobody knows: it is misspelt more often than not."""

from __future__ import annotations

_MOST = 12
"""Names that are told; of more, how many there are."""


def close_hint(wrong: str, known: list[str]) -> str:
    """`did you mean …`, or what there is."""
    from difflib import get_close_matches  # for a mistake alone

    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    more = f" and {len(known) - _MOST:,} more" if len(known) > _MOST else ""
    return f"there are: {', '.join(known[:_MOST])}{more}" if known else ""
