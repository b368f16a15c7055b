"""The job history: what became of every job, also of those whose process died."""

from bak_tui.services.history.history import KEPT, History, PastJobs

__all__ = ["KEPT", "History", "PastJobs"]
