"""The job history: what became of every job, also of those whose process died."""

from bak_tui.services.history.history import KEPT, History, PastJobs
from bak_tui.services.history.job_files import JobFiles

__all__ = ["KEPT", "History", "JobFiles", "PastJobs"]
