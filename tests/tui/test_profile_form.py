"""The profile form: made, tried, saved, changed and forgotten by keys, on real servers."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.foreign import visible
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.ask import AskPassword, Confirm
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.panes.profiles import ProfilesPane
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import stored_choice
from bak_tui.tui.widgets.choosing import Chooser
from bak_tui.tui.widgets.fields import TextField
from bak_tui.tui.widgets.header import Header
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pressing import FormButton
from tests.operations.conftest import House
from tests.tui.conftest import Stage

pytestmark = pytest.mark.asyncio

NOTHING_THERE = {"server": {"host": "127.0.0.1", "port": "1"}}
"""A server that refuses at once."""


@pytest.fixture
def home(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house with a file of profiles, and a user who has nothing else."""
    for name in ("PGSERVICEFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGSYSCONFDIR", str(tmp_path))
    house.config = tmp_path / "etc" / "config.toml"
    return house


@asynccontextmanager
async def opened(home: House, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Stage]:
    """The app on the file's profiles."""
    bak = home.bak()
    app = BakApp(Begun(bak, Workbench(bak, [stored_choice(bak, stored) for stored in bak.profiles.all()])))
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.answered()
        yield stage


def save(home: House, name: str, raw: Mapping[str, object]) -> None:
    home.bak().profiles.save(parse_profile(name, raw))


def form(stage: Stage) -> ProfileDialog:
    screen = stage.app.screen
    assert isinstance(screen, ProfileDialog), stage.text()
    return screen


def is_within(outer: Widget, inner: Widget) -> bool:
    """Whether all of it is in sight there."""
    return outer.region.contains_region(inner.region)


async def form_by(stage: Stage, *keys: str) -> ProfileDialog:
    await stage.press(*keys)
    await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
    # Toasts of profiles that cannot be reached lie over what is looked at here.
    stage.app.clear_notifications()
    await stage.rest()
    return form(stage)


async def profiles_pane(stage: Stage) -> ProfilesPane:
    pane = stage.workbench.query_one(ProfilesPane)
    await stage.press("1")
    await stage.until(lambda: pane.listing.has_focus)
    return pane


def is_known(dialog: ProfileDialog) -> bool:
    return dialog._form.password is not None


def ready(stage: Stage) -> bool:
    return stage.app.focused is not None and not isinstance(stage.app.focused, Listing)


def field(stage: Stage, name: str) -> TextField:
    return form(stage).query_one(f"#{name}", TextField)


def chooser(stage: Stage, name: str) -> Chooser:
    return form(stage).query_one(f"#{name}", Chooser)


async def type_into(stage: Stage, name: str, text: str) -> None:
    """As an operator does it who pastes."""
    field(stage, name).focus()
    await stage.rest()
    await stage.press("home", "ctrl+k")
    field(stage, name).post_message(events.Paste(text))
    await stage.rest()


async def choose(stage: Stage, name: str, value: str) -> None:
    """By the arrow keys."""
    chooser(stage, name).focus()
    for _ in chooser(stage, name).options:
        if chooser(stage, name).value == value:
            break
        await stage.press("right")
    assert chooser(stage, name).value == value


async def saved_by(stage: Stage, *keys: str) -> None:
    await stage.press(*keys)
    await stage.until(lambda: not isinstance(stage.app.screen, ProfileDialog))
    await stage.answered()  # the profiles are read again, which the end of the program would meet


def keys_file(home: House, tmp_path: Path) -> Path:
    assert home.target.secret_key is not None
    path = tmp_path / "s3-keys"
    path.write_text(f"{home.target.access_key}\n{home.target.secret_key.reveal()}\n")
    path.chmod(0o600)
    return path


def uri_of(home: House) -> tuple[str, str]:
    """A URI with its password, and the password."""
    server = home.server
    assert server.password is not None
    password = server.password.reveal()
    return f"postgresql://{server.user}:{password}@{server.host}:{server.port}/postgres", password


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_a_first_profile_is_pasted_tried_saved_and_opened(
    home: House, tmp_path: Path, size: tuple[int, int]
) -> None:
    uri, password = uri_of(home)
    async with opened(home, size) as stage:
        await stage.until(lambda: "nothing found here to import" in stage.text())
        assert "no profile yet" in stage.text()
        await form_by(stage, "n")
        await stage.press(*"here")
        await type_into(stage, "uri", uri)
        await stage.until(lambda: field(stage, "host").text == home.server.host)
        assert field(stage, "port").text == home.server.port
        assert field(stage, "uri").text == ""
        assert chooser(stage, "password").value == "prompt"
        assert "password is not stored" in stage.text()
        await choose(stage, "provider", "other")
        await type_into(stage, "endpoint", str(home.target.endpoint))
        await type_into(stage, "bucket", f"s3://{home.target.bucket}/gen3/")
        assert field(stage, "bucket").text == home.target.bucket
        assert field(stage, "prefix").text == "gen3/"
        await choose(stage, "addressing", "path")
        await choose(stage, "keys", "file")
        await type_into(stage, "keys_detail", str(keys_file(home, tmp_path)))
        await stage.press("ctrl+t")
        await stage.until(lambda: states(stage) == ["● reached", "● works"])
        assert home.keys() == set()
        await saved_by(stage, "ctrl+s")
        # The password that was pasted is not asked for once more.
        await stage.until(lambda: stage.workbench.board is not None)
        assert stage.workbench.board is not None
        assert stage.workbench.board.server_error is None
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    written = home.config.read_text()
    assert password not in written
    assert 'password = {from = "prompt"}' in written
    assert [stored.name for stored in home.bak().profiles.all()] == ["here"]


def states(stage: Stage) -> list[str]:
    """What stands over both halves."""
    shown = [form(stage).query_one(f"#{end}-state") for end in ("server", "target")]
    return ["".join(text for line in getattr(each, "lines", []) for text, _ in line) for each in shown]


async def test_changing_one_thing_keeps_the_rest_of_the_file(home: House) -> None:
    home.config.parent.mkdir()
    home.config.write_text(
        "# ours\n[profiles.here]\nmax_age = '2d'  # weekly is too old\n"
        "[profiles.here.server]\nhost = '127.0.0.1'\nport = 1\ndatabase = 'inside'  # not postgres\n"
        "options = { connect_timeout = '3' }\n\n[profiles.other.server]\nhost = 'elsewhere'\n"
    )
    async with opened(home) as stage:
        await profiles_pane(stage)
        await form_by(stage, "e")
        assert field(stage, "max_age").text == "2d"
        assert (field(stage, "database").text, field(stage, "options").text) == (
            "inside",
            "connect_timeout=3",
        )
        await type_into(stage, "user", "backup")
        await choose(stage, "label", "STAGE")
        await saved_by(stage, "ctrl+s")
        await stage.until(lambda: "STAGE" in stage.text())
    written = home.config.read_text()
    for kept in ("# ours", "# weekly is too old", "# not postgres", "connect_timeout", "elsewhere"):
        assert kept in written
    first = home.bak().profiles.all()[0]
    assert first.server is not None
    assert (first.environment, first.server.user, first.server.database) == ("STAGE", "backup", "inside")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "70000", "server.port"),
        ("host", "postgres://u:hunter2@h", "server.host"),
        ("max_age", "soon", "max_age"),
        ("endpoint", "nonsense", "target.endpoint"),
        ("bucket", "a b", "target.bucket"),
        ("name", "-x", "name"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_lost(
    home: House, name: str, value: str, said: str
) -> None:
    async with opened(home) as stage:
        await form_by(stage, "n")
        for each, text in (("name", "here"), ("host", "h"), ("bucket", "b"), (name, value)):
            await type_into(stage, each, text)
        await stage.press("ctrl+s")
        await stage.until(lambda: f"{said}:" in stage.text())
        assert "✗" in stage.text()
        assert field(stage, name).text == value
        assert stage.app.focused is field(stage, name)
        complaint = form(stage).query_one("#complaint")
        assert "hunter2" not in str(getattr(complaint, "lines", ""))
    assert not home.config.exists()


async def test_a_name_that_is_taken_is_not_overwritten(home: House) -> None:
    save(home, "here", NOTHING_THERE)
    before = home.config.read_text()
    async with opened(home) as stage:
        await profiles_pane(stage)
        await form_by(stage, "n")
        await type_into(stage, "name", "here")
        await type_into(stage, "bucket", "b")
        await stage.press("ctrl+s")
        await stage.until(lambda: "there is a profile here already" in stage.text())
    assert home.config.read_text() == before


async def test_prod_and_read_only_are_seen(home: House) -> None:
    save(home, "live", {"environment": "PROD", "read_only": True, **NOTHING_THERE})
    async with opened(home) as stage:
        await profiles_pane(stage)
        await form_by(stage, "e")
        title = next(row for row in stage.text().splitlines() if "Edit profile" in row)
        assert "PROD  live" in title
        assert "● read-only" in stage.text()
        await choose(stage, "mode", "read and write")
        await saved_by(stage, "ctrl+s")
    assert not home.bak().profiles.all()[0].is_read_only


async def test_an_end_that_fails_says_so_and_does_not_hide_the_other(home: House) -> None:
    target = {"bucket": home.target.bucket, "keys": {"from": "env", "names": ["NO_SUCH_A", "NO_SUCH_B"]}}
    save(home, "broken", {**NOTHING_THERE, "target": target})
    async with opened(home) as stage:
        await profiles_pane(stage)
        await form_by(stage, "t")
        await stage.until(lambda: states(stage) == ["✗ does not work", "✗ does not work"])
        assert "NO_SUCH_A" in stage.text()
        assert "cannot reach PostgreSQL" in stage.text()
        await type_into(stage, "port", "2")
        assert states(stage) == ["", "✗ does not work"]


async def test_an_end_that_fails_out_of_sight_is_brought_into_it(home: House) -> None:
    save(home, "broken", {"target": {"bucket": "b", "keys": {"from": "env", "names": ["NO_SUCH_A", "B"]}}})
    async with opened(home, (80, 24)) as stage:
        await profiles_pane(stage)
        await form_by(stage, "t")
        await stage.until(lambda: "✗" in states(stage)[1])
        await stage.until(lambda: "takes a secret from the" in stage.text())


async def test_a_password_that_is_asked_for_is_used_for_its_server_only(home: House) -> None:
    uri, password = uri_of(home)
    server = {"host": home.server.host, "port": home.server.port, "user": home.server.user}
    save(home, "asks", {"server": {**server, "password": {"from": "prompt"}}})
    async with opened(home) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))
        await stage.press("escape")
        await profiles_pane(stage)
        dialog = await form_by(stage, "e")
        await stage.press("ctrl+t")
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))
        stage.app.screen.query_one(Input).value = password
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
        await stage.until(lambda: states(stage) == ["● reached", ""])
        assert is_known(dialog)
        await type_into(stage, "host", "elsewhere")
        assert not is_known(dialog)
    assert password in uri


async def test_escape_asks_only_when_something_would_be_lost(home: House) -> None:
    save(home, "here", NOTHING_THERE)
    async with opened(home) as stage:
        await profiles_pane(stage)
        await form_by(stage, "e")
        await stage.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, ProfileDialog))
        await form_by(stage, "e")
        await stage.press("x", "escape")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ProfileDialog))
        assert field(stage, "name").text == "herex"
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("y")
        await stage.until(lambda: stage.app.screen is stage.workbench)


def title_row(stage: Stage) -> str:
    return next(row for row in stage.text().splitlines() if "Delete profile" in row)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
@pytest.mark.parametrize("name", ["[/nope]", "[@click=app.quit]x[/]", "漢字データ", "%s {0}", "🎉", "x" * 64])
async def test_hostile_names_and_values_are_drawn_literally(
    home: House, name: str, size: tuple[int, int]
) -> None:
    hostile = "a\x1b]0;t\x07\u202eb"
    save(home, name, {"server": {"host": "127.0.0.1", "port": "1", "user": hostile}})
    async with opened(home, size) as stage:
        await profiles_pane(stage)
        await form_by(stage, "e")
        await stage.until(lambda: name in stage.text())
        field(stage, "user").focus()
        await stage.until(lambda: visible(hostile) in stage.text())
        await type_into(stage, "prefix", hostile)
        assert not {"\x1b", "\u202e", "\x07"} & set(stage.text())
        await type_into(stage, "prefix", "")
        await saved_by(stage, "ctrl+s")
    stored = home.bak().profiles.all()[0]
    assert stored.server is not None
    # What was not touched is still what it was.
    assert (stored.name, stored.server.user) == (name, hostile)


@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24)])
async def test_everything_is_reached_by_tab_and_scrolls_into_sight(
    home: House, size: tuple[int, int]
) -> None:
    async with opened(home, size) as stage:
        dialog = await form_by(stage, "n")
        wanted = set(dialog.focus_chain)
        assert len(wanted) > 20
        seen = set()
        for _ in range(len(wanted)):
            focused, body = stage.app.focused, dialog.query_one("#body")
            assert focused is not None
            within = dialog if isinstance(focused, FormButton) else body
            await stage.until(partial(is_within, within, focused))
            seen.add(focused)
            await stage.press("tab")
        assert seen == wanted
        await stage.press("shift+tab")
        assert isinstance(stage.app.focused, FormButton)


async def test_every_key_of_the_pane_and_of_the_form_does_something_and_crashes_nothing(home: House) -> None:
    save(home, "here", NOTHING_THERE)
    bindings = [*ProfilesPane.BINDINGS, *ProfileDialog.BINDINGS]
    assert all(getattr(binding, "tooltip", "") and getattr(binding, "id", "") for binding in bindings)
    async with opened(home) as stage:
        pane = await profiles_pane(stage)
        assert all(f"{key} " in stage.text().splitlines()[-1] for key in "netD")
        for key in ("n", "e", "t", "i", "D"):
            await stage.press(key)
            await stage.until(lambda: stage.app.screen is not stage.workbench)
            await stage.until(lambda: not isinstance(stage.app.screen, ProfileDialog) or ready(stage))
            await stage.press("escape")
            await stage.until(lambda: stage.app.screen is stage.workbench)
            pane.listing.focus()
        dialog = await form_by(stage, "e")
        await stage.press("down", "enter", "up", "ctrl+t", "ctrl+o")
        chooser(stage, "mode").focus()
        await stage.press("space", "left", "right", "t", "i")
        assert stage.app.screen is dialog
        await saved_by(stage, "ctrl+s")


async def test_profiles_that_are_read_when_the_screen_is_taken_down_are_shown_nowhere(home: House) -> None:
    """They are read in a thread: when that comes back the program may be ending, and the header be gone."""
    save(home, "elsewhere", NOTHING_THERE)
    async with opened(home) as stage:
        workbench = stage.workbench
        stage.app.exit()
        await workbench.query_one(Header).remove()
        assert not await workbench._renew()
    assert stage.app.return_code == 0
