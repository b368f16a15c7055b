"""The folder picker: textual-fspicker's, which goes about the file system with the keys everybody knows."""

from __future__ import annotations

from pathlib import Path

from textual_fspicker import SelectDirectory


def folder_picker(title: str, start: Path) -> SelectDirectory:
    """A screen that answers a folder, or None."""
    return SelectDirectory(start, title=title)
