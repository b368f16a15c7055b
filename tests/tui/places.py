"""The places of the program where keys mean something, and how to get to each on the scenes' data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from bak_tui.core.jobs import JobId, JobStatus
from bak_tui.core.leftovers import Leftover, LeftoverKind, Leftovers
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.outcomes import Report
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.dialogs.leftovers import LeftoversDialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.result_run import RunContents
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.messages import JobUpdated
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.widgets.help import Help
from bak_tui.tui.widgets.listing import Listing
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.databases import INDEXD, NOW
from tests.scenes.drawing import SceneApp, settled
from tests.scenes.jobs import ENDED, FAILED, QUEUE, RESTORED_OK, RUNNING
from tests.scenes.scene_bak import SceneBak
from tests.tui.conftest import Stage

STORED = tuple(replace(choice, is_stored=True) for choice in CHOICES)


@asynccontextmanager
async def on_scene(
    size: tuple[int, int] = (120, 36),
    *,
    has_profiles: bool = True,
    running: tuple[JobStatus, ...] = RUNNING,
    own_keys: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Stage]:
    """The program on the scenes' data, its board read."""
    bak = SceneBak(has_jobs=has_profiles, restored=RESTORED_OK if has_profiles else None, running=running)
    scene = Scene("test", size, bak=lambda: bak, choices=STORED if has_profiles else ())
    app = SceneApp(scene, own_keys=own_keys)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app)
        yield Stage(app, pilot, bak)


@dataclass(frozen=True)
class Place:
    """A name, and the way there from the workbench."""

    name: str
    go: Callable[[Stage], Awaitable[None]]
    size: tuple[int, int] = (120, 36)
    has_profiles: bool = True
    running: tuple[JobStatus, ...] = RUNNING

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[Stage]:
        async with on_scene(self.size, has_profiles=self.has_profiles, running=self.running) as stage:
            yield stage

    async def enter(self, stage: Stage) -> None:
        """From wherever the last key has led."""
        await back_to_the_workbench(stage)
        await self.go(stage)
        await stage.rest()


async def back_to_the_workbench(stage: Stage) -> None:
    while not isinstance(stage.app.screen, Workbench) or stage.app.screen.query(Help):
        for panel in stage.app.screen.query(Help):
            panel.close()
        if not isinstance(stage.app.screen, Workbench):
            stage.app.screen.dismiss(None)
        await stage.rest()
    stage.workbench.remove_class("-zoomed")
    stage.workbench.set_focus(None)
    stage.app.clear_notifications()
    stage.app._clipboard = ""


async def _pane(stage: Stage, number: int) -> None:
    await stage.press(str(number))
    pane = stage.workbench.query_one(f"#pane-{number}")
    await stage.until(lambda: pane.has_focus_within)
    await stage.press("escape", "g")


async def _databases(stage: Stage) -> None:
    await _pane(stage, 2)
    await stage.go_to(stage.databases, "peregrine-prod")


async def _dump(stage: Stage) -> None:
    await _pane(stage, 2)
    await stage.go_to(stage.databases, "indexd-prod")
    await stage.press("enter")
    await stage.until(lambda: stage.bucket.folder == "indexd-prod/" and len(stage.bucket.listing.items) > 10)
    await stage.until(lambda: stage.bucket.listing.has_focus)
    await stage.press("g", "j")
    await stage.until(lambda: stage.bucket.current_dump is not None)


async def _opened(stage: Stage, kind: type, *keys: str) -> None:
    await stage.press(*keys)
    await stage.until(lambda: isinstance(stage.app.screen, kind))
    await stage.rest()


async def _restore(stage: Stage) -> None:
    await _dump(stage)
    await _opened(stage, RestoreDialog, "R")
    await stage.until(lambda: "1 What" in stage.text())


async def _where(stage: Stage) -> None:
    await _restore(stage)
    await stage.press("enter")
    await stage.until(lambda: "indexd-prod_restored" in stage.text())


async def _plan(stage: Stage) -> None:
    """Of a swap, for it tells the most."""
    await _where(stage)
    await stage.press("shift+tab", "right", "right", "enter")
    await stage.until(lambda: "what was checked" in stage.text())


async def _form(stage: Stage) -> None:
    await _pane(stage, 1)
    await _opened(stage, ProfileDialog, "n")


async def _pick(stage: Stage) -> None:
    await _pane(stage, 1)
    await _opened(stage, Pick, "i")


async def _backup(stage: Stage) -> None:
    await _databases(stage)
    await _opened(stage, BackupDialog, "b")


async def _tables(stage: Stage) -> None:
    await _where(stage)
    await _opened(stage, TablesDialog, "ctrl+t")


async def _folder(stage: Stage) -> None:
    await _databases(stage)
    await _opened(stage, FolderDialog, "d")
    await stage.until(lambda: "folders in it" in stage.text())


async def _quitting(stage: Stage) -> None:
    await _opened(stage, Confirm, "q")


async def _log(stage: Stage) -> None:
    await _pane(stage, 4)
    await stage.press("g", "j", "j")
    await _opened(stage, LogDialog, "L")


async def _queue(stage: Stage) -> None:
    """On the first of two that wait; a failed one that may be repeated comes after them."""
    await _pane(stage, 4)
    stage.workbench.post_message(JobUpdated(FAILED))
    await stage.until(lambda: any(status.may_repeat for status in stage.jobs.listing.items))
    numbers = [status.id for status in stage.jobs.listing.items]
    stage.jobs.listing.go_to(numbers.index(JobId(422)))


async def _followed(stage: Stage) -> None:
    await _pane(stage, 4)
    await stage.press("g")
    await _opened(stage, LogDialog, "L")
    await stage.until(lambda: "following" in stage.text())


async def _result(stage: Stage) -> None:
    await _pane(stage, 4)
    await stage.press("G")
    await _opened(stage, ResultDialog, "enter")


async def _several(stage: Stage) -> None:
    """A job that proved two dumps, each with tables of its own to be looked at."""
    await _pane(stage, 4)
    proven = Report(tuple(replace(RESTORED_OK, subject=dump.path) for dump in INDEXD[:2]))
    status = replace(ENDED[1], verb="prove", what="2 dumps")
    stage.app.push_screen(
        ResultDialog(
            RunContents(proven, status),
            status.id,
            status.verb,
            status.what,
            stage.workbench.profile,
            may_repeat=True,
        )
    )
    await _opened(stage, ResultDialog)


async def _details(stage: Stage) -> None:
    await _dump(stage)
    await _opened(stage, DetailsDialog, "i")


async def _peek(stage: Stage) -> None:
    """On a table with more columns than there is room for, another one marked."""
    await _dump(stage)
    await _opened(stage, PeekDialog, "p")
    await stage.until(lambda: "index_record" in stage.text())
    listing = stage.app.screen.query_one(Listing)
    listing.go_to(1)
    await stage.press("space")
    await stage.until(lambda: "Restore marked" in stage.text())
    listing.go_to(4)
    await stage.until(lambda: "columns 1 to" in stage.text())


async def _unpeekable(stage: Stage) -> None:
    """On what is no archive."""
    await _databases(stage)
    await _opened(stage, PeekDialog, "p")
    await stage.until(lambda: "r  try again" in stage.text())


async def _leftovers(stage: Stage) -> None:
    profile = stage.workbench.profile
    assert profile is not None
    left = Leftover(LeftoverKind.DATABASE, "fence__new_x", "fence__new_x on here", NOW, "bak-00000000")
    mark = Mark(kind=MarkKind.KEPT, database="fence", job="bak-00000000", at=NOW)
    kept = MarkedDatabase("fence__old_x", 1_000_000, mark, is_busy=False)
    stage.app.push_screen(LeftoversDialog(profile, Leftovers((left,)), [kept]))
    await _opened(stage, LeftoversDialog)


async def _help(stage: Stage) -> None:
    await _pane(stage, 2)
    await stage.press("f1")
    await stage.until(lambda: stage.app.screen.query(Help) and stage.app.screen.query_one(Help).has_focus)


DATABASES = Place("databases", _databases)
PROFILES = Place("profiles", lambda stage: _pane(stage, 1))
BUCKET = Place("bucket", _dump)
JOBS = Place("jobs", lambda stage: _pane(stage, 4))
FIRST_START = Place("first start", lambda stage: _pane(stage, 2), has_profiles=False)
HELP = Place("help", _help, (80, 24))
RESTORE = Place("restore", _restore)
PLAN = Place("plan", _plan, (80, 18))
FORM = Place("form", _form, (80, 24))
PICK = Place("pick", _pick)
BACKUP = Place("backup", _backup)
WHERE = Place("where", _where)
TABLES = Place("tables", _tables)
FOLDER = Place("folder", _folder)
QUITTING = Place("quitting", _quitting)
LOG = Place("log", _log)
QUEUE_PLACE = Place("queue", _queue, (160, 45), running=QUEUE)
FOLLOWED = Place("followed", _followed, (160, 45), running=QUEUE)
RESULT = Place("result", _result)
SEVERAL = Place("several", _several)
LEFTOVERS = Place("leftovers", _leftovers)
DETAILS = Place("details", _details)
PEEK = Place("peek", _peek)
UNPEEKABLE = Place("unpeekable", _unpeekable)
PANES = (DATABASES, PROFILES, BUCKET, JOBS, FIRST_START)
PLACES = (
    *PANES,
    HELP,
    RESTORE,
    PLAN,
    FORM,
    PICK,
    FOLDER,
    BACKUP,
    WHERE,
    TABLES,
    QUITTING,
    LOG,
    QUEUE_PLACE,
    FOLLOWED,
    RESULT,
    SEVERAL,
    DETAILS,
    PEEK,
    UNPEEKABLE,
    LEFTOVERS,
)
