"""`bak ls`."""

from __future__ import annotations

import sys

import click

from bak_tui.cli import options, output
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.foreign import visible
from bak_tui.core.wording import size


@click.command("ls")
@options.server_options
@click.option("--long", "-l", "is_long", is_flag=True, help="With size, owner and encoding, also in a pipe.")
@options.profile_options
@options.manner_options
@pass_session
def command(session: Session, *, is_long: bool) -> None:
    """List a server's databases: one a line, or a table on a terminal.

    Where they stand one a line, those that are marked as templates are left out, as by a backup of all.
    """
    with session.bak(needs_server=True) as bak:
        databases = bak.databases(session.server)
    if session.is_json:
        fields = [
            {
                "name": database.name,
                "size": database.size,
                "owner": database.owner,
                "encoding": database.locale.encoding,
                "accepts_connections": database.accepts_connections,
                "is_template": database.is_template,
                "kept_of": database.kept_of or None,
            }
            for database in databases
        ]
        output.document("ls", {"databases": fields})
    elif is_long or sys.stdout.isatty():
        rows = [
            (
                database.name,
                size(database.size),
                database.owner,
                database.locale.encoding,
                database.aside.removeprefix("it "),
            )
            for database in databases
        ]
        output.table(("database", "size", "owner", "encoding", ""), rows, right=frozenset({1}))
    else:
        for database in databases:
            if not database.is_template:
                output.say(visible(database.name))
