"""What a killed run would leave behind, written down before it exists: one small file an entry."""

from bak_tui.services.journal.journal import Journal, NoJournal, OpenEntry, PastEntries
from bak_tui.services.journal.process import ProcessTable
from bak_tui.services.journal.remains import partial_files, remove, spool_left

__all__ = [
    "Journal",
    "NoJournal",
    "OpenEntry",
    "PastEntries",
    "ProcessTable",
    "partial_files",
    "remove",
    "spool_left",
]
