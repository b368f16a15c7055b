"""From a scene to its picture: SVG by Rich's exporter, PNG from that, and its rows as text to compare."""

from __future__ import annotations

import asyncio
import io
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from textual.strip import Strip
from textual.widgets._toast import Toast

from bak_tui.core.errors import UsageError
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.folder import Reading
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from tests.driving import press, rest, unanswered, until
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.databases import FOLDER, FOLDERS, GB, NOW
from tests.scenes.scene_bak import SceneBak

FONT = "DejaVu Sans Mono"
_FONT_FILES = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/Library/Fonts",
)
_FONT_SIZE = 21
_ADVANCE = 0.602
"""The width of the font's cells, of its size. With that size the frames' lines meet."""
_TEMPLATE = f"""\
<svg viewBox="0 0 {{terminal_width}} {{terminal_height}}" xmlns="http://www.w3.org/2000/svg">
<style>
text {{{{ font-family: "{FONT}", Menlo, Consolas, monospace; font-size: {_FONT_SIZE}px; white-space: pre; }}}}
{{styles}}
</style>
<rect width="100%" height="100%" fill="{{ground}}"/>
<g>{{backgrounds}}</g>
<g>{{matrix}}</g>
</svg>
"""
_XTERM = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [
        *[(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)],
        *[(0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    ],
    [
        *[(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)],
        *[(92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)],
    ],
)
"""The sixteen colours of an xterm nobody has changed (xterm's XTerm-col.ad), on black."""
_SECONDS = 120.0
"""What is waited for comes, however slow the machine is; only a defect takes longer."""
_FOR_EVER = 86_400.0
_LOOK_SECONDS = 0.01
_STILL = 3
"""Looks in a row that must see the same: a layout is asked for, made, and drawn one after the other."""


def _demo() -> Begun:
    """What the first start's key leads to: a session that has profiles."""
    bak = SceneBak()
    return Begun(bak, Workbench(bak, CHOICES, clock=lambda: NOW))


class SceneApp(BakApp):
    """The program, its clock standing still."""

    def __init__(self, scene: Scene, own_keys: Mapping[str, str] = MappingProxyType({})) -> None:
        self.scene_bak = bak = scene.bak()
        workbench = Workbench(bak, scene.choices, clock=lambda: NOW)
        workbench.cores = 2
        super().__init__(Begun(bak, workbench, own_keys), look=scene.look, begin_demo=_demo)
        self.animation_level = "none"

    def notify(self, message: str, *, timeout: float | None = None, **said: Any) -> None:
        """Toasts stay, however slow the machine is that draws them."""
        del timeout
        super().notify(message, timeout=_FOR_EVER, **said)


async def draw(scene: Scene) -> str:
    """The scene's SVG."""
    with _in_utc_and_colour():
        app = SceneApp(scene)
        async with app.run_test(size=scene.size, notifications=True):
            if app.scene_bak.may_ask is not None:
                await _drawn(app)
                app.scene_bak.may_ask.set()
            await _answered(app)
            for key in scene.keys:
                await press(app, key)
                await _answered(app)
            await _drawn(app, scene)
            try:
                return _svg(app)
            finally:
                if app.scene_bak.may_answer is not None:
                    app.scene_bak.may_answer.set()


def _reading(location: Path) -> Reading:
    return Reading(location, tuple(FOLDER / name for name in FOLDERS))


@contextmanager
def _in_utc_and_colour() -> Iterator[None]:
    """Whatever this machine's clock, its folders and the user's taste are."""
    with ExitStack() as afterwards:
        afterwards.callback(time.tzset)
        afterwards.enter_context(patch.dict(os.environ, {"TZ": "UTC"}))
        afterwards.enter_context(
            patch("bak_tui.operations.restore.prospects.free_space", lambda _folder: 318 * GB)
        )
        afterwards.enter_context(patch("bak_tui.tui.screens.dump_actions.working_folder", lambda: FOLDER))
        afterwards.enter_context(patch("bak_tui.tui.dialogs.folder.read_folder", _reading))
        # That something takes its time is said on a busy machine alone.
        afterwards.enter_context(patch("bak_tui.tui.screens.dump_actions._QUIET_SECONDS", _FOR_EVER))
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            os.environ.pop(name, None)
        time.tzset()
        yield


async def settled(app: SceneApp) -> None:
    """Every question is answered, every answer drawn."""
    await _answered(app)
    await _drawn(app)


async def _answered(app: SceneApp) -> None:
    """Or there is somebody who does not answer yet."""

    def is_answered() -> bool:
        return app.scene_bak.may_answer is not None or (not unanswered(app) and _has_whole_board(app))

    for _ in range(2):  # between one question and the next none is under way
        await rest(app)
        await until(app, is_answered, _SECONDS)


async def _drawn(app: SceneApp, scene: Scene | None = None) -> None:
    """All is there that the scene waits for, and nothing moves: what is laid out anew is drawn later."""
    deadline = time.monotonic() + _SECONDS
    before: list[Strip] = []
    still = 0
    while still < _STILL:
        await rest(app)
        now = app.screen._compositor.render_strips()
        still = still + 1 if now == before and _has_come(app, now, scene) else 0
        before = now
        assert time.monotonic() < deadline, f"{scene and scene.shows!r} is not to be seen, or something moves"
        await asyncio.sleep(0 if still else _LOOK_SECONDS)


def _has_come(app: SceneApp, strips: list[Strip], scene: Scene | None) -> bool:
    if scene is None:
        return True
    is_said = not scene.shows or any(scene.shows in strip.text for strip in strips)
    return is_said and len(app.screen.query(Toast)) >= scene.toasts and scene.has_come(app.screen)


def _has_whole_board(app: BakApp) -> bool:
    """Between one question and the next nothing is under way either: what tells is the last answer."""
    bench = next((screen for screen in app.screen_stack if isinstance(screen, Workbench)), None)
    if bench is None:
        return False
    board = bench.board
    is_whole = board is not None and (board.inventory is not None or board.store_error is not None)
    return is_whole or not bench.choices


def _svg(app: BakApp) -> str:
    """`App.export_screenshot`, without a window around it, and the same bytes every time."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    screens = app._background_screens
    console.print(app.screen._compositor.render_update(full=True, screen_stack=screens, simplify=True))
    aspect = _FONT_SIZE * _ADVANCE / 20
    template = _TEMPLATE.replace("{ground}", _ground(app))
    svg = console.export_svg(
        title="", theme=_XTERM, code_format=template, font_aspect_ratio=aspect, unique_id="scene"
    )
    svg = re.sub(r' clip-path="[^"]*"', "", svg)
    return svg.replace("<text ", "\n<text ").replace("<rect ", "\n<rect ")


def _ground(app: BakApp) -> str:
    """What shines through between the cells; for a palette of the terminal's colours xterm's black."""
    ground = app.theme_variables["bak-bg"]
    return ground if ground.startswith("#") else "#000000"


def png(svg: str) -> bytes:
    """The picture of it, in one font whatever else the machine has. Raises UsageError without that font."""
    import resvg_py

    files = _fonts()
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=[str(path) for path in files],
        monospace_family=FONT,
        font_family=FONT,
    )
    return bytes(drawn)


def _fonts() -> list[Path]:
    found: dict[str, Path] = {}
    for folder in _FONT_FOLDERS:
        for path in sorted(Path(folder).expanduser().rglob("DejaVuSansMono*.ttf")):
            found.setdefault(path.name, path)
    missing = [name for name in _FONT_FILES if name not in found]
    if missing:
        raise UsageError(
            f"PNG pictures need the font {FONT}: no {' or '.join(missing)} in {', '.join(_FONT_FOLDERS)}",
            hint="apt install fonts-dejavu-core, dnf install dejavu-sans-mono-fonts, …",
        )
    return [found[name] for name in _FONT_FILES]


_STYLE = re.compile(r"\.scene-r(\d+) \{ ([^}]*) \}")
_TEXT = re.compile(r'<text class="scene-r(\d+)" x="([\d.e+-]+)" y="([\d.e+-]+)"[^>]*>([^<]*)</text>')


def rows(svg: str, *, styled: bool = False) -> list[str]:
    """The screen's rows as text; `styled` says each run's colour too."""
    styles = {number: rules.strip() for number, rules in _STYLE.findall(svg)}
    cell = _FONT_SIZE * _ADVANCE
    lines: dict[int, str] = {}
    for number, x, y, escaped in _TEXT.findall(svg):
        row, column = round((float(y) - 20) / 24.4), round(float(x) / cell)
        text = unescape(escaped).replace("\xa0", " ")
        before = lines.get(row, "")
        if styled:
            lines[row] = f"{before}  {column}:{text!r} {styles[number].replace('fill: ', '')}"
        else:
            lines[row] = before.ljust(column) + text
    return [lines.get(row, "") for row in range(max(lines, default=-1) + 1)]
