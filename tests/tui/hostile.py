"""Names as an attacker (or an unlucky user) chooses them, in every place where foreign text comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.databases import Database
from bak_tui.core.errors import BakError, DumpFailed
from bak_tui.core.jobs import LogLine
from bak_tui.core.leftovers import Leftover, LeftoverKind, Leftovers
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.objects import StoredObject
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.operations.results import Restored
from bak_tui.tui.dialogs.result_run import RunContents
from bak_tui.tui.session.choices import Choice, choice_of
from tests.scenes import databases, jobs
from tests.scenes.archive import Others, Sparse, Table, archive
from tests.scenes.databases import NOW, PROFILE, Dump
from tests.scenes.scene_bak import SceneBak, SceneJob, SceneServer

NAMES = (
    "[/x]",
    "[b",
    "[@click=app.quit]x[/]",
    "[link=https://evil.example]y[/link]",
    "a\x1b]52;c;aGk=\x07b",
    "\x1b[31mred\x1b[0m",
    "c1\x9b31m\x9d0;t\x9c",
    "x" * 63,
    "漢字データベース",
    "漢" * 21,
    "שלום_قاعدة",
    "\u202egnp.sql\u200b",
    "🎉👍🏽👨\u200d👩\u200d👧",
    "e\u0301\u0301\u0301combining",
    "a\nb\r\nc",
    "tab\tname",
    "%s {0} $HOME `id` 'q\"",
    "-Fc --help",
    " host=evil ",
)
WORST = "[/x]\x1b]0;t\x07\x9b[@click=app.quit]漢🎉\u202e\n\t"
"""All of it in one name."""


class HostileServer(SceneServer):
    """Has databases of all these names."""

    def databases(self) -> tuple[Database, ...]:
        names = [WORST, *NAMES]
        return tuple(replace(databases.databases()[0], name=name, owner=name) for name in names)


def insides() -> Sparse:
    """An archive with tables, columns and rows of these names, and other things called so."""
    tables = [
        Table(WORST, name, (WORST, *NAMES), [(WORST, None, *NAMES)] * 3, name) for name in (WORST, *NAMES)
    ]
    others = Others(WORST, dict.fromkeys(("FUNCTION", "ACL", WORST), (WORST, *NAMES)))
    return archive(WORST, [*tables, Table("zz", WORST, (), [])], others)[0]


def held() -> dict[str, tuple[StoredObject, bytes]]:
    """A backup of each, and an object whose key is the name."""
    objects: dict[str, tuple[StoredObject, bytes]] = {}
    content = insides().read(0, 10**6)
    for name in [WORST, *NAMES]:
        dump = Dump(name, NOW - timedelta(hours=2), 10**6, 3, 100)
        stored = dump.stored()
        objects[stored.key] = (stored, content)
        key = f"{stored.key}.manifest.json"
        objects[key] = (StoredObject(key, 100, NOW), dump.manifest())
        key = PROFILE.target.key(f"{name}.sql")
        objects[key] = (StoredObject(key, 100, NOW), b"")
        key = PROFILE.target.key(f"{name}/{name}.txt")
        objects[key] = (StoredObject(key, 100, NOW), b"")
    return objects


def error(name: str) -> BakError:
    """Said by a server that is as hostile."""
    return DumpFailed(f"permission denied for table {name}", hint=f"GRANT SELECT ON {name}")


def failed_job() -> SceneJob:
    """A job with such names in its title, its error and every line of its log."""
    status = replace(
        jobs.FAILED,
        what=WORST,
        outcome=f"pg_dump: {WORST}",
        error=error(WORST),
        warnings=(f"warning about {WORST}",),
        profile=WORST,
    )
    log = tuple(LogLine(NOW, "pg_dump", name, is_error=True) for name in NAMES)
    return SceneJob(status, log)


def leftovers() -> Leftovers:
    """Left behind by a run in databases and under keys of such names."""
    found = [Leftover(LeftoverKind.DATABASE, name, f"{name} on {WORST}", NOW, WORST) for name in NAMES[:4]]
    return Leftovers((*found, Leftover(LeftoverKind.UPLOAD, WORST, WORST, NOW, "bak-00000000")))


def kept() -> list[MarkedDatabase]:
    """What swaps have kept of them."""
    mark = Mark(kind=MarkKind.KEPT, database=WORST, job="bak-00000000", at=NOW)
    return [MarkedDatabase(f"{name}__old", 1_000_000, mark, is_busy=False) for name in NAMES[:3]]


def outcome() -> Outcome[Restored]:
    """A restore whose tables are called like that, and differ."""
    pairs = tuple(CountPair(f"public.{name}", 10, 9) for name in NAMES)
    return Outcome(WORST, error=CountsDiffer(Comparison(pairs), WORST), warnings=(WORST,))


def run() -> RunContents:
    """Several databases of such names; each has failed with all of them in its sentence, or went well."""
    failed: list[Outcome[object]] = [Outcome(name, error=error(name), warnings=(name,)) for name in NAMES]
    well = Outcome(f"{WORST} well", result=jobs.BACKED_UP.results[0])
    report: Report[object] = Report((*failed, well), (WORST, *NAMES[:3]))
    return RunContents(report, replace(jobs.FAILED, what=WORST, error=None))


def choices() -> tuple[Choice, ...]:
    """Profiles, servers and buckets of such names."""
    server = replace(PROFILE.server, host=WORST[:20])
    worst = replace(PROFILE, name=WORST, given_server=server)
    others = [Profile(name, server, PROFILE.target, environment=name) for name in NAMES]
    return tuple(replace(choice_of(each), is_stored=True) for each in [worst, *others])


def hostile_bak() -> SceneBak:
    return SceneBak(server=HostileServer(), held=held(), restored=outcome(), failed=failed_job())
