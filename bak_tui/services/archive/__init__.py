"""What is inside a pg_dump archive, read from its bytes. Nothing else in the project reads archives."""

from bak_tui.services.archive.header import HEAD_BYTES, ArchiveHead, Kind, recognise

__all__ = ["HEAD_BYTES", "ArchiveHead", "Kind", "recognise"]
