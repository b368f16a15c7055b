"""What a killed run would leave behind, written down before it exists: one small file an entry."""

from bak_tui.services.journal.journal import Journal, NoJournal, OpenEntry, PastEntries

__all__ = ["Journal", "NoJournal", "OpenEntry", "PastEntries"]
