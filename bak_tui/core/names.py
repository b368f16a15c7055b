"""How dumps are named, and what a name tells.

    key   <prefix>/<database>/<database>-<YYYYMMDDTHHMMSSZ>.sql          and beside it
          <prefix>/<database>/<database>-<YYYYMMDDTHHMMSSZ>.sql.manifest.json
    a directory-format dump is a folder `….dir/`, its manifest beside that: `….dir.manifest.json`

In keys and file names a database is its *slug*: every byte of its UTF-8 name outside `A-Z a-z 0-9 . _ -`,
and a leading `.` or `-`, is written `~XX`. The manifest holds the true name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from bak_tui.core.dump_format import DumpFormat

MANIFEST_SUFFIX = ".manifest.json"
CHECKS_SUFFIX = ".checks/"
PARTIAL_SUFFIX = ".partial"
IDENTIFIER_BYTES = 63
"""PostgreSQL cuts longer identifiers in silence (NAMEDATALEN - 1)."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_STAMP = "%Y%m%dT%H%M%SZ"
_DUMP_SUFFIX = re.compile(r"\.(sql|dump|backup|pgdump|custom|dir)$", re.IGNORECASE)
_WRAPPING = re.compile(r"(?:\.tar|\.tgz|\.gz|\.tar\.gz)$", re.IGNORECASE)
_TIMESTAMP = re.compile(
    r"[-_.](?P<day>\d{4}-?\d{2}-?\d{2})(?:[T_-]?(?P<time>\d{2}[:.-]?\d{2}(?:[:.-]?\d{2})?)Z?)?$"
)
_OUR_STAMP = re.compile(r"[^/]-\d{8}T\d{6}Z$")
_GLOBALS = re.compile(r"_globals/\d{8}T\d{6}Z\.sql")
_ESCAPE = re.compile(r"~([0-9A-F]{2})")


def slug(database: str) -> str:
    """The database's name as it stands in keys and file names; `unslug` gives it back."""
    raw = database.encode("utf-8", "surrogateescape")
    return "".join(
        chr(byte) if byte in _PLAIN and not (index == 0 and byte in b".-") else f"~{byte:02X}"
        for index, byte in enumerate(raw)
    )


def unslug(text: str) -> str:
    """The database's name from its slug. Text that is no slug comes back as it is."""
    if not text.isascii():
        return text
    raw = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).encode("latin-1")
    name = raw.decode("utf-8", "surrogateescape")
    return name if slug(name) == text else text


def timestamp(moment: datetime) -> str:
    """`20261123T120000Z`, in UTC."""
    return moment.astimezone(UTC).strftime(_STAMP)


def globals_path(taken: datetime) -> str:
    """Where a run's globals lie below the prefix, and equally below a dump folder."""
    return f"_globals/{timestamp(taken)}.sql"


def is_globals(path: str) -> bool:
    """Whether that is what lies there; a database called `_globals` has dumps of other names."""
    return bool(_GLOBALS.fullmatch(path))


def dump_path(database: str, taken: datetime, form: DumpFormat = DumpFormat.CUSTOM) -> str:
    """Where a dump lies below the prefix, and equally below a dump folder."""
    name = slug(database)
    return f"{name}/{name}-{timestamp(taken)}{form.suffix}"


def manifest_path(dump: str) -> str:
    """The manifest's key or path, given the dump's."""
    return dump + MANIFEST_SUFFIX


def manifested(manifest: str) -> str:
    """The dump's key or path, given its manifest's."""
    return manifest.removesuffix(MANIFEST_SUFFIX)


def checks_folder(dump: str) -> str:
    """Where the results of checks of a dump lie; ends with `/`."""
    return dump + CHECKS_SUFFIX


def check_path(dump: str, moment: datetime) -> str:
    """The result of one check: their order by name is their order in time."""
    return f"{checks_folder(dump)}{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.json"


def checked_dump(path: str) -> str:
    """The dump whose checks' folder `path` lies in; empty when it lies in none."""
    return path.rpartition(CHECKS_SUFFIX)[0]


def is_utf8(name: str) -> bool:
    """Whether a name that came from the file system or the command line is text at all."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_manifest(path: str) -> bool:
    return path.endswith(MANIFEST_SUFFIX)


@dataclass(frozen=True, slots=True)
class DumpName:
    """What a dump's file name tells, when there is no manifest to ask."""

    database: str
    taken: datetime | None
    """UTC, or None when the name holds no time."""


def parse_dump_name(path: str) -> DumpName:
    """Read database and time out of a key or file name; the folders before it decide nothing.

    `a/b/fence-20261123T120000Z.sql` is `fence` at that time, `your_database.sql` is `your_database`, and so
    are `your_database.tar` and `your_database.dump.gz`.
    """
    name = _DUMP_SUFFIX.sub("", _WRAPPING.sub("", path.rstrip("/").rpartition("/")[2]))
    match = _TIMESTAMP.search(name)
    taken = _moment(match["day"], match["time"]) if match else None
    if match and taken:
        name = name[: match.start()]
    return DumpName(unslug(name), taken)


def is_template_named(path: str) -> bool:
    """Whether it is `<database>-<YYYYMMDDTHHMMSSZ>.sql` (`.dir`), wherever it lies: both are all it tells."""
    return any(
        path.endswith(form.suffix) and _OUR_STAMP.search(path.removesuffix(form.suffix))
        for form in DumpFormat
    )


def dump_of(key: str) -> str:
    """The dump an object belongs to, by its name: a directory-format one's folder, else the object itself."""
    folder = key.rpartition("/")[0]
    is_ours = folder.endswith(DumpFormat.DIRECTORY.suffix) and is_template_named(folder)
    return folder if is_ours else key


def looks_like_dump(path: str) -> bool:
    """Whether a name promises a dump: a usual suffix, or our timestamp at its end. Its bytes may differ."""
    return bool(_DUMP_SUFFIX.search(path) or _OUR_STAMP.search(path))


def _moment(day: str, time: str | None) -> datetime | None:
    digits = re.sub(r"\D", "", day + (time or ""))
    try:
        return datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def derived_name(database: str, label: str, taken: datetime) -> str:
    """`<database>__<label>_<timestamp>`: a scratch or put-aside database's name, within 63 bytes.

    The database's part is cut by bytes, at a character's border: PostgreSQL cuts longer names in
    silence, and `<63 bytes>__new_1` would be the database itself. Never the name it was made from.
    """
    return suffixed(database, f"__{label}_{timestamp(taken)}")


def is_derived(name: str, database: str, label: str) -> bool:
    """Whether `derived_name` makes that name of this database, at whatever time."""
    stamp = name.rpartition("_")[2]
    try:
        taken = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    return name == derived_name(database, label, taken)


def suffixed(database: str, suffix: str) -> str:
    """A name that ends so, cut as `derived_name` is."""
    room = IDENTIFIER_BYTES - len(suffix.encode())
    raw = database.encode("utf-8", "surrogateescape")
    if raw[:room] + suffix.encode() == raw:
        room -= 1
    return raw[:room].decode("utf-8", "ignore") + suffix


def free_name(database: str, label: str, taken: datetime, others: Collection[str]) -> str:
    """`derived_name`, of a later second while another database bears it."""
    return derived_name(database, label, free_moment(database, (label,), taken, others))


def free_moment(database: str, labels: Collection[str], taken: datetime, others: Collection[str]) -> datetime:
    """The first second from `taken` on whose `derived_name` is free, with every one of the labels."""
    while any(derived_name(database, label, taken) in others for label in labels):
        taken += timedelta(seconds=1)
    return taken


_KEPT = frozenset(b" !#$%&'()+,-.;=@[]^_`{}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_LONGEST_NAME = 215
"""Bytes; most file systems take 255: `~12345678`, `.manifest.json` and `.12345678.partial` fit behind.

A dump that we name has 210 at most: 63 bytes of a database's name as `~XX`, and its time.
"""
_LONGEST_ENDING = 16


def local_path(path: str) -> str:
    """A relative file path, made of harmless names, for a key's path below the prefix.

    Keys are hostile: `../../x`, `/abs`, `a\\..\\b`, NUL, line ends, a thousand bytes. Plain names stay
    as they are; everything else is written `~XX`, empty names vanish, long ones get a hash before their end.
    """
    return "/".join(_harmless(name) for name in path.split("/") if name) or "~"


def _harmless(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape")
    text = "".join(chr(byte) if byte in _KEPT else f"~{byte:02X}" for byte in raw)
    if text in {".", ".."}:
        text = text.replace(".", "~2E")
    if len(text) > _LONGEST_NAME:
        ending = PurePosixPath(text).suffix[:_LONGEST_ENDING]
        mark = f"~{hashlib.sha256(raw).hexdigest()[:16]}{ending}"
        text = text[: _LONGEST_NAME - len(mark)] + mark
    return text
