"""Many objects at once: as files under the embedded server's folder."""

from __future__ import annotations

from pathlib import Path

from bak_tui.core.profile import Target
from bak_tui.demo.s3 import EmbeddedS3


def store_empty_objects(s3: EmbeddedS3, target: Target, folder: str, number: int) -> None:
    """`<folder>/000000.jpg` and so on."""
    place = Path(s3.root) / target.bucket / folder
    place.mkdir()
    for index in range(number):
        (place / f"{index:06}.jpg").touch()
    s3.refresh()
