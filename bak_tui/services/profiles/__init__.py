"""The file of profiles: where it is, read strictly, written politely.

What must stay true: comments and order survive a change; a reader sees the old file or the new one, never
half of one; two writers do not lose each other's change; a file that cannot be understood is never written.
"""

from bak_tui.services.profiles.store import ProfileStore, config_path

__all__ = ["ProfileStore", "config_path"]
