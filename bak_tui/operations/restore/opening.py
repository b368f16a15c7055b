"""A dump without a manifest, out of its wrapping and proven as far as it can be, before any SQL is sent.

    gzip ─► what it holds    tar ─► a directory    directory ─► every file read    custom ─► walked, decoded

pg_restore is given nothing else: it takes an emptied data file for an empty table, and a cut tar file for an
endless one. What is unpacked lies in the spool, and goes with it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bak_tui.core.errors import IntegrityError
from bak_tui.operations.places import FolderPlace
from bak_tui.services.archive import (
    HEAD_BYTES,
    TOC_NAME,
    ArchiveWalk,
    DirectoryCheck,
    Kind,
    gunzip_file,
    gunzipped_size,
    large_object_lists,
    recognise,
    tar_members,
    walk_file,
    write_offsets,
)
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet, count_copies, decode


def opened(file: Path, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
    """What pg_restore is given for `file`. Raises IntegrityError when it is not whole, NoSpace, Cancelled."""
    head = recognise(FolderPlace(file.parent).read_head(file.name, HEAD_BYTES))
    match head.kind:
        case Kind.CUSTOM:
            walk = prove_custom(file, tools, task)
            if file.is_relative_to(spool.root) and not walk.unfollowed:
                # Our own copy: so its workers find each table at once. Another's file stays as it is.
                write_offsets(file, walk.offsets)
            return file
        case Kind.GZIP if head.is_archive:
            return opened(_unzip(file, new_room(spool), task), spool, tools, task)
        case Kind.TAR if head.is_archive:
            folder = _unpack(file, new_room(spool), task)
            prove_directory(folder, tools, task)
            return folder
    raise IntegrityError(f"{file.name} is {head}, and not the archive it was", hint="take another dump")


def prove_directory(folder: Path, tools: ToolSet, task: Task) -> None:
    """Raises IntegrityError naming the first file that is missing, empty, cut or damaged."""
    task.phase("decoding")
    proven = DirectoryCheck(folder, task.check).run()
    if not proven.is_decoded and count_copies(tools, folder, task) < proven.copies:
        raise IntegrityError(
            f"{folder.name}: the data of a table ends before its end", hint="take another dump", kind="cut"
        )
    for name in proven.doubtful:
        task.warn(f"{name} is empty: it was an empty large object, or has been emptied since")


def new_room(spool: FolderPlace) -> FolderPlace:
    """A folder in the spool that no other restore shares."""
    return spool.within(Path(tempfile.mkdtemp(dir=spool.root)).name)


def prove_custom(file: Path, tools: ToolSet, task: Task) -> ArchiveWalk:
    """Walked block by block and decoded to its end; else IntegrityError."""
    task.phase("decoding")
    walk = walk_file(file, task)
    decode(tools, file, task)
    return walk


def _unzip(file: Path, room: FolderPlace, task: Task) -> Path:
    task.phase("unpacking")
    name = file.name.removesuffix(".gz")
    room.make_room(name, gunzipped_size(file))
    room.fill(name, gunzip_file(file, task.check))
    return room.place(name)


def _unpack(file: Path, room: FolderPlace, task: Task) -> Path:
    """The directory-format archive that a tar file is, unpacked."""
    task.phase("unpacking")
    folder = f"{file.name}.dir"
    room.make_room(f"{folder}/{TOC_NAME}", file.stat().st_size)
    for name, pieces in tar_members(file, task.check):
        room.fill(f"{folder}/{name}", pieces)
    with room.reading(f"{folder}/{TOC_NAME}") as toc:
        lists = large_object_lists(toc, file.name)
    for wanted, written in lists.items():
        if room.size_of(f"{folder}/{wanted}") is None and room.size_of(f"{folder}/{written}") is not None:
            with room.reading(f"{folder}/{written}") as source:
                room.fill(f"{folder}/{wanted}", iter(lambda: source.read(1 << 20), b""))
    return room.place(folder)
