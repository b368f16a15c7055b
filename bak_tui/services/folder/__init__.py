"""Dumps in a folder of this machine: written whole or not at all, by one writer at a time, never outside."""

from bak_tui.services.folder.folder import Folder, LocalFile, free_space, hash_file

__all__ = ["Folder", "LocalFile", "free_space", "hash_file"]
