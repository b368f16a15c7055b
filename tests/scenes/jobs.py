"""The seven jobs of picture 01, standing still: two run, five have ended; and the log of picture 10."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import DumpFailed, ServerError
from bak_tui.core.jobs import JobId, JobState, JobStatus, LogLine, TaskStatus
from bak_tui.core.manifest import parse_manifest
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.plan import Mode
from bak_tui.operations.restore.loading import Loaded
from bak_tui.operations.results import Proven, Restored, Taken
from bak_tui.services.pgtools import Category, Complaint
from tests.scenes.databases import GB, INDEXD, KEPT, MB, PROFILE, Dump, indexd_tables


def _at(hour: int, minute: int, second: float = 2.0) -> datetime:
    whole, part = divmod(second, 1)
    return datetime(2026, 11, 23, hour, minute, int(whole), round(part * 1000) * 1000, tzinfo=UTC)


_MAY_NOT_READ = DumpFailed(
    "The user backup may not read public.gecko_audit.",
    hint="GRANT SELECT ON public.gecko_audit TO backup;   or leave it out",
    left="nothing was left behind; the database itself is untouched",
)


def _ended(
    number: int, verb: str, what: str, state: JobState, hour: int, minute: int, outcome: str
) -> JobStatus:
    error = _MAY_NOT_READ if state is JobState.FAILED else None
    return JobStatus(
        JobId(number),
        verb,
        what,
        state,
        error=error,
        outcome=outcome,
        submitted=_at(hour, minute),
        started=_at(hour, minute),
        finished=_at(hour, minute, 21.733),
        profile="gen3-prod",
    )


def _running(
    number: int, verb: str, what: str, minute: int, task: TaskStatus, megabytes_a_second: float
) -> JobStatus:
    return JobStatus(
        JobId(number),
        verb,
        what,
        JobState.RUN,
        (task,),
        megabytes_a_second * MB,
        submitted=_at(14, minute),
        started=_at(14, minute),
        profile="gen3-prod",
    )


RUNNING = (
    _running(
        418,
        "backup",
        "sheepdog-prod",
        1,
        TaskStatus("sheepdog-prod", "dumping", int(2.4 * GB), int(3.9 * GB), True, "node_case", JobState.RUN),
        84,
    ),
    _running(
        419,
        "restore",
        "indexd-prod → indexd_drill",
        4,
        TaskStatus(
            "indexd-prod", "loading", int(1.41 * GB), int(6.1 * GB), False, "index_record", JobState.RUN
        ),
        112,
    ),
)
FAILED = replace(
    _ended(
        417,
        "backup",
        "gecko-prod",
        JobState.FAILED,
        13,
        58,
        "pg_dump: permission denied for table gecko_audit",
    ),
    may_repeat=True,
)
ENDED = (
    FAILED,
    _ended(
        416,
        "restore",
        "fence-prod → fence_check",
        JobState.WARN,
        13,
        20,
        "3.1 GB in 0:01:12 into fence_check, 84 tables, 1,204,331 rows, all counts match; 2 warnings",
    ),
    _ended(
        415,
        "verify",
        "indexd-prod 23 Nov 12:00",
        JobState.OK,
        12,
        41,
        "6.1 GB in 0:01:48, every byte is the one written, decoded to its end",
    ),
    _ended(
        414,
        "backup",
        "8 databases, run 12:00",
        JobState.OK,
        12,
        0,
        "11.4 GB in 0:14:20, 8 of 8 backed up, 301,877,204 rows counted",
    ),
    _ended(
        413,
        "download",
        "audit-prod 22 Nov 12:00",
        JobState.CANCELLED,
        11,
        32,
        "cancelled after 0:00:41; nothing was left",
    ),
)

_RATES = tuple(MB * rate for rate in (12, 40, 71, 88, 90, 86, 0, 0, 31, 78, 84, 92, 96, 90, 85, 84, 80, 84))
PARALLEL = replace(
    RUNNING[0],
    what="2 databases",
    tasks=(
        *RUNNING[0].tasks,
        TaskStatus("audit-prod", "dumping", int(1.1 * GB), int(1.9 * GB), True, "audit_log", JobState.RUN),
    ),
    rates=_RATES,
)
QUEUE = (
    PARALLEL,
    RUNNING[1],
    replace(
        RUNNING[0], id=JobId(420), verb="verify", what="wts-prod 23 Nov 12:00", state=JobState.CANCELLING
    ),
    replace(RUNNING[0], id=JobId(422), what="fence-prod", state=JobState.WAIT, tasks=(), rate=None, place=1),
    replace(RUNNING[0], id=JobId(421), what="gecko-prod", state=JobState.WAIT, tasks=(), rate=None, place=2),
)
"""Two run, one is being cancelled, two wait, the later one first: somebody has moved it."""

_PARALLEL_SAID = (
    ("sheepdog-prod", "bak", "dumping"),
    ("audit-prod", "bak", "dumping"),
    ("sheepdog-prod", "pg_dump", 'dumping contents of table "public.node_case"'),
    ("audit-prod", "pg_dump", 'dumping contents of table "public.audit_log"'),
    ("audit-prod", "pg_dump", 'dumping contents of table "public.login"'),
    ("sheepdog-prod", "pg_dump", 'dumping contents of table "public.edge_case"'),
)
PARALLEL_LOG = tuple(
    LogLine(_at(14, 1, 2.1 + number), source, text, subject=subject)
    for number, (subject, source, text) in enumerate(_PARALLEL_SAID)
)

_SAID = (
    (2.114, "bak", "backup gecko-prod → s3://aced-backups/gen3/gecko-prod/gecko-prod-20261123T135802Z.sql"),
    (
        2.131,
        "bak",
        "PostgreSQL 16.4 on db.gen3.internal:5432, pg_dump 16.9, custom, zstd:1, estimate unknown",
    ),
    (2.290, "bak", "snapshot 00000011-00000A3C-1 exported, 41 tables, rows counted under it"),
    (2.644, "bak", "multipart upload 2~Vq8xZ…kD1 started, parts of 16.8 MB"),
    (3.002, "pg_dump", 'dumping contents of table "public.sample"'),
    (7.910, "pg_dump", 'dumping contents of table "public.gecko_index"'),
    (21.448, "pg_dump", 'dumping contents of table "public.gecko_audit"'),
    (21.455, "pg_dump", "error: query failed: ERROR:  permission denied for table gecko_audit"),
    (21.455, "pg_dump", "detail: Query was: COPY public.gecko_audit (id, at, actor, what) TO stdout;"),
    (21.502, "bak", "pg_dump ended with 1 after 94.2 MB; nothing after this point is a backup"),
    (21.731, "bak", "multipart upload aborted, 5 parts removed, listing shows none left"),
    (21.733, "bak", "FAILED after 0:00:19"),
)
FAILED_LOG = tuple(
    LogLine(
        _at(13, 58, second), source, text, is_error=text.startswith(("error", "detail", "pg_dump", "FAIL"))
    )
    for second, source, text in _SAID
)


VERIFIED_LOG = tuple(
    LogLine(_at(12, 41 + int(at // 60), at % 60), "bak", text)
    for at, text in (
        (2.008, "verifying indexd-prod/indexd-prod-20261123T120000Z.sql"),
        (2.214, "the manifest is valid, size and ETag are the ones it tells"),
        (2.290, "reading 94 parts, 6.1 GB"),
        (61.310, "52 of 94 parts are the ones written"),
        (106.902, "94 of 94 parts are the ones written"),
        (110.101, "decoded by pg_restore to its end"),
    )
)
BACKED_UP_LOG = tuple(
    LogLine(_at(12, int(at // 60), at % 60), source, text, subject=subject)
    for at, subject, source, text in (
        (2.310, "audit-prod", "bak", "dumping into s3://aced-backups/gen3/audit-prod/"),
        (2.951, "audit-prod", "pg_dump", 'dumping contents of table "public.audit_log"'),
        (98.200, "audit-prod", "bak", "1.1 GB, 20 tables, 100,000 rows counted"),
        (99.004, "indexd-prod", "bak", "dumping into s3://aced-backups/gen3/indexd-prod/"),
        (99.730, "indexd-prod", "pg_dump", 'dumping contents of table "public.index_record"'),
        (861.902, "indexd-prod", "bak", "6.1 GB, 212 tables, 260,613,788 rows counted"),
    )
)
LOGGED = (
    (replace(ENDED[2], finished=_at(12, 42, 50.101)), VERIFIED_LOG),
    (
        replace(
            ENDED[3],
            finished=_at(12, 14, 22),
            tasks=tuple(
                TaskStatus(name, "done", 0, None, False, "", JobState.OK)
                for name in ("audit-prod", "indexd-prod")
            ),
        ),
        BACKED_UP_LOG,
    ),
)
"""Jobs of this session whose log is still there."""


def drill(outcome: Outcome[Restored] | Outcome[Proven]) -> JobStatus:
    """Job 412: indexd-prod restored into a new database, or proven."""
    is_proof = isinstance(outcome.result, Proven)
    verb, what = (
        ("prove", "indexd-prod 23 Nov 12:00") if is_proof else ("restore", "indexd-prod → indexd_drill")
    )
    told = Report((outcome,)).sentence(verb, 560.0)
    ended = _ended(412, verb, what, outcome.state, 10, 58, told)
    return replace(ended, error=None)  # what went wrong is the outcome's


_SKIPPED = 14 * (
    Complaint(Category.ROLE, 'role "indexd_ro" does not exist', "GRANT SELECT ON TABLE t TO indexd_ro;"),
)


def _drilled(pairs: tuple[CountPair, ...], complaints: tuple[Complaint, ...] = ()) -> Restored:
    loaded = Loaded(212, 260_613_788, Comparison(pairs), complaints)
    return Restored("indexd_drill", INDEXD[0].path, Mode.NEW, int(6.1 * GB), loaded, seconds=560.0)


def _pairs(**restored: int) -> tuple[CountPair, ...]:
    pairs = [
        CountPair(
            f"{table.schema_name}.{table.name}",
            table.rows,
            restored.get(table.name, table.rows),
            table.bytes,
        )
        for table in indexd_tables()
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.matches))


_DIFFERING = Comparison(_pairs(index_record_url=71_606_115, index_change=0))
RESTORED_OK = Outcome(INDEXD[0].path, _drilled(_pairs()))
RESTORED_WARN = Outcome(
    INDEXD[0].path,
    _drilled(_pairs(), _SKIPPED),
    warnings=('role: role "indexd_ro" does not exist: 14 × GRANT skipped, no row is lost',),
)
RESTORED_FAILED: Outcome[Restored] = Outcome(INDEXD[0].path, error=CountsDiffer(_DIFFERING, "indexd_drill"))
PROVEN = Outcome(
    INDEXD[0].path,
    Proven(
        "indexd-prod",
        INDEXD[0].path,
        int(6.1 * GB),
        "db.gen3.internal:5432",
        212,
        260_613_788,
        Comparison(_pairs()),
        ("rows",),
        (),
        seconds=574.0,
    ),
)


def _taken(dump: Dump) -> Outcome[Taken]:
    manifest = parse_manifest(dump.manifest(), dump.path)
    place = f"s3://{PROFILE.target.bucket}/{PROFILE.target.key(dump.path)}"
    return Outcome(dump.database, Taken(dump.database, dump.path, place, manifest))


_NEWEST = {
    kept.name: Dump(kept.name, INDEXD[0].taken, kept.dump_size, kept.tables, kept.rows)
    for kept in KEPT
    if kept.name not in {"gecko-prod", "wts-prod", "arranger-prod"}
}
_LOST = ServerError(
    "the server closed the connection while wts-prod was dumped",
    hint="look into the server's log, and back it up again: bak backup --database wts-prod",
    left="nothing was left behind; the database itself is untouched",
)
BACKED_UP: Report[Taken] = Report(
    (
        _taken(INDEXD[0]),
        *(_taken(dump) for name, dump in _NEWEST.items() if name != "metadata-prod"),
        replace(
            _taken(_NEWEST["metadata-prod"]),
            warnings=("public.session is unlogged: a standby has no rows of it",),
        ),
        Outcome("gecko-prod", error=_MAY_NOT_READ),
        Outcome("wts-prod", error=_LOST),
    ),
    ("template_prod was left out: it is a template; name it to take it",),
)
"""Twelve databases in one run: two failed, one has a warning."""


def run_of(report: Report[Taken]) -> JobStatus:
    """Job 411, which it ended."""
    told = report.sentence("backup", 860.0)
    ended = _ended(411, "backup", "all databases", report.state, 10, 2, told)
    began = _at(10, 2)
    return replace(ended, started=began, finished=began + timedelta(seconds=860), error=None, may_repeat=True)
