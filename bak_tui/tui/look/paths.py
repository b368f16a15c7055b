"""A path as a person writes it."""

from __future__ import annotations

from pathlib import Path


def at_home(path: Path) -> str:
    """`~/.config/bak-tui/config.toml`; whole where it lies elsewhere."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
