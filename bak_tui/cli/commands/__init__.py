"""One command a module; each is `command` there. They parse, call `Bak`, and print.

A module is imported when its command is asked for: `bak --help` needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from bak_tui.cli.front_page import SHORT_HELP


class OnDemand(Mapping[str, click.Command]):
    """The commands by name."""

    def __getitem__(self, name: str) -> click.Command:
        short_help = SHORT_HELP[name]
        command: click.Command = import_module(f"{__name__}.{name}").command
        command.short_help = short_help
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(SHORT_HELP)

    def __len__(self) -> int:
        return len(SHORT_HELP)
