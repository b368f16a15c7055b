"""Which dumps a command is about: named by key or path, by database, or every one when that is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bak_tui.cli import options
from bak_tui.cli.session import Session
from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.core.names import manifest_path
from bak_tui.core.selection import Selection
from bak_tui.operations.refused import Refused, or_refused, raise_alone

if TYPE_CHECKING:
    from bak_tui.operations.bak import Bak
    from bak_tui.operations.bucket.inventory import StoredDump
    from bak_tui.operations.restore.local_dumps import LocalSource

F = TypeVar("F", bound=Callable[..., Any])
_DATA = re.compile(r"\d+\.dat(\.(gz|lz4|zst))?")
"""What pg_dump's directory format calls a table's rows: so a folder is known that has lost its `toc.dat`."""


def choice_options(function: F) -> F:
    """KEYs, `--database`, `--exclude`, `--latest`, `--at` and `--all`."""
    all_option = click.option("--all", "everything", is_flag=True, help="Every dump below the prefix.")
    keys = click.argument("keys", nargs=-1, metavar="[KEY]...")
    return keys(options.selection_options(options.newest_options(all_option(function))))


@dataclass(frozen=True, slots=True)
class Choice:
    """What was said."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    exclude: tuple[str, ...]
    latest: bool
    at: datetime | None
    everything: bool

    def dumps(self, session: Session, bak: Bak) -> list[StoredDump | Refused]:
        """The dumps meant, newest first (KEYs in their order). Raises UsageError when nothing was said."""
        narrows = bool(self.names or self.exclude or self.latest or self.at)
        if self.keys and (narrows or self.everything):
            raise click.UsageError("KEYs say which dumps are meant; leave out the other ways to choose")
        if not (self.keys or narrows or self.everything):
            raise click.UsageError("say which dumps: KEYs, --database, --latest, or --all of them")
        if self.keys:
            return dumps_by_key(session, bak, self.keys)
        selection = Selection(self.names, self.exclude)
        inventory = (
            bak.catalogue(session.target).inventory().narrowed(selection, newest=self.latest, at=self.at)
        )
        if not inventory.dumps:
            raise FileProblem(
                f"there is no such dump in {session.target}", hint="bak dumps lists them", kind="no_dumps"
            )
        return list(inventory.dumps)

    def local(self, session: Session, bak: Bak) -> list[LocalSource | Refused]:
        """The dumps of this machine that are meant; none when KEYs, or nothing, were said.

        What is no dump is raised when it is the only one that was named, else it comes along.
        """
        if not are_local(session, self.keys):
            return []
        found: list[LocalSource | Refused] = []
        for path in self.keys:
            try:
                dumps, notes = bak.folder_dumps(Path(path), Selection())
            except (FileProblem, IntegrityError) as error:
                found.append(Refused(path, error))
                continue
            found += dumps
            for line in notes:
                session.note(line)
        raise_alone(found)
        if not found:
            raise FileProblem(
                f"there is no dump in {', '.join(self.keys)}", hint="name files", kind="no_dumps"
            )
        return found


def dumps_by_key(session: Session, bak: Bak, keys: Sequence[str]) -> list[StoredDump | Refused]:
    """Each once. What is not there is raised when it is the only one that was named, else it comes along."""
    catalogue = bak.catalogue(session.target)
    found = [or_refused(key, partial(catalogue.show, key)) for key in keys]
    raise_alone(found)
    return list(
        {each.name if isinstance(each, Refused) else each.stored.key: each for each in found}.values()
    )


def are_local(session: Session, operands: Sequence[str]) -> bool:
    """Whether these are paths of this machine, and no KEYs: never when --bucket says where to look."""
    if not operands or session.said.get("bucket"):
        return False
    return all(
        _is_dump(Path(each)) or (Path(each).exists() and not session.names_bucket) for each in operands
    )


def _is_dump(path: Path) -> bool:
    """A file, or a folder that is itself a dump; any other folder may share its name with a key's."""
    if not path.is_dir():
        return path.is_file()
    inside = {each.name for each in path.iterdir()}
    is_format = "toc.dat" in inside or any(_DATA.fullmatch(name) for name in inside)
    return is_format or Path(manifest_path(str(path))).is_file()
