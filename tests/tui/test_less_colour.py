"""A terminal that has few colours, none, or no glyphs is sent nothing else, whatever is drawn."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest
from textual.strip import Strip

from bak_tui.core.errors import ExitCode
from bak_tui.tui.look.palette import DARK, NO_COLOUR, PALETTES, SIXTEEN, Palette
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.widgets.fields import TextField
from tests.bench.terminal import Terminal
from tests.cli.conftest import Site, embedded
from tests.driving import press
from tests.scenes.catalogue import SCENES, Scene
from tests.scenes.drawing import SceneApp, settled
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE

__all__ = ["embedded"]

_SGR = re.compile(rb"\x1b\[([\d;:]*)m")
_PLAIN = {"", "0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29"}
"""Bold, dim, italic, underline, reverse, strike, and their ends."""
_SIXTEEN = {str(base + number) for base in (30, 40, 90, 100) for number in range(8)} | {"39", "49"}


def attributes(seen: bytes) -> set[str]:
    return {part for match in _SGR.findall(seen) for part in match.decode().replace(":", ";").split(";")}


def a_session(site: Site, name: str, **terminal: str) -> bytes:
    """All that is drawn from start to end: the board, the help beside it, Textual's palette over them."""
    shown = Terminal(site.bak.environment, **terminal)
    shown.until(name.encode())
    shown.type_until(b"?", b"Help  2")
    shown.type_until(b":", b"Back up")
    shown.process.terminate()
    seen = shown.drain()
    code = shown.process.wait(PATIENCE)
    assert code == ExitCode.TERMINATED, seen[-2500:].decode(errors="replace")
    os.close(shown.master)
    return seen


def test_without_colour_nothing_but_bold_and_reverse_is_written(
    embedded: Site, make_database: MakeDatabase
) -> None:
    seen = a_session(embedded, make_database("shop"), NO_COLOR="1")
    assert attributes(seen) <= _PLAIN
    assert "7" in attributes(seen), "the cursor's row"
    assert "╭".encode() in seen


def test_a_terminal_of_sixteen_colours_gets_no_others(embedded: Site, make_database: MakeDatabase) -> None:
    seen = a_session(embedded, make_database("shop"), TERM="xterm")
    assert attributes(seen) <= _PLAIN | _SIXTEEN
    assert "44" in attributes(seen), "the cursor's row"


def test_a_terminal_without_utf_8_gets_ascii_alone(embedded: Site, make_database: MakeDatabase) -> None:
    make_database("a日本é")
    seen = a_session(embedded, make_database("shop"), TERM="linux", LC_ALL="C")
    assert seen.isascii()
    assert b"a?????" in seen


@pytest.mark.asyncio
@pytest.mark.parametrize("palette", [SIXTEEN, NO_COLOUR], ids=lambda palette: palette.name)
@pytest.mark.parametrize("name", ["jobs-queue", "profile-form-80x24"])
async def test_dialogs_and_running_jobs_too(name: str, palette: Palette) -> None:
    found = next(scene for scene in SCENES if scene.name == name)
    scene = replace(found, keys=found.keys[:3])
    app = SceneApp(replace(scene, look=Look(palette, is_ascii=True)))
    async with app.run_test(size=scene.size, notifications=True):
        await settled(app)
        for key in scene.keys:
            await press(app, key)
            await settled(app)
        strips: list[Strip] = app.screen._compositor.render_strips()
    assert "".join(strip.text for strip in strips).isascii()
    styles = [style for strip in strips for _, style, _ in strip if style]
    colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour}
    if palette is NO_COLOUR:
        assert colours == set()
    else:
        assert all(colour.is_default or colour.is_system_defined for colour in colours)
        assert 6 in {colour.number for colour in colours}, "the accent is cyan"


@pytest.mark.asyncio
async def test_prod_is_in_reverse_video_wherever_it_stands() -> None:
    scene = Scene("test", (120, 36), ("b",), look=Look(NO_COLOUR))
    app = SceneApp(scene)
    async with app.run_test(size=scene.size):
        await settled(app)
        await press(app, "b")
        await settled(app)
        dialog = app.screen
        assert "Back up" in str(dialog.query_one("#frame").border_title)
        strips = dialog._compositor.render_strips()
    blocks = [style for strip in strips for text, style, _ in strip if "PROD" in text]
    assert blocks
    assert all(style is not None and style.reverse and style.bold for style in blocks)


@pytest.mark.asyncio
@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
async def test_where_a_field_has_the_screens_ground_a_line_shows_how_far_it_reaches(palette: Palette) -> None:
    app = SceneApp(Scene("test", (140, 40), look=Look(palette)))
    async with app.run_test(size=(140, 40)):
        await settled(app)
        for key in ("1", "n"):
            await press(app, key)
            await settled(app)
        other, focused = (app.screen.query_one(f"#{name}", TextField) for name in ("uri", "name"))
        rest, here = other.render_line(0), focused.render_line(0)
        width = other.content_size.width
    said = "paste postgresql://… to fill this in"
    assert rest.text.rstrip() == said + ("" if palette is DARK else "▁" * (width - len(said)))
    assert ("▁" in here.text) == (palette is NO_COLOUR), "what has the focus has a ground of its own"
    if palette is NO_COLOUR:
        assert [text for text, style, _ in here if style and style.reverse] == ["g"], "the caret"
