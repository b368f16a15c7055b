"""Objects put into the demo's bucket behind the server's back, with the time they are to have."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path


def write(file: Path, body: bytes, modified: datetime) -> None:
    """A file in the bucket's folder: the server shows its time as LastModified."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    os.utime(file, (modified.timestamp(), modified.timestamp()))
