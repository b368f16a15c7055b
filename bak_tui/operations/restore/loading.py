"""Put one proven file into one database and judge by the facts what came of it.

    pg_restore ─► errors sorted ─► every count compared

It neither makes, renames nor drops a database: `scratch` does that for `restore` and `prove` alike, and the
modes of `restoring` decide what becomes of the name. The exit code alone decides nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bak_tui.core.comparison import DROPPED_AGAIN, Comparison, CountsDiffer, compare
from bak_tui.core.databases import Counts
from bak_tui.core.errors import BakError, Cancelled, ExitCode, RestoreFailed
from bak_tui.core.fitting import missing_tablespaces
from bak_tui.core.manifest import Manifest
from bak_tui.core.portion import WHOLE, Portion
from bak_tui.core.profile import Server
from bak_tui.core.sessions import FEWER_SESSIONS, is_crowded
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restore.picking import Part
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.operations.restore.streaming import Archive
from bak_tui.operations.tables import TableProgress
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import (
    AS_DUMPED,
    Category,
    Complaint,
    Manner,
    Ownership,
    RestoreRequest,
    RestoreResult,
    ToolSet,
    run_restore,
    skipped,
)

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a database holds after a load that was judged good."""

    tables: int
    rows: int
    comparison: Comparison | None
    """Every table, expected and restored; None when there was nothing to compare with."""
    complaints: tuple[Complaint, ...] = ()
    """pg_restore's errors; all of them mild."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a dump is loaded, wherever it goes."""

    jobs: int = 1
    """Workers within the database."""
    ownership: Ownership = AS_DUMPED
    portion: Portion = WHOLE


DEFAULT_LOAD = LoadOptions()


@dataclass
class Loader:
    """One dump on its way into a database of one server. Its sessions bear one application name."""

    collaborators: Collaborators
    server: Server
    source: DumpSource
    tools: ToolSet
    subject: str
    """The database's name as the user knows it; the one loaded into may be a scratch database."""
    task: Task
    how: LoadOptions = DEFAULT_LOAD
    named_at: datetime | None = None
    """The time in a scratch database's name; None: when it is made."""
    part: Part | None = None
    """Set when only a part of the dump is meant."""
    made: list[str] = field(default_factory=list)
    """Databases that were made, or got their name, on its way: what to look for when it was given up."""
    application_name: str = field(init=False)
    instance: Postgres = field(init=False)

    def __post_init__(self) -> None:
        self.application_name = f"bak-{uuid.uuid4().hex[:8]}"
        self.instance = self.collaborators.postgres(self.server, self.application_name)

    def load(self, file: Archive, database: str, manner: Manner = Manner.ON) -> Loaded:
        """Load and judge. Raises RestoreFailed, CountsDiffer or another BakError; warns of what was mild."""
        result = self._run(file, database, manner)
        harmful = [complaint for complaint in result.complaints if not complaint.category.is_mild]
        if any(complaint.category is Category.MIXED for complaint in harmful):
            raise UnclearComplaints(self.subject)
        if harmful or not result.came_to_its_end:
            # One transaction was rolled back: what is there then is not what was restored.
            counted = None if manner is Manner.CLEAN else self._counted_so_far(database)
            raise _failure(self.subject, result, harmful, counted)
        counts = self._count(database)
        manifest = self.manifest
        comparison = compare(manifest, counts, is_shared=manner is Manner.CLEAN) if manifest else None
        if comparison is not None and not comparison.matches:
            raise CountsDiffer(comparison, self.subject)
        self.passed(Step.COMPARED)
        self._warn(result.complaints, comparison)
        tables, rows = len(counts.tables), counts.rows
        if comparison is not None:  # of a database that is shared with others, only what was restored
            tables, rows = len(comparison.tables), comparison.rows
        return Loaded(tables, rows, comparison, result.complaints)

    @property
    def manifest(self) -> Manifest | None:
        """What must be there afterwards, as far as anybody wrote it down."""
        return self.part.manifest if self.part else self.source.manifest

    def passed(self, step: Step) -> None:
        """Tell the checkpoint."""
        self.collaborators.checkpoint(step, self.subject)

    def _run(self, file: Archive, database: str, manner: Manner) -> RestoreResult:
        manifest = self.manifest
        tables = manifest.tables or [] if manifest else []
        weights = {f"{table.schema_name}.{table.name}": table.bytes for table in tables}
        self.task.phase("restoring", total=sum(weights.values()) or None, is_estimate=True)
        streamed = file if isinstance(file, Streamed) else None
        jobs = 1 if streamed else self.how.jobs
        request = RestoreRequest(
            tools=self.tools,
            server=self.server,
            database=database,
            archive=None if isinstance(file, Streamed) else file,
            application_name=self.application_name,
            jobs=jobs,
            manner=manner,
            ownership=self.how.ownership,
            uses_tablespaces=not self._missing_tablespaces(),
            sections=self.how.portion.sections,
            list_file=self.part.list_file if self.part else None,
            stall_timeout=self.collaborators.limits.stall,
            lock_timeout=self.collaborators.limits.lock,
        )
        rows = {f"{table.schema_name}.{table.name}": table.rows for table in tables}
        progress = TableProgress(self.task, weights, jobs, rows)
        with progress.watching(lambda: self.instance.copies(database, self.application_name)):
            result = run_restore(
                request,
                self.task,
                progress.begin,
                lambda line: self.task.say("pg_restore", line, is_error="error:" in line),
                lambda: self.instance.activity(self.application_name),
                streamed.pieces(self.task) if streamed else None,
            )
        self.passed(Step.RESTORED)
        return result

    def _missing_tablespaces(self) -> list[str]:
        """Those that are not here: their tables then go to the default one, and that is warned of."""
        wanted = self.source.manifest and self.source.manifest.requirements
        if not wanted or not wanted.tablespaces:
            return []
        missing = missing_tablespaces(wanted, self.instance.offer())
        if missing:
            self.task.warn(f"tablespaces are missing here: {', '.join(missing)}: all goes to the default one")
        return missing

    def _counted_so_far(self, database: str) -> Comparison | None:
        """What of a load that failed is there; None where that cannot be told any more."""
        if self.manifest is None:
            return None
        try:
            return compare(self.manifest, self._count(database))
        except Cancelled:
            raise
        except BakError as error:
            self.task.say("bak", f"what was restored so far could not be counted: {error}")
            return None

    def _count(self, database: str) -> Counts:
        self.task.phase("comparing")
        hashes_contents = self.source.manifest is not None and self.source.manifest.has_hashes
        with self.instance.counting(database) as counter, self.task.on_cancel(counter.interrupt):
            try:
                return counter.count(hashes_contents=hashes_contents)
            finally:
                self.task.check()

    def _warn(self, complaints: Sequence[Complaint], comparison: Comparison | None) -> None:
        for category in dict.fromkeys(complaint.category for complaint in complaints):
            theirs = [complaint for complaint in complaints if complaint.category is category]
            texts = dict.fromkeys(complaint.text for complaint in theirs)
            told = "; ".join(list(texts)[:_MOST_TOLD])
            more = f" and {len(texts) - _MOST_TOLD} more" if len(texts) > _MOST_TOLD else ""
            harm = ", no row is lost" if comparison else ""
            self.task.warn(f"{category}: {told}{more}: {skipped(theirs)} skipped{harm}")
        if comparison is None:
            has_manifest = self.source.manifest is not None
            why = "its manifest counts no rows" if has_manifest else "the dump has no manifest"
            self.task.warn(f"{why}; pg_restore itself told of no lost data")
            return
        for view in comparison.views:
            if view.restored is None:
                self.task.warn(
                    f"materialised view {view.name} was not filled: not all that it is made of was restored"
                )
            elif not view.matches:
                self.task.warn(
                    f"materialised view {view.name} was refreshed: {view.expected} rows backed up,"
                    f" {view.restored} now"
                )


_ROWS_ALONE = (
    "all rows come without indexes, constraints and filled views by --section pre-data --section data"
)
_KINDS: Mapping[Category | None, str] = {
    Category.CONNECTION: "server_lost",
    Category.EXTENSION: "extension_missing",
}
"""What explains all else that was complained of comes first, and has a kind of its own."""
_TRIES: Mapping[Category | None, str] = {
    Category.CONNECTION: "look whether the server is up and takes sessions, then restore again",
    Category.EXTENSION: "install the extension on the server, then restore again",
    Category.EXISTING: "restore into a new database",
    Category.CONSTRAINT: f"restore another backup; {_ROWS_ALONE}",
    Category.DATA: "verify the backup, and restore another one",
    Category.VIEW: "let this server reach what the view is made of, and restore again;"
    f" or without it: {_ROWS_ALONE}, single tables by --table",
    Category.LOCKS: "raise max_locks_per_transaction there, or restore into another database (--into,"
    " --swap), which locks one thing after another",
    Category.LOST: "make the role or the setting that it names on this server, then restore again",
    Category.OTHER: f"mend what the server complains of, and restore again; {_ROWS_ALONE}",
}
"""What to try, by what the first harm is about."""


class UnclearComplaints(RestoreFailed):
    """pg_restore's workers spoke into each other: what they complained of may be mild or not."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"restoring {subject} failed: pg_restore's workers complained at once, of what is not clear",
            hint="restore again with --jobs 1",
        )


class HarmfulComplaints(RestoreFailed):
    """pg_restore did not come to its end, or lost something.

    `complaints` are all its errors, sorted; `comparison` is what was there when it had ended, every table,
    before it was dropped: None when nobody could count.
    """

    def __init__(
        self, message: str, complaints: Sequence[Complaint], comparison: Comparison | None = None
    ) -> None:
        categories = [each.category for each in complaints if not each.category.is_mild]
        about = next((each for each in _KINDS if each in categories), next(iter(categories), None))
        if about is Category.CONNECTION:
            self.exit_code = ExitCode.SERVER
        crowded = about is Category.CONNECTION and any(is_crowded(each.text) for each in complaints)
        usual = _TRIES.get(about, "see in the log how pg_restore ended, then restore again")
        super().__init__(
            message,
            hint=FEWER_SESSIONS if crowded else usual,
            left=DROPPED_AGAIN,
            kind="crowded" if crowded else _KINDS.get(about),
            blames_dump=Category.CONSTRAINT in categories and about not in _KINDS,
        )
        self.complaints = tuple(complaints)
        self.comparison = comparison


def _failure(
    subject: str, result: RestoreResult, harmful: Sequence[Complaint], counted: Comparison | None
) -> HarmfulComplaints:
    if harmful:
        first = harmful[0]
        more = f" (and {len(harmful) - 1} more)" if len(harmful) > 1 else ""
        what = f"{first.category}: {first.text}{more}"
    elif result.exit_code < 0:
        what = f"pg_restore was killed by signal {-result.exit_code}"
    else:
        said = result.complaints[-1].text if result.complaints else result.last_words
        what = f"pg_restore stopped with exit code {result.exit_code}: {said}"
    return HarmfulComplaints(f"restoring {subject} failed: {what}", result.complaints, counted)
