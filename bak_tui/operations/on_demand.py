"""Verbs are imported when they are asked for: all of them cost a tenth of a second, and `bak` runs one.

For type checkers and the import contracts they are ordinary imports, under TYPE_CHECKING.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def on_demand(module: str, name: str) -> Callable[..., Any]:
    """The function of that name; its module, `operations`' own, is imported at the first call."""

    def call(*given: Any, **named: Any) -> Any:
        return getattr(import_module(f"bak_tui.operations.{module}"), name)(*given, **named)

    return call
