"""Restore one dump so that nothing good can be hurt, and tell the truth about what came back.

    proven file ─► scratch database ─► loaded and compared ─► renamed

*new* and *swap* come this way: until the last step the wished name does not exist, or is its old database,
and a failure drops the scratch database and nothing else. *existing* writes where it is told to: an empty
database is filled directly and stopped at the first error; *clean* replaces, in one transaction that an error
undoes, what the dump has in a database that keeps the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.comparison import Comparison, CountsDiffer
from bak_tui.core.errors import BakError, RestoreFailed
from bak_tui.core.foreign import visible
from bak_tui.core.journal import FillTrace
from bak_tui.core.outcomes import LEFT_NOTHING
from bak_tui.core.plan import Mode
from bak_tui.core.portion import WHOLE, Portion
from bak_tui.core.profile import Server
from bak_tui.core.wording import duration, plural, size
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.looking_after import told_after
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.restore.finishing import finish, require_extensions
from bak_tui.operations.restore.loading import Loaded, Loader
from bak_tui.operations.restore.naming import Succession, kept_words, own_comment, succeed, taken_meanwhile
from bak_tui.operations.restore.picking import make_part
from bak_tui.operations.restore.scratch import is_gone, loaded_aside
from bak_tui.operations.restore.sources import Excerpt
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.operations.restore.streaming import Archive, may_stream, proven_archive
from bak_tui.operations.restore.targets import RestoreItem, not_empty
from bak_tui.operations.restore.trust import require_said
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Complaint, Manner
from bak_tui.services.postgres import Rename

_LOST = re.compile("server closed the connection|connection to server|terminating connection|killed by")
"""What pg_restore says when its session ended under it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    database: str
    source: str
    mode: Mode
    dump_size: int
    """Bytes of the whole dump."""
    loaded: Loaded
    kept: str | None = None
    """What the database that had the name is called now; `undo` gives it back."""
    taken: str = ""
    """What it was to be called, had another database not taken that name meanwhile."""
    portion: Portion = WHOLE
    """What of the dump was meant; only that was compared."""
    seconds: float = 0.0
    fetched: int | None = None
    """Bytes of it that were fetched, where that was not all of it."""

    @property
    def size(self) -> int:
        """Bytes of the dump that were read for it."""
        return self.dump_size if self.fetched is None else self.fetched

    @property
    def amount(self) -> str:
        """`6.1 GB in 0:09:20`; of a part how much of the dump was read for it."""
        if self.fetched is not None:
            read = f"{size(self.fetched)} of {size(self.dump_size)}"
        else:
            read = f"{'' if self.portion.is_whole else 'a part of '}{size(self.dump_size)}"
        return f"{read} in {duration(self.seconds)}"

    @property
    def comparison(self) -> Comparison | None:
        """Every table, expected and restored; None when there was nothing to compare with."""
        return self.loaded.comparison

    @property
    def tables(self) -> int:
        return self.loaded.tables

    @property
    def rows(self) -> int:
        return self.loaded.rows

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        return self.loaded.complaints

    @property
    def sentence(self) -> str:
        rows = plural(self.rows, "row")
        proof = f"{rows}, {self.comparison.sentence if self.comparison else 'nothing to compare them with'}"
        part = "" if self.portion.is_whole else f", only {self.portion}"
        kept = f"; the old one is kept as {kept_words(self.kept, self.taken)}" if self.kept else ""
        return f"{self.amount} into {self.database}, {plural(self.tables, 'table')}, {proof}{part}{kept}"


@dataclass
class RestoreOne:
    """One restore. Call it once; it raises BakError with no scratch database left."""

    collaborators: Collaborators
    server: Server
    item: RestoreItem
    spool: FolderPlace
    task: Task
    loader: Loader = field(init=False)
    _imprint: str | None = field(default=None, init=False)
    """Which objects the target had before any of them was touched."""

    def __post_init__(self) -> None:
        item = self.item
        self.loader = Loader(
            self.collaborators,
            self.server,
            item.source,
            item.tools,
            item.target,
            self.task,
            item.how,
            item.named_at,
        )

    def __call__(self) -> Restored:
        with told_after(self._look):
            return self._restore()

    def _look(self) -> str:
        """What is left of it when it was cancelled."""
        target = self.item.target
        match self.item.mode:
            case Mode.NEW | Mode.SWAP:
                return LEFT_NOTHING if is_gone(self.loader) else ""
            case Mode.EXISTING:
                is_empty = self.loader.instance.is_empty(target)
                return f"{target} is as empty as it was" if is_empty else f"{target} holds what came so far"
            case Mode.CLEAN:
                is_same = self._imprint in {None, self.loader.instance.imprint(target)}
                return f"{target} is as it was" if is_same else ""

    def _restore(self) -> Restored:
        started = self.collaborators.clock()
        item = self.item
        self.task.say("bak", str(item.workers))
        require_extensions(self.loader)
        excerpt = self._excerpt()
        file = excerpt.file if excerpt else self._whole()
        self.loader.passed(Step.HASHED)
        require_said(self.collaborators, self.server, item.source, file, item.consent)
        self.task.check()
        self._choose(file)
        kept = None
        match item.mode:
            case Mode.NEW:
                loaded = self._create(file)
            case Mode.SWAP:
                loaded, kept = self._swap(file)
            case Mode.EXISTING:
                loaded = self._fill(file)
            case Mode.CLEAN:
                loaded = self._clean(file)
        seconds = (self.collaborators.clock() - started).total_seconds()
        return Restored(
            database=item.target,
            source=item.source.name,
            mode=item.mode,
            dump_size=item.source.size,
            loaded=loaded,
            kept=kept,
            taken=taken_meanwhile(item.target, item.named_at, kept) if kept else "",
            portion=item.how.portion,
            seconds=seconds,
            fetched=excerpt.size if excerpt else None,
        )

    def _excerpt(self) -> Excerpt | None:
        """Where only some tables are meant, and their data can be found, no more is fetched."""
        portion = self.item.how.portion
        if not portion.names_something:
            return None
        with_needs = self.item.mode is not Mode.CLEAN
        return self.item.source.excerpt(portion, self.spool, self.task, with_needs=with_needs)

    def _whole(self) -> Archive:
        streams = may_stream(self.item.how.portion)
        return proven_archive(self.item.source, self.spool, self.item.tools, self.task, streams=streams)

    def _choose(self, file: Archive) -> None:
        """When only a part is meant: which entries. UsageError for a name that is not in the dump."""
        portion, mode = self.item.how.portion, self.item.mode
        if portion.is_whole or isinstance(file, Streamed):
            return
        manifest = self.item.source.manifest
        part = make_part(file, portion, manifest, self.spool.root, is_clean=mode is Mode.CLEAN)
        for left_out in part.left_out:
            self.task.say("bak", f"left out, it needs what is not restored: {left_out}")
        self.loader.part = part

    def _create(self, file: Archive) -> Loaded:
        with loaded_aside(self.loader, file) as (scratch, loaded):
            is_template = finish(self.loader, scratch.name, replaced=None)
            self.loader.passed(Step.FINISHED)
            self.task.phase("renaming")
            needs = self.item.source.manifest and self.item.source.manifest.requirements
            comment = own_comment(needs.comment if needs else None)
            name = Rename(scratch.name, self.item.target, comment, is_nobodys=True, is_template=is_template)
            self.loader.instance.rename([name])
            scratch.is_named = True
            self.loader.made.append(self.item.target)
            self.loader.passed(Step.RENAMED)
        return loaded

    def _swap(self, file: Archive) -> tuple[Loaded, str]:
        with loaded_aside(self.loader, file) as (scratch, loaded):
            is_template = finish(self.loader, scratch.name, replaced=self.item.target)
            self.loader.passed(Step.FINISHED)
            self.task.phase("swapping")
            kept = succeed(
                self.loader.instance,
                Succession(
                    self.item.target,
                    scratch.name,
                    self.collaborators.clock(),
                    self.loader.application_name,
                    visible(self.item.source.name),
                    is_template=is_template,
                    named_at=self.item.named_at,
                ),
                patience=self.collaborators.limits.sessions,
                terminates=self.item.terminates,
                check=self.task.check,
            )
            scratch.is_named = True
            self.loader.made.append(self.item.target)
            self.loader.passed(Step.RENAMED)
        return loaded, kept

    def _fill(self, file: Archive) -> Loaded:
        target = self.item.target
        # It was when this was begun; but to fetch a dump may take hours.
        if not self.loader.instance.is_empty(target):
            raise not_empty(target)
        trace = FillTrace(self.loader.instance.identity().address, target)
        try:
            with self.collaborators.journal.entry(trace, self.loader.application_name):
                return self.loader.load(file, target, Manner.STOP)
        except BakError as error:
            error.left = f"{target} was empty and may now hold a part of the dump; it was not dropped"
            first = f"{error.hint}; before that " if error.hint else ""
            error.hint = f"{first}drop {target} yourself and restore again"
            raise

    def _clean(self, file: Archive) -> Loaded:
        target = self.item.target
        self._imprint = self.loader.instance.imprint(target)
        try:
            return self.loader.load(file, target, Manner.CLEAN)
        except CountsDiffer as error:
            error.left = f"the transaction was committed, and {target} holds what it says here"
            error.hint = (
                "if others write to it, that may be why; only a backup of before brings back what it held"
            )
            raise
        except PartsDiffer as error:
            error.left = _rolled_back(target)
            raise
        except RestoreFailed as error:
            error.left = _rolled_back(target)
            if _LOST.search(error.message):
                error.left = "the server went away, and whether the transaction was committed is not known"
                error.hint = f"look what {target} holds, then restore again"
            raise


def _rolled_back(target: str) -> str:
    return f"it was one transaction, and it was rolled back: {target} is as it was"
