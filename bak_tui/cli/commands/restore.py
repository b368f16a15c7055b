"""`bak restore`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options
from bak_tui.cli.choosing import are_local
from bak_tui.cli.prospects import print_prospects
from bak_tui.cli.restore_options import (
    agreed_to,
    confirmed_by_typing,
    how_to_restore,
    restoring_options,
)
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.selection import Selection

if TYPE_CHECKING:
    from bak_tui.operations.bak import Bak
    from bak_tui.operations.restore.sources import DumpSource


@click.command("restore")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@options.server_options
@options.target_options
@options.selection_options
@options.newest_options
@options.folder_option(
    "Restore from this folder and its sub-folders (default: here, without KEY and bucket).", None
)
@restoring_options
@options.tools_option
@click.option("--plan", is_flag=True, help="Say what would be created, replaced, kept and lost; do nothing.")
@options.dry_run_option
@options.profile_options
@options.to_option
@options.manner_options
@pass_session
def command(
    session: Session,
    *,
    keys: tuple[str, ...],
    names: tuple[str, ...],
    exclude: tuple[str, ...],
    latest: bool,
    at: datetime | None,
    folder: Path | None,
    plan: bool,
    dry_run: bool,
) -> None:
    """Restore dumps, each into a database of its own.

    KEY is s3://bucket/key, a key below the prefix, or a local file or directory-format folder. Without
    KEY: the bucket, when --bucket, BAK_BUCKET or the profile names one, else the folder. Of several dumps
    of one database the newest is taken. Every dump and target is looked at before one is touched: one that
    cannot be restored refuses them all. One that fails later stops no other.

    A missing database is created, an empty one is filled. One that holds something is refused: restore beside
    it with --into NEW; or over it with --swap (the restored one takes its name when every count matches, the
    old one is kept) or --clean (in place, in one transaction), and --confirm its exact name.

    What code a dump without a manifest brings (functions, triggers, extensions, whatever is not known to be
    harmless) is nobody's word: as a superuser it is restored only with --as-superuser, for which --yes does
    not stand; as a role with CREATEDB it gets no more rights than that.
    """
    del latest  # it is what happens anyway
    choice = _Choice(keys, Selection(names, exclude), at, folder)
    with session.bak(needs_server=True) as bak:
        from bak_tui.operations.restore.run import newest_of_each

        dumps, notes = choice.dumps(session, bak)
        if not keys:
            dumps, told = newest_of_each(dumps)
            notes = (*notes, *told)
        for line in notes:
            session.note(line)
        how = how_to_restore(session, len(dumps))
        if plan or dry_run:
            print_prospects(bak.plans.restore(session.server, dumps, how), session)
            return
        typed = confirmed_by_typing(session, lambda: bak.plans.confirm_restore(session.server, dumps, how))
        how = replace(how, confirmed=frozenset(how.confirmed) | typed)
        if consent := agreed_to(session, lambda: bak.plans.restore(session.server, dumps, how)):
            how = replace(how, consent=consent)
        session.finish(bak, bak.restore(session.server, dumps, how, profile=session.profile.name), "restore")


class _Choice:
    """Which dumps are meant: files, keys, a folder's or the bucket's."""

    def __init__(
        self, keys: tuple[str, ...], selection: Selection, at: datetime | None, folder: Path | None
    ) -> None:
        self._keys = keys
        self._selection = selection
        self._at = at
        self._folder = folder

    def dumps(self, session: Session, bak: Bak) -> tuple[list[DumpSource], tuple[str, ...]]:
        says_bucket = bool(session.said.get("bucket"))
        if self._keys and (self._selection != Selection() or self._at is not None):
            raise click.UsageError("KEYs say which dumps are meant; leave out --database, --exclude and --at")
        if self._folder is not None and (says_bucket or self._keys):
            raise click.UsageError("--dir restores a folder; leave it out to restore KEYs or from --bucket")
        if are_local(session, self._keys):
            return self._from_folders(bak, [Path(key) for key in self._keys])
        if self._keys or (session.names_bucket and self._folder is None):
            return self._from_bucket(session, bak), self._notes(session)
        return self._from_folders(bak, [self._folder or Path()])

    def _notes(self, session: Session) -> tuple[str, ...]:
        if self._keys or not session.has_bucket_of_environment:
            return ()
        return (f"restoring from {session.target}, as BAK_BUCKET says; --dir restores from a folder",)

    def _from_folders(self, bak: Bak, roots: list[Path]) -> tuple[list[DumpSource], tuple[str, ...]]:
        found: list[DumpSource] = []
        notes: tuple[str, ...] = ()
        for root in roots:
            dumps, told = bak.folder_dumps(root, self._selection)
            found += [dump for dump in dumps if self._at is None or dump.taken <= self._at]
            notes += told
        return found, notes

    def _from_bucket(self, session: Session, bak: Bak) -> list[DumpSource]:
        target = session.target
        if self._keys:
            return [bak.catalogue(target).source(key) for key in self._keys]
        inventory = bak.catalogue(target).inventory().narrowed(self._selection, newest=False, at=self._at)
        return bak.catalogue(target).sources(inventory.dumps)
