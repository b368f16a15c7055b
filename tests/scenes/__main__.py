"""`python -m tests.scenes [NAME…]`: draw the scenes into screenshots/, as SVG and PNG."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bak_tui.core.errors import UsageError
from tests.scenes.catalogue import SCENES
from tests.scenes.drawing import draw, png

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"


def main(names: list[str]) -> int:
    """Draw those of that name, or all."""
    unknown = set(names) - {scene.name for scene in SCENES}
    if unknown:
        print(f"no scene is called {', '.join(sorted(unknown))}", file=sys.stderr)  # noqa: T201
        return 2
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        svg = asyncio.run(draw(scene))
        (SCREENSHOTS / f"{scene.name}.svg").write_text(svg, encoding="utf-8")
        try:
            (SCREENSHOTS / f"{scene.name}.png").write_bytes(png(svg))
        except UsageError as error:
            print(f"{error.message}\n{error.hint}", file=sys.stderr)  # noqa: T201
            return 1
        print(scene.name)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
