"""What a gzip file holds, as a stream of pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive.fields import Malformed, Short
from bak_tui.services.archive.frames import gunzip


def gunzipped_size(path: Path) -> int:
    """Bytes that it will hold at least: gzip keeps the size, but only below 4 GiB."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 4))
            return max(size, int.from_bytes(file.read(), "little"))
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror}") from error


def gunzip_file(path: Path, check: Callable[[], None]) -> Iterator[bytes]:
    """In pieces of at most 1 MiB. Raises IntegrityError when it is cut or fails its check sum."""
    try:
        with path.open("rb") as file:
            yield from gunzip(file, check)
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror}") from error
    except Short:
        raise IntegrityError(
            f"{path.name} is cut off: a gzip file's end is not there", hint="take another dump", kind="cut"
        ) from None
    except Malformed as error:
        raise IntegrityError(
            f"{path.name} is damaged: it holds {error}", hint="take another dump", kind="bad_archive"
        ) from error
