"""Every key of every pane and dialog does something that can be seen; a binding without a trial fails."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input

import bak_tui.tui
from bak_tui.tui.dialogs.ask import AskPassword, TypeName
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.dialogs.jump import JumpDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.peek_tree import TreeRow
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.keys.contexts import CONTEXTS
from bak_tui.tui.keys.dialog_contexts import DIALOGS, EVERY_DIALOG
from bak_tui.tui.keys.dialog_contexts import HELP as HELP_CONTEXT
from bak_tui.tui.look.keynames import short_name
from bak_tui.tui.look.spans import width_of
from bak_tui.tui.widgets.help import Help
from bak_tui.tui.widgets.keys import Keys
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pressing import FormButton
from tests.scenes.databases import NOW
from tests.scenes.scene_bak import SceneBak, SceneEngine
from tests.tui.conftest import Stage
from tests.tui.places import (
    BACKUP,
    BUCKET,
    DATABASES,
    DETAILS,
    FIRST_START,
    FOLDER,
    FOLLOWED,
    FORM,
    HELP,
    JOBS,
    LEFTOVERS,
    LOG,
    PEEK,
    PLACES,
    PLAN,
    PROFILES,
    QUEUE_PLACE,
    QUITTING,
    RESTORE,
    RESULT,
    SEVERAL,
    TABLES,
    UNPEEKABLE,
    WHERE,
    Place,
    on_scene,
)
from tests.tui.test_footers import assert_fresh

pytestmark = pytest.mark.asyncio

Probe = Callable[[Stage], object]


def bindings() -> dict[str, Binding]:
    """All there are, by id."""
    found: dict[str, Binding] = {}
    for module in pkgutil.walk_packages(bak_tui.tui.__path__, "bak_tui.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__module__ == module.name:
                for binding in vars(kind).get("BINDINGS", ()):
                    assert binding.id, f"{kind}: a binding without an id"
                    found[binding.id] = binding
    return found


def screen(stage: Stage) -> object:
    return type(stage.app.screen).__name__


def focus(stage: Stage) -> object:
    return id(stage.app.focused)


def copied(stage: Stage) -> object:
    return stage.app.clipboard


def cursor(stage: Stage) -> object:
    return cast("Listing[Any]", stage.app.focused).current


def is_unfolded(stage: Stage) -> object:
    """Of the group under the cursor."""
    row = cast("Listing[TreeRow]", stage.app.focused).current
    return row and row.is_unfolded


def helped(stage: Stage) -> object:
    return bool(stage.app.screen.query(Help))


def scrolled_help(stage: Stage) -> object:
    return stage.app.screen.query_one(Help).scroll_offset.y


def scrolled_body(stage: Stage) -> object:
    return stage.app.screen.query_one("#body").scroll_offset.y


def told(stage: Stage) -> object:
    return len(stage.app._notifications)


def text(stage: Stage) -> object:
    return stage.text()


def shown_in_bucket(stage: Stage) -> object:
    return stage.bucket.folder


def cancelled(stage: Stage) -> object:
    return len(cast("SceneEngine", cast("SceneBak", stage.bak).engine).cancelled)


def moved(stage: Stage) -> object:
    return tuple(cast("SceneEngine", cast("SceneBak", stage.bak).engine).moved)


def repeated(stage: Stage) -> object:
    return len(cast("SceneEngine", cast("SceneBak", stage.bak).engine).repeated)


def chosen(stage: Stage) -> object:
    return [getattr(widget, "value", "") for widget in stage.app.screen.query("#mode, #provider")]


def unfolded(stage: Stage) -> object:
    return stage.app.screen.query_one("Folded").has_class("-unfolded")


def path(stage: Stage) -> object:
    return cast("FolderDialog", stage.app.screen).folder


def hidden(stage: Stage) -> object:
    return cast("FolderDialog", stage.app.screen).shows_hidden


@dataclass(frozen=True)
class Trial:
    """Where a key is pressed, after which others, and what changes by it."""

    place: Place
    probe: Probe
    becomes: object = None
    before: tuple[str, ...] = ()
    on: str = ""
    """The widget that gets the focus first."""


TRIALS: dict[str, Trial] = {
    "app.help": Trial(DATABASES, helped, True),
    "app.quit": Trial(DATABASES, screen, "Confirm"),
    "app.suspend": Trial(DATABASES, told),
    "app.theme": Trial(DATABASES, lambda stage: stage.app.theme),
    "app.palette": Trial(DATABASES, screen, "Palette"),
    "app.palette-ctrl+p": Trial(BACKUP, screen, "Palette"),
    "app.help-pagedown": Trial(HELP, scrolled_help),
    "app.help-pageup": Trial(HELP, scrolled_help, 0, ("pagedown",)),
    "pane.1": Trial(DATABASES, focus),
    "pane.2": Trial(BUCKET, focus),
    "pane.3": Trial(DATABASES, focus),
    "pane.4": Trial(DATABASES, focus),
    "pane.tab": Trial(DATABASES, focus),
    "pane.shift+tab": Trial(BUCKET, focus),
    "pane.zoom": Trial(DATABASES, lambda stage: stage.workbench.has_class("-zoomed"), True),
    "log": Trial(DATABASES, screen, "LogDialog"),
    "refresh": Trial(DATABASES, lambda stage: id(stage.workbench.board)),
    "copy-command": Trial(DATABASES, copied),
    "list.down": Trial(DATABASES, cursor),
    "list.up": Trial(DATABASES, cursor),
    "list.first": Trial(DATABASES, cursor),
    "list.last": Trial(DATABASES, cursor),
    "list.page-down": Trial(DATABASES, cursor),
    "list.page-up": Trial(DATABASES, cursor, None, ("G",)),
    "list.open": Trial(DATABASES, shown_in_bucket, "peregrine-prod/"),
    "pane.filter": Trial(DATABASES, focus),
    "pane.clear-filter": Trial(DATABASES, lambda stage: stage.databases.filter, "", ("slash", "x", "enter")),
    "pane.sort": Trial(DATABASES, lambda stage: str(stage.databases.border_subtitle)),
    "db.backup": Trial(DATABASES, screen, "BackupDialog"),
    "db.restore": Trial(DATABASES, screen, "RestoreDialog"),
    "db.verify": Trial(DATABASES, screen, "VerifyDialog"),
    "db.peek": Trial(DATABASES, screen, "PeekDialog"),
    "db.prove": Trial(DATABASES, screen, "ProveDialog"),
    "db.undo": Trial(DATABASES, told),
    "db.mark": Trial(DATABASES, lambda stage: set(stage.databases.listing.marks)),
    "db.mark-all": Trial(DATABASES, lambda stage: len(stage.databases.listing.marks)),
    "db.details": Trial(DATABASES, screen, "DetailsDialog"),
    "db.dump": Trial(DATABASES, screen, "FolderDialog"),
    "db.new-profile": Trial(FIRST_START, screen, "ProfileDialog"),
    "db.import-profile": Trial(FIRST_START, screen, "Pick"),
    "db.demo": Trial(FIRST_START, lambda stage: bool(stage.workbench.choices), True),
    "profiles.new": Trial(PROFILES, screen, "ProfileDialog"),
    "profiles.edit": Trial(PROFILES, screen, "ProfileDialog"),
    "profiles.test": Trial(PROFILES, screen, "ProfileDialog"),
    "profiles.import": Trial(PROFILES, screen, "Pick"),
    "profiles.delete": Trial(PROFILES, screen, "Confirm"),
    "bucket.up": Trial(BUCKET, shown_in_bucket, ""),
    "bucket.restore": Trial(BUCKET, screen, "RestoreDialog"),
    "bucket.verify": Trial(BUCKET, screen, "VerifyDialog"),
    "bucket.peek": Trial(BUCKET, screen, "PeekDialog"),
    "bucket.prove": Trial(BUCKET, screen, "ProveDialog"),
    "bucket.delete": Trial(BUCKET, screen, "TypeName"),
    "bucket.mark": Trial(BUCKET, lambda stage: set(stage.bucket.listing.marks)),
    "bucket.mark-all": Trial(BUCKET, lambda stage: len(stage.bucket.listing.marks)),
    "bucket.jump": Trial(BUCKET, screen, "JumpDialog"),
    "bucket.details": Trial(BUCKET, screen, "DetailsDialog"),
    "bucket.download": Trial(BUCKET, screen, "FolderDialog"),
    "bucket.upload": Trial(BUCKET, screen, "FolderDialog"),
    "bucket.copy": Trial(BUCKET, copied),
    "jobs.cancel": Trial(JOBS, cancelled),
    "jobs.sooner": Trial(QUEUE_PLACE, moved),
    "jobs.later": Trial(QUEUE_PLACE, moved),
    "jobs.again": Trial(QUEUE_PLACE, repeated, None, ("j", "j")),
    "jobs.clear": Trial(JOBS, lambda stage: len(stage.jobs.finished), 0),
    "confirm.yes": Trial(QUITTING, lambda stage: stage.app.return_value, 0),
    "confirm.no": Trial(QUITTING, screen, "Workbench"),
    "dialog.cancel": Trial(RESTORE, screen, "Workbench"),
    "dialog.accept": Trial(RESTORE, text, on="FormButton"),
    "dialog.close": Trial(RESTORE, screen, "Workbench"),
    "dialog.copy": Trial(RESTORE, copied),
    "dialog.help": Trial(RESTORE, helped, True),
    "dialog.down": Trial(PLAN, scrolled_body),
    "dialog.up": Trial(PLAN, scrolled_body, 0, ("down",)),
    "dialog.page-down": Trial(PLAN, scrolled_body),
    "dialog.page-up": Trial(PLAN, scrolled_body, 0, ("down",)),
    "restore.back": Trial(PLAN, text),
    "restore.whole": Trial(PLAN, text),
    "restore.next": Trial(RESTORE, focus),
    "log.close": Trial(LOG, screen, "Workbench"),
    "log.copy": Trial(LOG, copied),
    "log.follow": Trial(FOLLOWED, text),
    "log.filter": Trial(LOG, focus),
    "log.repeat": Trial(LOG, repeated),
    "log.lines": Trial(LOG, lambda stage: "v all lines" in stage.text(), False),
    "result.log": Trial(RESULT, screen, "LogDialog"),
    "result.copy": Trial(RESULT, copied),
    "result.tables": Trial(SEVERAL, lambda stage: "tables match" in stage.text(), True),
    "result.repeat": Trial(SEVERAL, screen, "Workbench"),
    "details.close": Trial(DETAILS, screen, "Workbench"),
    "details.copy": Trial(DETAILS, copied),
    "peek.close": Trial(PEEK, screen, "Workbench"),
    "peek.mark": Trial(PEEK, text),
    "peek.restore": Trial(PEEK, screen, "RestoreDialog"),
    "peek.filter": Trial(PEEK, focus),
    "peek.unfold": Trial(PEEK, is_unfolded, True, ("left",)),
    "peek.fold": Trial(PEEK, cursor),
    "peek.columns": Trial(PEEK, lambda stage: "columns 1 to" in stage.text(), False),
    "peek.again": Trial(UNPEEKABLE, lambda stage: id(cast("PeekDialog", stage.app.screen)._peek)),
    "peek.next": Trial(PEEK, focus),
    "leftovers.clean": Trial(LEFTOVERS, screen, "Workbench"),
    "leftovers.drop": Trial(LEFTOVERS, screen, "Workbench"),
    "leftovers.keep": Trial(LEFTOVERS, screen, "Workbench"),
    "backup.options": Trial(BACKUP, unfolded, True),
    "backup.next": Trial(BACKUP, focus),
    "restore.tables": Trial(WHERE, screen, "TablesDialog", on="#how"),
    "restore.sessions": Trial(PLAN, screen, "DetailsDialog"),
    "tables.mark": Trial(TABLES, text),
    "tables.all": Trial(TABLES, text),
    "tables.filter": Trial(TABLES, focus),
    "tables.next": Trial(TABLES, focus),
    "restore.options": Trial(WHERE, unfolded, True),
    "folder.up": Trial(FOLDER, path, on="Listing"),
    "folder.hidden": Trial(FOLDER, hidden, True, on="Listing"),
    "folder.next": Trial(FOLDER, focus),
    "folder.list": Trial(FOLDER, focus),
    "profile.save": Trial(FORM, text, on="#mode"),
    "profile.test": Trial(FORM, text, on="#mode"),
    "profile.import": Trial(FORM, screen, "Pick", on="#mode"),
    "profile.next": Trial(FORM, focus),
    "profile.previous": Trial(FORM, focus, on="#mode"),
    "choice.next": Trial(FORM, chosen, on="#mode"),
    "choice.previous": Trial(FORM, chosen, on="#mode"),
    "choice.choose": Trial(FORM, chosen, on="#mode"),
    "choice.open": Trial(FORM, screen, "Pick", on="#provider"),
    "button.press": Trial(RESTORE, screen, "Workbench", on="FormButton:last-of-type"),
    "help.down": Trial(HELP, scrolled_help),
    "help.up": Trial(HELP, scrolled_help, 0, ("down",)),
    "help.page-down": Trial(HELP, scrolled_help),
    "help.page-up": Trial(HELP, scrolled_help, 0, ("down",)),
    "help.close": Trial(HELP, helped, False),
}
_PATIENCE = 60.0
"""Seconds: some keys read files or import a library in a thread first, on a machine that does much else."""
LEAST = (60, 15)
"""Columns and rows: with fewer it is said to be too small."""
_LAST = ("jobs.clear", "confirm.yes", "db.demo")
"""What cannot be undone comes last where it is tried."""


async def test_every_binding_is_tried() -> None:
    assert set(bindings()) == set(TRIALS)


async def test_every_binding_has_a_place_where_it_can_be_given_another_key() -> None:
    contexts = (*CONTEXTS, EVERY_DIALOG, *DIALOGS, HELP_CONTEXT)
    named = {binding.id for context in contexts for binding in context.bindings()}
    of_fields = {name for name in bindings() if name.startswith(("choice.", "button."))}
    assert set(bindings()) - named == of_fields


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_every_key_does_what_its_binding_says(place: Place) -> None:
    known = bindings()
    mine = sorted((name for name, trial in TRIALS.items() if trial.place is place), key=_LAST.__contains__)
    async with place.reached() as stage:
        for name in mine:
            for key in known[name].key.split(","):
                await _try(stage, name, key.strip())


async def _try(stage: Stage, name: str, key: str) -> None:
    trial = TRIALS[name]
    await trial.place.enter(stage)
    if trial.on:
        candidates = [widget for widget in stage.app.screen.query(trial.on) if widget.focusable]
        widget = candidates[-1] if "last" in trial.on else candidates[0]
        stage.app.screen.set_focus(widget)
    for other in trial.before:
        await stage.press(other)
    await stage.rest()
    was = trial.probe(stage)
    assert trial.becomes is None or was != trial.becomes, f"{name}: {was!r} before {key} is pressed"
    await stage.press(key)

    def has_changed() -> bool:
        now = trial.probe(stage)
        return now != was if trial.becomes is None else now == trial.becomes

    try:
        await stage.until(has_changed, _PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{name}: {key} changes nothing from {was!r}\n{error}") from None
    if stage.app.is_running and stage.app.return_value is None:
        await assert_fresh(stage, f"after {key} in {trial.place.name}")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_the_footer_shows_only_keys_that_work_and_help_lists_every_key(place: Place) -> None:
    known = bindings()
    async with place.reached() as stage:
        await place.enter(stage)
        for size in (place.size, LEAST):
            await stage.pilot.resize_terminal(*size)
            await stage.until(lambda: stage.app.screen.size == size)  # noqa: B023  # awaited here
            await stage.rest()
            active = stage.app.screen.active_bindings
            works = {each.binding.id for each in active.values() if each.enabled}
            for keys in stage.app.screen.query(Keys):
                assert keys.shown <= works | {"app.help"}, "a key in the footer that does nothing"
                assert keys.shown & {"app.help", "dialog.help"} or not works & {"app.help", "dialog.help"}
                assert width_of(keys.lines[0]) <= size[0] - 2, "a footer that is cut"
                pressed = {(each.binding.id, short_name(key)) for key, each in active.items()}
                named = {(name, keys.names[name]) for name in keys.shown if name in keys.names}
                assert named <= pressed, "a key in the footer that another takes, such as a field"
            for button in stage.app.screen.query(FormButton):
                hit, _ = stage.app.screen.get_widget_at(button.region.x + 1, button.region.y)
                assert hit is button, f"{button.lines} is not to be clicked at {size} in {place.name}"
        if place is HELP:
            return
        listed = {each.binding.id for each in active.values() if each.binding.id}
        await stage.press("f1")
        await stage.until(lambda: stage.app.screen.query(Help))
        await stage.rest()
        lines = stage.app.screen.query_one(Help).query_one(Widget).lines  # type: ignore[attr-defined]
        said = " ".join(" ".join("".join(part for part, _ in line).split()) for line in lines)
        for name in listed & known.keys():
            binding = known[name]
            words = binding.group.description if binding.group else binding.tooltip or binding.description
            is_opening = name == "list.open"
            assert is_opening or words[1:] in said, f"{name} is not in the help of {place.name}:\n{said}"


async def test_the_dialogs_that_have_only_the_keys_of_all_dialogs_show_such_as_work_and_help() -> None:
    async with on_scene((80, 24)) as stage:
        profile, board = stage.workbench.profile, stage.workbench.board
        assert profile is not None
        assert board is not None
        dumps = next(row.dumps for row in board.rows if row.database == "indexd-prod")
        small: tuple[Dialog[Any], ...] = (
            VerifyDialog(profile, dumps, NOW, 2),
            ProveDialog(profile, dumps, NOW, 2),
            TypeName(
                "Delete", profile, "This deletes", [("lost", "x")], name="x", verb="Delete", place="here"
            ),
            AskPassword("x", "PROD", "a password is wanted"),
            JumpDialog(profile, "x/"),
            Pick("Pick", [[("one", "text")]]),
        )
        for dialog in small:
            stage.app.push_screen(dialog)
            await stage.until(lambda: stage.app.screen is dialog and dialog.query(Keys))  # noqa: B023
            await stage.rest()
            footer = dialog.query_one(Keys)
            calls = "f1" if isinstance(stage.app.focused, Input) else "?"
            assert footer.names["dialog.help"] == calls, dialog
            assert "dialog.help" in footer.shown
            assert ("dialog.copy" in footer.shown) == bool(dialog.command())
            await stage.press("f1")
            await stage.until(lambda: dialog.query(Help))  # noqa: B023  # awaited here
            await stage.rest()
            assert "these keys" in stage.text()
            assert "close it" in stage.text()
            await stage.press("f1", "escape")
            await stage.until(lambda: stage.app.screen is stage.workbench)
    with_keys = {kind for context in DIALOGS for kind in context.kinds}
    assert with_keys | {type(dialog) for dialog in small} == {
        kind for kind in Dialog.__subclasses__() if kind.__module__.startswith("bak_tui.")
    }


async def test_a_dead_key_on_a_database_or_in_the_bucket_says_why() -> None:
    async with DATABASES.reached() as stage:
        await DATABASES.enter(stage)
        await stage.go_to(stage.databases, "gecko-prod")
        await stage.press("R")
        await stage.until(lambda: "R does not work here: gecko-prod has no dump" in stage.text())
        await BUCKET.enter(stage)
        stage.bucket.listing.go_to(len(stage.bucket.listing.items) - 1)
        await stage.press("V")
        await stage.until(lambda: "V does not work here: no dump is under the cursor" in stage.text())
        profile = stage.workbench.profile
        assert profile is not None
        stage.workbench.profile = replace(profile, is_read_only=True)
        await stage.press("D")
        await stage.until(lambda: "D does not work here: gen3-prod is read-only" in stage.text())
        stage.workbench.profile = profile
        board = stage.workbench.board
        assert board is not None
        lost = tuple(replace(row, is_on_server=None) for row in board.rows)
        stage.databases.show_board(replace(board, rows=lost))
        await stage.press("2", "b")
        await stage.until(lambda: "b does not work here: the server could not be asked" in stage.text())
        await BUCKET.enter(stage)
        stage.bucket.listing.go_to(len(stage.bucket.listing.items) - 1)
        stage.workbench.board = None
        await stage.press("R")
        await stage.until(lambda: "R does not work here: what is in the bucket is not" in stage.text())


async def test_a_key_that_does_not_work_here_says_why_when_it_is_pressed_and_in_the_help() -> None:
    async with QUEUE_PLACE.reached() as stage:
        await QUEUE_PLACE.enter(stage)
        running = min(status.id for status in stage.jobs.running)
        await stage.press("g", "plus")
        await stage.until(lambda: f"+ does not work here: job {running} does not wait" in stage.text())
        await stage.press("A")
        await stage.until(lambda: f"A does not work here: job {running} has not ended" in stage.text())
        await stage.press("G", "x")
        ended = max(stage.jobs.finished, key=lambda status: -status.id).id
        await stage.until(lambda: f"x does not work here: job {ended} has ended" in stage.text())
        assert not cancelled(stage)
        await stage.press("f1")
        await stage.until(lambda: f"(not now: job {ended} has ended)" in " ".join(stage.text().split()))


@pytest.mark.parametrize(
    ("place", "key", "verb"),
    [
        (DATABASES, "b", "backup"),
        (DATABASES, "V", "verify"),
        (DATABASES, "P", "prove"),
        (DATABASES, "d", "dump"),
        (BUCKET, "w", "download"),
        (BUCKET, "u", "upload"),
        (BUCKET, "R", "restore"),
        (BUCKET, "D", "delete"),
        (LEFTOVERS, "", "doctor"),
    ],
    ids=["backup", "verify", "prove", "dump", "download", "upload", "restore", "delete", "doctor"],
)
async def test_a_dialog_shows_the_bak_line_and_copies_it(place: Place, key: str, verb: str) -> None:
    async with place.reached() as stage:
        await place.enter(stage)
        if key:
            await stage.press(key)
        await stage.until(lambda: isinstance(stage.app.screen, Dialog))
        dialog = cast("Dialog[object]", stage.app.screen)
        await stage.until(lambda: f"$ bak {verb} --profile gen3-prod" in stage.text())
        await stage.press("ctrl+y")
        assert stage.app.clipboard == dialog.command()


ASKS_NO_VERB = {"AskPassword", "Pick", "DetailsDialog", "LogDialog", "PeekDialog", "ResultDialog"}
"""They ask for a word, or show what is: no `bak` line begins what they answer."""


async def test_every_dialog_of_a_verb_has_its_bak_line() -> None:
    bindings()  # imports them all
    kinds = {kind.__name__: kind for kind in Dialog.__subclasses__()}
    without = {name for name, kind in kinds.items() if kind.command is Dialog.command}
    assert without == ASKS_NO_VERB & without
    assert "FolderDialog" in kinds


async def test_forgetting_and_making_a_profile_show_the_line_that_does_it() -> None:
    async with PROFILES.reached() as stage:
        await PROFILES.enter(stage)
        await stage.press("D")
        await stage.until(lambda: "$ bak profiles rm gen3-prod --yes" in stage.text())
        await FORM.enter(stage)
        stage.app.screen.query_one("#name", Input).value = "new one"
        stage.app.screen.query_one("#host", Input).value = "db"
        await stage.until(lambda: "$ bak profiles add 'new one' --host db" in stage.text())
