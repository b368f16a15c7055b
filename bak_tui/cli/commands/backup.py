"""`bak backup`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bak_tui.cli import options, plans
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.dump_format import FormatWish
from bak_tui.core.selection import Selection


@click.command("backup")
@options.server_options
@options.target_options
@options.selection_options
@options.folder_option("Keep local copies here. Without it dumps stream straight to S3.", default=None)
@options.format_options
@options.compress_option
@options.hash_option
@options.globals_options
@options.note_option
@options.part_size_option
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
    folder: Path | None,
    form: str,
    jobs: int | None,
    compress: str | None,
    hash_contents: bool,
    takes_globals: bool,
    takes_secrets: bool,
    note: str,
    part_size: int | None,
    parallel: int | None,
    dry_run: bool,
) -> None:
    """Back up databases to a bucket: one dump and one manifest each, under one timestamp.

    Everything is streamed; no local file is made unless --dir asks for one. In directory format files wait in
    TMPDIR until they are stored, a part of the dump at a time.
    """
    if jobs and form == FormatWish.CUSTOM:
        raise click.UsageError(
            "--jobs is for --format directory or auto: a custom-format dump has one worker"
        )
    target = session.target
    with session.bak(needs_server=True) as bak:
        from bak_tui.operations.backup.run import BackupOptions, Globals

        width = parallel or os.cpu_count() or 1
        extra = Globals.asked(roles=takes_globals, secrets=takes_secrets)
        workers = jobs or max(2, os.cpu_count() or 1)
        how = BackupOptions(
            width, compress, part_size, folder, hash_contents, extra, FormatWish(form), workers, note
        )
        selection = Selection(names, exclude)
        if dry_run:
            plan = bak.plans.backup(session.server, selection, how)
            plans.print_run(plan, str(target), is_json=session.is_json)
            return
        session.finish(bak, bak.backup(session.profile, selection, how), "backup")
