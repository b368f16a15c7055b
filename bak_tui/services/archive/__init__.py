"""What is inside a pg_dump archive, read from its bytes. Nothing else in the project reads archives.

* `recognise`: what a file is, by its first bytes;
* `read_contents`: its table of contents, entry by entry;
* `code_in`: the functions, triggers and the like that it brings along;
* `ArchiveWalk`: a custom archive followed as it passes: is it whole, where does each entry's data begin;
* `write_offsets`: a local copy made what pg_dump writes to a seekable file;
* `DirectoryCheck`: a directory-format archive, every file read to its end;
* `require_files`: the same of one whose data files lie elsewhere, by their names and sizes;
* `gunzip_file`, `tar_members`: what such files hold;
* `TableOfContents`, `begun_in`, `unchunked`, `inflated`: one entry's statements, the beginning of its data;
* `columns_of`, `rows_of`, `lines_of`: what of that are columns and rows.

Every byte is hostile: nothing here hangs, takes memory that the bytes themselves do not account for, or
raises anything but IntegrityError (kind `bad_archive` or `cut`).
"""

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.services.archive.alone import TableOfContents, begun_in, inflated, unchunked
from bak_tui.services.archive.code import LOOKED_AT, Code, CodeItem, code_in
from bak_tui.services.archive.contents import Contents, read_contents
from bak_tui.services.archive.copied import Row, columns_of, lines_of, rows_of
from bak_tui.services.archive.directory import METHODS, DirectoryCheck, is_data_file
from bak_tui.services.archive.files import is_list, require_files
from bak_tui.services.archive.header import HEAD_BYTES, ArchiveHead, Kind, recognise
from bak_tui.services.archive.offsets import write_offsets
from bak_tui.services.archive.tarred import large_object_lists, tar_members
from bak_tui.services.archive.toc import TocEntry
from bak_tui.services.archive.walk import ArchiveWalk, finish, walk_file
from bak_tui.services.archive.zipped import gunzip_file, gunzipped_size

__all__ = [
    "HEAD_BYTES",
    "LOOKED_AT",
    "METHODS",
    "TOC_NAME",
    "ArchiveHead",
    "ArchiveWalk",
    "Code",
    "CodeItem",
    "Contents",
    "DirectoryCheck",
    "Kind",
    "Row",
    "TableOfContents",
    "TocEntry",
    "begun_in",
    "code_in",
    "columns_of",
    "finish",
    "gunzip_file",
    "gunzipped_size",
    "inflated",
    "is_data_file",
    "is_list",
    "large_object_lists",
    "lines_of",
    "read_contents",
    "recognise",
    "require_files",
    "rows_of",
    "tar_members",
    "unchunked",
    "walk_file",
    "write_offsets",
]
