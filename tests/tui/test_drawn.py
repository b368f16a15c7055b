"""What is shown has the room it needs, however quickly it changes."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical

from bak_tui.tui.look.palette import DARK
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import Drawn


def lines(number: int) -> list[Line]:
    return [[("line", "text")]] * number


class Shown(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Drawn(lines(1))


@pytest.mark.asyncio
async def test_of_two_changes_the_last_has_its_room_also_when_the_screen_was_laid_out_between_them() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        drawn = app.query_one(Drawn)
        await pilot.pause()
        assert drawn.size.height == 1
        drawn.show(lines(5))
        # As a wish of the widget beside it brings it about at any moment.
        app.query_one(Vertical)._clear_arrangement_cache()
        app.screen._refresh_layout()
        assert drawn.size.height == 5
        drawn.show(lines(3))
        for _ in range(100):
            await pilot.pause()
        assert drawn.size.height == 3
