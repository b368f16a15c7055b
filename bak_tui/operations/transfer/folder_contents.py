"""What lies in a folder: dumps by their bytes, and why each other file is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from bak_tui.core.names import PARTIAL_SUFFIX, is_manifest, is_utf8, manifest_path, manifested
from bak_tui.operations.places import FolderPlace
from bak_tui.services.archive import HEAD_BYTES, TOC_NAME, Kind, recognise
from bak_tui.services.folder import LocalFile

_HALF_FOLDER = re.compile(rf"\.[0-9a-f]{{8}}{re.escape(PARTIAL_SUFFIX)}$")
"""As `services.folder.writing` names it; a database may be called `x.partial`, and have a folder of dumps."""
_BY_HAND = "; bak restore with its name gives the psql command to run by hand"


@dataclass(frozen=True, slots=True)
class FolderContents:
    """Every file of a folder is in one of these, or comes along with a dump."""

    dumps: tuple[LocalFile, ...]
    directories: tuple[str, ...]
    """Directory-format archives: the folders that have a table of contents."""
    left_out: tuple[str, ...]
    """Sentences, one a file."""


def look_into(folder: FolderPlace) -> FolderContents:
    """Find the dumps of a folder and its sub-folders; manifests come along with theirs.

    What has a manifest is a dump whatever its bytes have become: it is for the manifest to say what it was.
    """
    everything = folder.files()
    files = [file for file in everything if not half_of(file.path)]
    names = {file.path for file in files}
    directories = [path for path in map(_parent, _tables_of_contents(files)) if _has_toc(folder, path)]
    directories += [path for path in _manifested_folders(files) if path not in directories]
    dumps: list[LocalFile] = []
    left_out = [f"{path}: {what}" for path, what in folder.not_followed()]
    halves = sorted({half_of(file.path) for file in everything} - {""})
    left_out += [f"{half}: left over by an unfinished run" for half in halves]
    for file in files:
        if is_manifest(file.path) or any(_is_below(file.path, directory) for directory in directories):
            continue
        if not is_utf8(file.path):
            left_out.append(f"{file.path}: its name is not UTF-8, as keys are")
            continue
        head = recognise(folder.read_head(file.path, HEAD_BYTES))
        if head.is_archive or manifest_path(file.path) in names:
            dumps.append(file)
        else:
            left_out.append(f"{file.path}: {head}{_BY_HAND if head.is_script else ''}")
    with_dump = {manifest_path(path) for path in (*(dump.path for dump in dumps), *directories)}
    left_out += [
        f"{file.path}: a manifest whose dump is not here"
        for file in files
        if is_manifest(file.path) and file.path not in with_dump
    ]
    return FolderContents(tuple(dumps), tuple(directories), tuple(left_out))


def half_of(path: str) -> str:
    """What is in the making there, be it the file itself or a folder that it lies in; empty: nothing."""
    *folders, name = PurePosixPath(path).parts
    for number, folder in enumerate(folders, 1):
        if _HALF_FOLDER.search(folder):
            return "/".join(folders[:number])
    return path if name.endswith(PARTIAL_SUFFIX) else ""


def _tables_of_contents(files: Iterable[LocalFile]) -> list[str]:
    return [file.path for file in files if PurePosixPath(file.path).name == TOC_NAME]


def _manifested_folders(files: Iterable[LocalFile]) -> list[str]:
    """Folders with a manifest beside them, whatever they have lost."""
    folders = {str(parent) for file in files for parent in PurePosixPath(file.path).parents}
    return [manifested(file.path) for file in files if manifested(file.path) in folders]


def _parent(path: str) -> str:
    """The folder of a path; `.` for the root."""
    return str(PurePosixPath(path).parent)


def _is_below(path: str, directory: str) -> bool:
    return directory == "." or path.startswith(f"{directory}/")


def _has_toc(folder: FolderPlace, directory: str) -> bool:
    path = TOC_NAME if directory == "." else f"{directory}/{TOC_NAME}"
    return is_utf8(path) and recognise(folder.read_head(path, HEAD_BYTES)).kind is Kind.DIRECTORY
