"""What stands above what is inside a dump: which it is, how it was made; and how much was read of it."""

from __future__ import annotations

from bak_tui.core.wording import plural, size
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.peek import Peek
from bak_tui.services.archive import ArchiveHead
from bak_tui.tui.look.spans import Line, foreign, middle


def facts(dump: StoredDump, head: ArchiveHead | None, width: int, *, below: str | None) -> list[Line]:
    """Name, size, format, compression and versions: in one line, or in several with `below` as the last."""
    name = foreign(dump.path.rpartition("/")[2])
    told = f"{size(dump.stored.size)}   {foreign(_made(dump, head))}".rstrip()
    if below is None:
        room = max(8, width - len(told) - 3)
        return [
            [(middle(name, room) if len(name) > room else name, "text bold"), ("   ", ""), (told, "text")]
        ]
    return [[(middle(name, width), "text bold")], [(told, "text")], [(below, "muted")]]


def how_much(peek: Peek) -> str:
    """`read 1.3 MB of 6.1 GB in 3 requests`; empty before anything came."""
    if not peek.requests:
        return ""
    asked = plural(peek.requests, "request")
    return f"read {size(peek.taken)} of {size(peek.dump.stored.size)} in {asked}"


def _made(dump: StoredDump, head: ArchiveHead | None) -> str:
    """As far as anything tells it: the manifest, else its own first bytes."""
    manifest = dump.manifest
    if manifest is not None:
        made = [str(manifest.format), manifest.compression]
        pg_dump, server = manifest.tools.pg_dump, manifest.server.version
    elif head is not None and head.pg_dump_version:
        made = ["directory" if dump.is_directory else "custom", head.compression or ""]
        pg_dump, server = head.pg_dump_version, head.server_version or ""
    else:
        return ""
    told = [*made, f"pg_dump {pg_dump}", f"from PostgreSQL {server}" if server else ""]
    return ", ".join(filter(None, told))
