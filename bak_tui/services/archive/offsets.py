"""Write into a local copy where each entry's data begins: what pg_dump could not do, writing to a pipe.

The copy is then byte for byte what pg_dump writes to a seekable file (pg_backup_custom.c, _CloseArchive), and
pg_restore finds any entry at once: with `--jobs`, and for a part of the archive.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive.blocks import BLOBS, DATA
from bak_tui.services.archive.contents import Contents, read_contents
from bak_tui.services.archive.fields import Fields, Malformed, Short
from bak_tui.services.archive.header import Kind
from bak_tui.services.archive.toc import POSITION_SET, TocEntry


def write_offsets(path: Path, offsets: Mapping[int, int], there: Collection[int] | None = None) -> None:
    """Write `offsets`, by dump id, into the custom archive at `path`: all of them or none.

    Raises IntegrityError when they are not this archive's: each is looked up before anything is written; of a
    copy that has holes, those entries whose data is `there`.
    """
    try:
        with path.open("r+b") as file:
            contents = read_contents(file, path.name)
            looked_up = offsets.keys() if there is None else there
            _check(file, contents, offsets, looked_up, path.name)
            size = contents.head.offset_size
            for entry in contents.entries:
                if entry.has_data:
                    file.seek(entry.offset_at)
                    file.write(bytes([POSITION_SET]) + offsets[entry.dump_id].to_bytes(size, "little"))
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror}") from error


def _check(
    file: BinaryIO, contents: Contents, offsets: Mapping[int, int], there: Collection[int], name: str
) -> None:
    with_data = [entry for entry in contents.entries if entry.has_data]
    numbers = {entry.dump_id for entry in with_data}
    if (
        contents.head.kind is not Kind.CUSTOM
        or numbers != offsets.keys()
        or len(numbers) != len(with_data)
        or not all(
            _begins_at(file, entry, offsets[entry.dump_id]) for entry in with_data if entry.dump_id in there
        )
    ):
        raise IntegrityError(f"the offsets in the manifest are not those of {name}", kind="bad_offsets")


def _begins_at(file: BinaryIO, entry: TocEntry, offset: int) -> bool:
    """Whether the data of `entry` begins there: a block of its type and number."""
    if not 0 < offset < 1 << 63:
        return False
    file.seek(offset)
    fields = Fields(file.read(6))
    try:
        kind, number = fields.byte(), fields.integer()
    except (Short, Malformed):
        return False
    return number == entry.dump_id and kind == (BLOBS if entry.desc == "BLOBS" else DATA)
