"""The job engine: operations run in threads of their own, and tell how far they are.

Not Textual's workers: those die with the widget that started them, share six threads and hold the program
open. Here a thread belongs to its job, from start to a cleaned-up end.
"""

from bak_tui.services.jobs.engine import JobEngine, Recorder
from bak_tui.services.jobs.job import Job
from bak_tui.services.jobs.task import Task

__all__ = ["Job", "JobEngine", "Recorder", "Task"]
