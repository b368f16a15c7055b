"""One command a module; each is `command` there. They parse, call `Bak`, and print.

A module is imported when its command is asked for: `bak --help` needs only what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

import click

SHORT_HELP = {
    "backup": "Postgres ➜ S3",
    "browse": "List one folder of the bucket",
    "completion": "Print a shell's completion script",
    "delete": "Delete dumps from the bucket, for good",
    "demo": "Try everything on a PostgreSQL and an S3 of your own",
    "doctor": "Check tools, settings, server and bucket",
    "download": "S3 ➜ local",
    "dump": "Postgres ➜ local",
    "dumps": "List what is in the bucket",
    "jobs": "List what earlier jobs came to",
    "ls": "List databases",
    "profiles": "Servers and buckets by name",
    "prove": "Restore backups into scratch databases and compare them",
    "restore": "S3 ➜ Postgres",
    "show": "Tell what is known of a dump",
    "status": "Which databases are protected, worst first",
    "undo": "Swap back: the database a restore --swap has kept",
    "upload": "local ➜ S3",
    "verify": "Check that backups are the bytes that were written",
}
"""Every command, and what `bak --help` says of it."""


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
