"""The worst ending there is. A module of its own: pytest must be able to rewrite the oracles' assertions."""

from __future__ import annotations


class FalseSuccess(AssertionError):
    """Something is called done, or listed as a backup, and is not."""
