"""What panes say while they wait or nobody answers, and what a filter finds: on the scenes' data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.widgets._toast import Toast

from bak_tui.core.databases import ServerIdentity
from bak_tui.core.errors import BakError, PasswordNeeded, ServerError, StoreError
from bak_tui.core.jobs import JobId, JobState
from bak_tui.core.objects import Page
from bak_tui.core.profile import Profile
from bak_tui.core.secret import Secret
from bak_tui.services.history import PastJobs
from bak_tui.tui.dialogs.ask import AskPassword
from bak_tui.tui.messages import JobUpdated
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.profiles import ProfilesPane, Reach
from bak_tui.tui.session.choices import Choice, choice_of
from bak_tui.tui.widgets.header import Header
from tests.scenes import databases
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.drawing import SceneApp
from tests.scenes.jobs import RUNNING
from tests.scenes.scene_bak import (
    SERVER_LOST,
    STORE_LOST,
    KeptServer,
    LockedServer,
    LostServer,
    SceneBak,
    SceneServer,
    SceneStore,
)
from tests.tui.conftest import Stage
from tests.tui.places import on_scene

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def on_a_slow_bucket(server: SceneServer) -> AsyncIterator[Stage]:
    bak = SceneBak.waiting(server)
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        try:
            yield Stage(app, pilot, bak)
        finally:
            assert bak.may_answer is not None
            bak.may_answer.set()


async def bucket_answers(stage: Stage) -> None:
    assert isinstance(stage.bak, SceneBak)
    assert stage.bak.may_answer is not None
    assert not stage.has_whole_board()
    stage.bak.may_answer.set()
    await stage.until(stage.has_whole_board)
    await stage.rest()


async def test_a_password_is_asked_for_once_however_late_the_bucket_answers() -> None:
    server = LockedServer()
    server.may_ask.set()
    async with on_a_slow_bucket(server) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))
        await bucket_answers(stage)
        assert [isinstance(screen, AskPassword) for screen in stage.app.screen_stack].count(True) == 1
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.workbench)
        await stage.press("r")
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))


async def test_a_password_that_is_refused_is_asked_for_again_with_what_the_server_said() -> None:
    server = FadingServer()
    server.failure = ServerError("db refused: password authentication failed", kind="wrong_password")
    bak = SceneBak(server=server)
    choices = (choice_of(databases.PROFILE, "PGPASSWORD"), *CHOICES[1:])
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak, choices=choices))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: isinstance(app.screen, AskPassword))
        await stage.until(lambda: "password authentication failed" in stage.text())
        assert "The password that was refused came from PGPASSWORD." in stage.text()
        await stage.press(*"tr0ub4dor", "enter")
        await stage.until(lambda: "The password that was refused is the one typed here." in stage.text())
        assert "tr0ub4dor" not in stage.text()
        server.failure = None
        await stage.press(*"right", "enter")
        await stage.until(lambda: app.screen is stage.workbench)
        await stage.until(stage.has_whole_board)
        await stage.until(lambda: "wrong password" not in stage.text())


async def test_a_lost_server_is_told_once_however_late_the_bucket_answers() -> None:
    async with on_a_slow_bucket(LostServer()) as stage:
        await stage.until(lambda: len(stage.app.screen.query(Toast)) == 1)
        await bucket_answers(stage)
        assert len(stage.app.screen.query(Toast)) == 1


class FadingServer(SceneServer):
    """Answers until it fails."""

    failure: BakError | None = None

    def identity(self) -> ServerIdentity:
        if self.failure is not None:
            raise self.failure
        return super().identity()


class FadingStore(SceneStore):
    """Lists until it fails; then it is empty, or refuses."""

    failure: BakError | None = None

    def pages(
        self, prefix: str, *, delimiter: str = "", start_after: str = "", first: int = 1000
    ) -> Iterator[Page]:
        if self.failure is not None:
            raise self.failure
        return super().pages(prefix, delimiter=delimiter, start_after=start_after, first=first)


def names(pane: DatabasesPane | BucketPane) -> list[str]:
    return [getattr(row, "database", "") or getattr(row, "name", "") for row in pane.listing.items]


@asynccontextmanager
async def fading(size: tuple[int, int] = (160, 45)) -> AsyncIterator[tuple[Stage, FadingServer, FadingStore]]:
    """All four panes hold rows, the cursor is in the midst of each."""
    server, store = FadingServer(), FadingStore(databases.objects())
    bak = SceneBak(server=server, store=store)
    app = SceneApp(Scene("test", size, bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        await stage.until(lambda: len(stage.bucket.listing.items) > 5)
        stage.databases.listing.go_to(3)
        stage.bucket.listing.go_to(4)
        yield stage, server, store


async def test_rows_stay_under_the_cursor_and_say_since_when_while_nobody_answers() -> None:
    async with fading() as (stage, server, store):
        panes = (stage.databases, stage.bucket)
        before = [(names(pane), pane.listing.cursor) for pane in panes]
        jobs = list(stage.jobs.listing.items)
        profiles = stage.workbench.query_one(ProfilesPane)
        server.failure, store.failure = SERVER_LOST, STORE_LOST
        await stage.press("r")
        await stage.until(lambda: all("stale since" in str(pane.border_subtitle) for pane in panes))
        await stage.until(lambda: len(stage.app.screen.query(Toast)) == 2)
        assert [(names(pane), pane.listing.cursor) for pane in panes] == before
        assert f"{databases.NOW:%H:%M} UTC" in str(stage.bucket.border_subtitle)
        assert list(stage.jobs.listing.items) == jobs
        assert profiles.listing.items[0].reach is Reach.LOST
        assert stage.text().splitlines()[0].count("unreachable") == 2
        board = stage.workbench.board
        assert board is not None
        assert board.at_risk > 0
        assert all(row.verdict for row in board.rows)
        server.failure = store.failure = None
        await stage.press("r")
        await stage.until(lambda: not any("stale" in str(pane.border_subtitle) for pane in panes))
        assert [(names(pane), pane.listing.cursor) for pane in panes] == before
        assert "unreachable" not in stage.text().splitlines()[0]


async def test_a_screen_without_frames_says_in_its_header_that_rows_are_stale() -> None:
    async with fading((80, 24)) as (stage, server, _):
        server.failure = SERVER_LOST
        await stage.press("2", "r")
        await stage.until(lambda: "stale since" in stage.text().splitlines()[0])
        assert "unreachable" in stage.text().splitlines()[0]
        assert "fence-prod" in stage.text()


async def test_a_folder_that_cannot_be_listed_says_why_below_the_way_up() -> None:
    async with fading((120, 36)) as (stage, _, store):
        await stage.go_to(stage.bucket, "fence-prod/")
        store.failure = STORE_LOST
        await stage.press("enter")
        await stage.until(lambda: "✗ cannot list s3://aced-backups/gen3/" in stage.text())
        assert [entry.name for entry in stage.bucket.listing.items] == [".."]
        assert "check the endpoint and the network" in stage.text()
        assert "the listing broke off" in str(stage.bucket.border_subtitle)
        store.failure = None
        store.empty()
        await stage.press("r")
        await stage.until(lambda: "nothing is stored here yet" in stage.text())
        await stage.press("h")
        await stage.until(lambda: stage.bucket.folder == "")


async def test_a_folder_that_was_emptied_meanwhile_is_empty_and_says_what_fills_it() -> None:
    async with fading((120, 36)) as (stage, _, store):
        store.empty()
        await stage.press("3", "r")
        await stage.until(lambda: "nothing is stored here yet" in stage.text())
        assert "takes its first backup" in stage.text()
        assert "stale" not in stage.text()


class Damaged(SceneBak):
    """Its history has lines that nobody can read."""

    def history(self, last: int | None = None) -> PastJobs:
        return replace(
            super().history(last), problems=("/state/history.jsonl: 2 of its lines cannot be read",)
        )


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=str)
async def test_a_history_that_cannot_be_read_is_told_as_long_as_it_is_so(size: tuple[int, int]) -> None:
    bak = Damaged()
    app = SceneApp(Scene("test", size, bak=lambda: bak))
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.press("4")
        await stage.until(lambda: "▲ the history is not whole" in stage.text())
        app.clear_notifications()
        await stage.press("G")
        await stage.until(lambda: not app.screen.query(Toast))
        assert "▲ /state/history.jsonl: 2 of its lines cannot be read" in stage.text()
        await stage.press("slash", *"no such job", "enter")
        await stage.until(lambda: "nothing matches" in stage.text())
        assert "cannot be read" in stage.text()


async def test_what_a_swap_keeps_names_no_key_that_a_read_only_profile_does_not_have() -> None:
    for is_read_only in (False, True):
        bak = SceneBak(server=KeptServer())
        choices = (choice_of(replace(databases.PROFILE, is_read_only=is_read_only)),)
        app = SceneApp(Scene("test", (160, 45), bak=lambda: bak, choices=choices))  # noqa: B023  # called here
        async with app.run_test(size=(160, 45), notifications=True) as pilot:
            stage = Stage(app, pilot, bak)
            await stage.until(stage.has_whole_board)
            await stage.press("G", "k")
            await stage.until(lambda: "uncounted" in stage.text())  # noqa: B023  # awaited here
            assert ("U makes it" in stage.text()) is not is_read_only
            assert ("it stays: gen3-prod is read-only" in stage.text()) is is_read_only


HEADERS = {
    "locked": (PasswordNeeded("db wants a password"), None, "wants a password", Reach.LOCKED),
    "refused": (ServerError("db refused", kind="refused"), None, "refused", Reach.REFUSED),
    "bucketless": (None, StoreError("none", kind="no_bucket"), "no such bucket", Reach.OPEN),
    "denied": (None, StoreError("denied", kind="access_denied"), "access denied", Reach.OPEN),
}


@pytest.mark.parametrize("case", HEADERS)
async def test_the_header_says_what_is_wrong_or_wanted(case: str) -> None:
    of_server, of_store, said, reach = HEADERS[case]
    server, store = FadingServer(), FadingStore(databases.objects())
    server.failure, store.failure = of_server, of_store
    bak = SceneBak(server=server, store=store)
    app = SceneApp(Scene("test", (80, 24), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        header = stage.workbench.query_one(Header)
        await stage.until(lambda: said in str(header.render_line(0).text))
        assert "unreachable" not in header.render_line(0).text
        assert stage.workbench.query_one(ProfilesPane).listing.items[0].reach is reach


@pytest.mark.parametrize(
    ("typed", "found"), [("2026-11-2", 4), ("2026-11-14 09:30", 1), ("2026-09", 2), ("--", 0)]
)
async def test_a_time_finds_the_dump_as_its_row_shows_it(typed: str, found: int) -> None:
    async with on_scene() as stage:
        await stage.go_to(stage.databases, "indexd-prod")
        await stage.press("enter")
        await stage.until(lambda: len(stage.bucket.listing.items) > 10)
        await stage.press("slash", *typed)
        await stage.until(lambda: f"{found} of 15" in str(stage.bucket.border_subtitle))


async def test_a_password_that_is_not_given_is_asked_for_once_and_again_only_by_r() -> None:
    server = FadingServer()
    server.failure = PasswordNeeded("db wants a password")
    bak = SceneBak(server=server)
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: isinstance(app.screen, AskPassword))
        await stage.press("escape")
        await stage.until(lambda: app.screen is stage.workbench)
        for number in (1, 2, 3):
            before = stage.workbench.board
            ended = replace(RUNNING[0], id=JobId(900 + number), state=JobState.OK, outcome="done")
            stage.workbench.post_message(JobUpdated(ended))
            await stage.until(lambda: stage.workbench.board is not before)  # noqa: B023  # awaited here
            await stage.rest()
            assert app.screen is stage.workbench, "nobody has asked for it"
        assert "wants a password" in stage.text().splitlines()[0]
        assert stage.workbench.query_one(ProfilesPane).listing.items[0].reach is Reach.LOCKED
        await stage.press("r")
        await stage.until(lambda: isinstance(app.screen, AskPassword))


async def test_a_profile_whose_password_is_not_given_says_so_everywhere_and_r_asks_again() -> None:
    def locked(password: Secret | None) -> Profile:
        if password is None:
            raise PasswordNeeded("the profile vault asks for its password")
        return databases.PROFILE

    bak = SceneBak()
    choice = Choice("vault", "PROD", is_read_only=False, open=locked, password_source=lambda: "")
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak, choices=(choice,)))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: isinstance(app.screen, AskPassword))
        await stage.press("escape")
        await stage.until(lambda: "try again" in stage.text())
        header = stage.text().splitlines()[0]
        assert "vault" in header
        assert "wants a password" in header
        assert "the profile vault asks for its password" in stage.text()
        ended = replace(RUNNING[0], id=JobId(901), state=JobState.OK, outcome="done")
        stage.workbench.post_message(JobUpdated(ended))
        await stage.until(lambda: JobId(901) in {status.id for status in stage.jobs.finished})
        await stage.rest()
        assert app.screen is stage.workbench
        await stage.press("r")
        await stage.until(lambda: isinstance(app.screen, AskPassword))


async def test_what_is_wrong_with_an_end_is_told_once_until_it_is_asked_for_or_changes() -> None:
    async with fading((120, 36)) as (stage, _, store):

        async def ended(number: int) -> None:
            before = stage.workbench.board
            told = replace(RUNNING[0], id=JobId(number), state=JobState.OK, outcome="done")
            stage.workbench.post_message(JobUpdated(told))
            await stage.until(lambda: stage.workbench.board is not before)
            await stage.rest()

        store.failure = STORE_LOST
        for number in (901, 902, 903):
            await ended(number)
        await stage.until(lambda: len(complaints(stage)) == 1)
        store.failure = StoreError("denied", kind="access_denied")
        await ended(904)
        await stage.until(lambda: len(complaints(stage)) == 2)
        await stage.press("r")
        await stage.until(lambda: len(complaints(stage)) == 3)


def complaints(stage: Stage) -> list[str]:
    """The toasts that tell of a failure."""
    return [each.message for each in stage.app._notifications if each.severity == "error"]
