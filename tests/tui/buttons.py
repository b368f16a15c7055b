"""Every dialog in every state in which it has other buttons, and what each of them does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from textual.widgets import Input

from bak_tui.core.command_line import bak_line
from bak_tui.core.jobs import JobId, LogLine
from bak_tui.core.leftovers import Leftover, LeftoverKind, Leftovers
from bak_tui.core.levels import Level
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.outcomes import Report
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.tui.dialogs.ask import AskPassword, Confirm, TypeName
from bak_tui.tui.dialogs.backup import BackupDialog, BackupOrder
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog, Purpose
from bak_tui.tui.dialogs.jump import JumpDialog
from bak_tui.tui.dialogs.leftovers import LeftoversDialog, Tidy
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.peek import PeekDialog, PeekOrder
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.profile import ProfileDialog, Saved
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.restore_foresight import RestoreOrder
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.result_counts import CountsContents, result_of
from bak_tui.tui.dialogs.result_run import RunContents
from bak_tui.tui.dialogs.tables import TablesDialog
from tests.scenes.databases import INDEXD, NOW, PROFILE, STORED
from tests.scenes.jobs import FAILED, RESTORED_FAILED, RESTORED_OK
from tests.tui.conftest import Stage


@dataclass
class Shown:
    """A dialog that was opened, and what it has answered."""

    stage: Stage
    dialog: Dialog[Any]
    answers: list[Any] = field(default_factory=list)

    @property
    def is_gone(self) -> bool:
        return self.stage.app.screen is self.stage.workbench

    def asks(self, kind: type) -> bool:
        """Whether another dialog asks on top of it."""
        return isinstance(self.stage.app.screen, kind) and self.stage.app.screen is not self.dialog


Done = Callable[[Shown], bool]


def answered(value: object) -> Done:
    """It is closed, and that is what it has said."""
    return lambda shown: shown.is_gone and shown.answers == [value]


def ordered(kind: type, **expected: object) -> Done:
    """It is closed with such an order."""

    def has(shown: Shown) -> bool:
        if not (shown.is_gone and len(shown.answers) == 1 and isinstance(shown.answers[0], kind)):
            return False
        return all(getattr(shown.answers[0], name) == value for name, value in expected.items())

    return has


def asks(kind: type) -> Done:
    return lambda shown: shown.asks(kind) and not shown.answers


def says(text: str) -> Done:
    return lambda shown: shown.stage.app.screen is shown.dialog and text in shown.stage.text()


def at_step(number: int) -> Done:
    """Of a restore."""
    return lambda shown: shown.stage.app.screen is shown.dialog and shown.dialog.has_class(f"-step{number}")


def copies(text: str) -> Done:
    return lambda shown: text in shown.stage.app.clipboard and not shown.answers


@dataclass(frozen=True)
class State:
    """One dialog as it stands after `keys`, once it is `ready`, and what each of its buttons does."""

    name: str
    make: Callable[[Stage, Path], Dialog[Any]]
    does: Mapping[str, Done]
    """By the action of the button."""
    keys: tuple[str, ...] = ()
    ready: Callable[[Shown], bool] = lambda _shown: True
    idle: frozenset[str] = frozenset()
    """Actions whose buttons do nothing yet."""


def dumps_of(stage: Stage) -> tuple[StoredDump, ...]:
    board = stage.workbench.board
    assert board is not None
    return next(row.dumps for row in board.rows if row.database == "indexd-prod")


def _restore(stage: Stage, _room: Path) -> Dialog[Any]:
    choices = tuple(stage.workbench.choices.values())
    return RestoreDialog(stage.bak, PROFILE, dumps_of(stage), choices, now=NOW, shrunk={})


def _backup(stage: Stage, _room: Path) -> Dialog[Any]:
    board = stage.workbench.board
    assert board is not None
    rows = [row for row in board.rows if row.database == "fence-prod"]
    return BackupDialog(stage.bak, PROFILE, rows, NOW, 2)


def _tables(stage: Stage, _room: Path) -> Dialog[Any]:
    manifest = dumps_of(stage)[0].manifest
    assert manifest is not None
    assert manifest.tables is not None
    return TablesDialog(PROFILE, manifest.tables, (), lambda names: bak_line("restore", PROFILE, *names))


def _folder(_stage: Stage, room: Path) -> Dialog[Any]:
    purpose = Purpose("Dump", "1 database", lambda folder: bak_line("dump", PROFILE, "--dir", str(folder)))
    return FolderDialog(purpose, PROFILE, room)


def _typed_name(_stage: Stage, _room: Path) -> Dialog[Any]:
    return TypeName(
        "Delete", PROFILE, "This deletes 1 dump", [("lost", "it")], name="it", verb="Delete", place="here"
    )


def _leftovers(*, has_left: bool, has_kept: bool) -> Callable[[Stage, Path], Dialog[Any]]:
    left = Leftover(LeftoverKind.DATABASE, "fence__new_x", "fence__new_x on here", NOW, "bak-00000000")
    mark = Mark(kind=MarkKind.KEPT, database="fence", job="bak-00000000", at=NOW)
    kept = MarkedDatabase("fence__old_x", 1_000_000, mark, is_busy=False)
    found = Leftovers((left,) if has_left else ())
    return lambda _stage, _room: LeftoversDialog(PROFILE, found, [kept] if has_kept else [])


class LoggedJob:
    """A job that has ended, and its log."""

    def __init__(self, *, may_repeat: bool) -> None:
        self.status = replace(FAILED, may_repeat=may_repeat)
        self.log = (LogLine(NOW, "pg_dump", "what was said", is_error=True),)


def _peek(*marked: str) -> Callable[[Stage, Path], Dialog[Any]]:
    """Into the newest dump, tables of `public` marked."""

    def make(stage: Stage, _room: Path) -> Dialog[Any]:
        dialog = PeekDialog(stage.bak, PROFILE, dumps_of(stage)[0])
        dialog._listing.marks = {("schema", "public", name) for name in marked}
        return dialog

    return make


def _unpeekable(stage: Stage, _room: Path) -> Dialog[Any]:
    """Into what is no archive."""
    return PeekDialog(stage.bak, PROFILE, dumps_of(stage)[1])


class Anew:
    """It looks again, at what lies there now."""

    def __init__(self) -> None:
        self._before: dict[Dialog[Any], object] = {}

    def __call__(self, shown: Shown) -> bool:
        peek = getattr(shown.dialog, "_peek", None)
        return self._before.setdefault(shown.dialog, peek) is not peek


def _filters(shown: Shown) -> bool:
    return isinstance(shown.stage.app.focused, Input) and not shown.answers


def _log(*, may_repeat: bool) -> Callable[[Stage, Path], Dialog[Any]]:
    def make(_stage: Stage, _room: Path) -> Dialog[Any]:
        job: Any = LoggedJob(may_repeat=may_repeat)
        return LogDialog(job.status, job, PROFILE)

    return make


def _result(_stage: Stage, _room: Path) -> Dialog[Any]:
    result = result_of(RESTORED_FAILED)
    assert result is not None
    return ResultDialog(CountsContents(result), JobId(412), "restore", RESTORED_FAILED.subject, PROFILE)


def _result_of_several(_stage: Stage, _room: Path) -> Dialog[Any]:
    report = Report((replace(RESTORED_OK, subject=INDEXD[1].path), RESTORED_FAILED))
    status = replace(FAILED, verb="restore", what="2 databases", error=None)
    contents = RunContents(report, status)
    return ResultDialog(contents, status.id, "restore", status.what, PROFILE, may_repeat=True)


_CANCELS = {"cancel": answered(None)}
_TO_WHERE = ("enter",)
_IS_PLAN = "what was checked"
_SWAP = ("enter", "shift+tab", "right", "right", "tab", "enter")
_RESTORED = ordered(RestoreOrder)

STATES = (
    State(
        "yes or no",
        lambda *_: Confirm("Quit?", ["2 running"]),
        {"accept": answered(False), "yes": answered(True)},
    ),
    State("a name to type", _typed_name, _CANCELS, idle=frozenset({"accept"})),
    State("a typed name", _typed_name, {**_CANCELS, "accept": answered(True)}, keys=("i", "t")),
    State(
        "a password",
        lambda *_: AskPassword("x", "PROD", "a password is wanted"),
        {**_CANCELS, "accept": answered("abc")},
        keys=("a", "b", "c"),
    ),
    State(
        "a jump",
        lambda *_: JumpDialog(PROFILE, "x/"),
        {**_CANCELS, "accept": answered("ab")},
        keys=("a", "b"),
    ),
    State(
        "verify",
        lambda stage, _room: VerifyDialog(PROFILE, dumps_of(stage)[:1], NOW, 2),
        {**_CANCELS, "accept": answered(VerifyOptions(Level.BYTES, 2))},
    ),
    State(
        "prove",
        lambda stage, _room: ProveDialog(PROFILE, dumps_of(stage)[:1], NOW, 2),
        {**_CANCELS, "accept": answered(ProveOptions(parallel=1, jobs=2))},
    ),
    State("a backup", _backup, {**_CANCELS, "accept": ordered(BackupOrder)}),
    State("a restore: what", _restore, {**_CANCELS, "accept": at_step(2)}, ready=at_step(1)),
    State(
        "a restore: where",
        _restore,
        {**_CANCELS, "accept": at_step(3), "back": at_step(1)},
        keys=_TO_WHERE,
        ready=at_step(2),
    ),
    State(
        "a restore: plan",
        _restore,
        {**_CANCELS, "accept": _RESTORED, "back": at_step(2)},
        keys=(*_TO_WHERE, "enter"),
        ready=says(_IS_PLAN),
    ),
    State(
        "a restore: plan of a swap",
        _restore,
        {**_CANCELS, "accept": asks(TypeName), "back": at_step(2)},
        keys=_SWAP,
        ready=says(_IS_PLAN),
    ),
    State(
        "tables",
        _tables,
        {**_CANCELS, "accept": lambda shown: shown.is_gone and len(shown.answers[0]) == 1},
        keys=("space",),
    ),
    State(
        "a folder",
        _folder,
        {**_CANCELS, "accept": lambda shown: shown.is_gone and isinstance(shown.answers[0], Path)},
        ready=says("folders in it"),
    ),
    State(
        "a profile",
        lambda stage, _room: ProfileDialog(stage.bak, STORED),
        {
            **_CANCELS,
            "try_out": says("connected in 41 ms"),
            "import": asks(Pick),
            "save": ordered(Saved, name=STORED.name),
        },
    ),
    State(
        "a changed profile",
        lambda stage, _room: ProfileDialog(stage.bak, STORED),
        {"cancel": asks(Confirm)},
        keys=("end", "x"),
    ),
    State(
        "a choice",
        lambda *_: Pick("Pick", [[("one", "text")], [("two", "text")]]),
        {**_CANCELS, "accept": answered(0)},
    ),
    State(
        "details",
        lambda *_: DetailsDialog("its/name", [("size", [("1 B", "text")])], PROFILE),
        {**_CANCELS, "copy_name": copies("its/name")},
    ),
    State(
        "a peek",
        _peek(),
        {**_CANCELS, "mark": says("Restore marked"), "filter": _filters},
        ready=says("index_record_authz"),
    ),
    State(
        "a peek that failed",
        _unpeekable,
        {**_CANCELS, "again": Anew()},
        ready=says("r  try again"),
    ),
    State(
        "a peek with marks",
        _peek("index_record"),
        {
            **_CANCELS,
            "mark": says("▪ alembic_version"),
            "restore": ordered(PeekOrder, tables=("public.index_record",)),
            "filter": _filters,
        },
        ready=says("▪ index_record"),
    ),
    State(
        "what was left and kept",
        _leftovers(has_left=True, has_kept=True),
        {"accept": answered(Tidy.KEEP), "clean": answered(Tidy.CLEAN), "drop": answered(Tidy.DROP)},
    ),
    State(
        "what was left",
        _leftovers(has_left=True, has_kept=False),
        {"accept": answered(Tidy.KEEP), "clean": answered(Tidy.CLEAN)},
    ),
    State(
        "what was kept",
        _leftovers(has_left=False, has_kept=True),
        {"accept": answered(Tidy.KEEP), "drop": answered(Tidy.DROP)},
    ),
    State(
        "a log",
        _log(may_repeat=True),
        {"close": answered(None), "repeat": answered("again"), "copy_log": copies("what was said")},
        ready=says("what was said"),
    ),
    State(
        "a log of what is decided anew",
        _log(may_repeat=False),
        {"close": answered(None), "copy_log": copies("what was said")},
        ready=says("what was said"),
    ),
    State(
        "a result",
        _result,
        {"accept": answered(None), "log": answered("log"), "copy_report": copies("FAILED")},
    ),
    State(
        "a result of several",
        _result_of_several,
        {
            "accept": answered(None),
            "log": answered("log"),
            "repeat": answered("again"),
            "tables": lambda shown: "✗ DIFFER" in shown.stage.text() and not shown.answers,
            "copy_report": copies("1 of 2 restored"),
        },
    ),
)

_GROUPS = 5
GROUPS = [STATES[number::_GROUPS] for number in range(_GROUPS)]
"""All of them; a group is tried in one app, which takes longer to start than they do."""
