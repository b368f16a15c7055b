"""The members of a tar file that pg_dump wrote, one after another, to the mark at its end.

A cut tar file makes pg_restore loop for ever at full speed, so pg_restore never sees one: unpacked, it is a
directory-format archive (the manual's page on pg_dump, `--format`). Only what pg_dump writes is taken: plain
members of known names, each once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tarfile import AREGTYPE, REGTYPE, HeaderError, TarInfo
from typing import BinaryIO

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive.contents import Readable, read_contents
from bak_tui.services.archive.frames import PIECE
from bak_tui.services.archive.header import TAR_BLOCK

_NAMES = re.compile(r"toc\.dat|restore\.sql|\d{1,10}\.dat|blob_\d{1,10}\.dat|blobs(_\d{1,10})?\.toc")
_NOTHING = bytes(TAR_BLOCK)


def tar_members(path: Path, check: Callable[[], None]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and content of each member; the content must be read before the next is asked for.

    Raises IntegrityError, kind `cut` or `bad_archive`, at the place where the file is wrong.
    """
    seen: set[str] = set()
    try:
        with path.open("rb") as file:
            while (block := _exactly(file, TAR_BLOCK, path)) != _NOTHING:
                check()
                try:
                    member = TarInfo.frombuf(block, "utf-8", "surrogateescape")
                except HeaderError as error:
                    raise _damaged(path, f"member {len(seen) + 1} has no header ({error})") from error
                is_known = member.type in {REGTYPE, AREGTYPE} and _NAMES.fullmatch(member.name)
                if not is_known or member.name in seen or member.size < 0:
                    raise _damaged(path, f"it holds {member.name}, as no tar file of pg_dump does")
                seen.add(member.name)
                yield member.name, _content(file, member.size, path, check)
            _exactly(file, TAR_BLOCK, path)
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror}") from error


def large_object_lists(toc: Readable, name: str) -> dict[str, str]:
    """By the name under which pg_restore looks for a list of large objects, the name the tar file gives it.

    pg_dump writes one name into the table of contents and another over the member; pg_restore 17 and 18 would
    not find it in the directory.
    """
    contents = read_contents(toc, name)
    numbered = (contents.head.format_version or (0, 0, 0)) >= (1, 16)
    return {
        entry.file: f"blobs_{entry.dump_id}.toc" if numbered else "blobs.toc"
        for entry in contents.entries
        if entry.desc == "BLOBS" and _NAMES.fullmatch(entry.file)
    }


def _content(file: BinaryIO, size: int, path: Path, check: Callable[[], None]) -> Iterator[bytes]:
    missing = size
    while missing:
        check()
        piece = file.read(min(PIECE, missing))
        if not piece:
            raise _cut(path)
        missing -= len(piece)
        yield piece
    _exactly(file, -size % TAR_BLOCK, path)


def _exactly(file: BinaryIO, size: int, path: Path) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _cut(path)
    return data


def _cut(path: Path) -> IntegrityError:
    return IntegrityError(
        f"{path.name} is cut off: the mark at a tar file's end is not there",
        hint="take another dump",
        left="nothing was restored",
        kind="cut",
    )


def _damaged(path: Path, what: str) -> IntegrityError:
    return IntegrityError(
        f"{path.name} is damaged, or not pg_dump's: {what}",
        hint="take another dump; or unpack it by hand, and restore the folder that has a toc.dat",
        kind="bad_archive",
    )
