"""`bak dump`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bak_tui.cli import options, plans
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.selection import Selection


@click.command("dump")
@options.server_options
@options.selection_options
@options.folder_option("Where the dumps go.")
@options.compress_option
@options.hash_option
@options.globals_options
@options.note_option
@options.parallel_option
@options.tools_option
@options.dry_run_option
@options.profile_options
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    exclude: tuple[str, ...],
    folder: Path,
    compress: str | None,
    hash_contents: bool,
    takes_globals: bool,
    takes_secrets: bool,
    note: str,
    parallel: int | None,
    dry_run: bool,
) -> None:
    """Dump databases into a folder: one custom-format archive each, its manifest beside it."""
    with session.bak(needs_server=True) as bak:
        from bak_tui.operations.backup.run import BackupOptions, Globals

        width = parallel or os.cpu_count() or 1
        extra = Globals.asked(roles=takes_globals, secrets=takes_secrets)
        how = BackupOptions(width, compress, None, folder, hash_contents, extra, note=note)
        selection = Selection(names, exclude)
        if dry_run:
            plan = bak.plans.backup(session.server, selection, how)
            plans.print_run(plan, f"{folder}/", is_json=session.is_json)
            return
        session.finish(bak, bak.dump(session.server, selection, how, profile=session.profile.name), "dump")
