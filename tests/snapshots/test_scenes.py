"""The committed pictures are what the program draws. `python -m tests.scenes` renews them."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.scenes.catalogue import SCENES, Scene
from tests.scenes.drawing import draw, rows

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"


def difference(committed: str, drawn: str) -> str:
    """By the rows' text; where that is the same, by their colours too."""
    for styled in (False, True):
        before, now = rows(committed, styled=styled), rows(drawn, styled=styled)
        if before != now:
            return "\n".join(unified_diff(before, now, "committed", "drawn", lineterm="", n=0))
    return "" if committed == drawn else "the same text in the same colours, on other grounds or places"


@pytest.mark.asyncio
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_looks_as_its_committed_picture(scene: Scene) -> None:
    path = SCREENSHOTS / f"{scene.name}.svg"
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    told = difference(committed, await draw(scene))
    assert not told, f"{path.name}; if that is meant: python -m tests.scenes {scene.name}\n{told}"


def test_every_picture_is_a_scene_and_is_explained() -> None:
    names = {scene.name for scene in SCENES}
    said = (SCREENSHOTS / "README.md").read_text(encoding="utf-8")
    assert {path.stem for path in SCREENSHOTS.glob("*.svg")} == names
    assert {path.stem for path in SCREENSHOTS.glob("*.png")} == names
    assert [name for name in names if f"`{name}`" not in said] == []


def test_a_difference_is_told_by_its_row_first_in_words_then_in_colours() -> None:
    svg = (SCREENSHOTS / "workbench-80x24.svg").read_text(encoding="utf-8")
    assert difference(svg, svg) == ""
    told = difference(svg, svg.replace("gecko-prod", "gekko-prod"))
    assert "-    gecko-prod" in told.replace("▪", " ")
    assert "+    gekko-prod" in told.replace("▪", " ")
    assert "peregrine" not in told
    told = difference(svg, svg.replace("fill: #e5b25d", "fill: #ffffff"))
    assert "#ffffff" in told
    assert "SHRUNK" in told
