"""Whether a directory-format archive has all its files, told by their names and sizes alone.

For a dump whose data files have gone to their place already: only its lists, the table of contents and those
of large objects, are still here. A table's data is never empty: pg_dump writes its end, whatever it held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive.contents import read_contents
from bak_tui.services.archive.directory import BLOB_LINE, DATA_FILE, SUFFIXES
from bak_tui.services.archive.toc import TocEntry


def is_list(name: str) -> bool:
    """Whether it tells of other files: the table of contents, or a list of large objects."""
    return name == TOC_NAME or name.endswith(".toc")


def require_files(lists: Path, sizes: Mapping[str, int], check: Callable[[], None]) -> None:
    """Raises IntegrityError naming the first file that is missing, empty, or that nothing speaks of.

    `lists` is the folder with the lists, `sizes` has every file there ever was, in bytes.
    """
    with (lists / TOC_NAME).open("rb") as toc:
        contents = read_contents(toc, TOC_NAME, check)
    known = {TOC_NAME}
    for entry in contents.entries:
        if not entry.has_data:
            continue
        if not DATA_FILE.fullmatch(entry.file):
            raise IntegrityError(
                f"{TOC_NAME} names a file {entry.file}, as no pg_dump does", kind="bad_archive"
            )
        name = _stored(entry.file, sizes, entry)
        if sizes[name] == 0:
            raise IntegrityError(f"{name} is empty ({entry.desc} {entry.name})", kind="cut")
        known.add(name)
        if entry.desc == "BLOBS":
            known |= {_stored(each, sizes, entry) for each in _listed(lists / name)}
    if strangers := sorted(sizes.keys() - known):
        raise IntegrityError(f"nothing in {TOC_NAME} speaks of {strangers[0]}", kind="bad_archive")


def _stored(name: str, sizes: Mapping[str, int], entry: TocEntry) -> str:
    found = next((name + suffix for suffix in SUFFIXES if name + suffix in sizes), None)
    if found is None:
        raise IntegrityError(f"{name} is missing ({entry.desc} {entry.name})", kind="cut")
    return found


def _listed(path: Path) -> Iterator[str]:
    """The files of large objects that a list names."""
    with path.open("rb") as file:
        for line in file:
            match = BLOB_LINE.fullmatch(line)
            if match is None or not line.endswith(b"\n"):
                raise IntegrityError(f"{path.name} is cut off or damaged", kind="cut")
            yield match[2].decode()
