"""What is inside a pg_dump archive, read from its bytes. Nothing else in the project reads archives.

* `recognise`: what a file is, by its first bytes;
* `read_contents`: its table of contents, entry by entry;
* `ArchiveWalk`: a custom archive followed as it passes: is it whole, where does each entry's data begin;
* `write_offsets`: a local copy made what pg_dump writes to a seekable file.

Every byte is hostile: nothing here hangs, takes memory that the bytes themselves do not account for, or
raises anything but IntegrityError (kind `bad_archive` or `cut`).
"""

from bak_tui.services.archive.contents import Contents, read_contents
from bak_tui.services.archive.header import HEAD_BYTES, ArchiveHead, Kind, recognise
from bak_tui.services.archive.offsets import write_offsets
from bak_tui.services.archive.toc import TocEntry
from bak_tui.services.archive.walk import ArchiveWalk, finish, walk_file

__all__ = [
    "HEAD_BYTES",
    "ArchiveHead",
    "ArchiveWalk",
    "Contents",
    "Kind",
    "TocEntry",
    "finish",
    "read_contents",
    "recognise",
    "walk_file",
    "write_offsets",
]
