"""What jobs come to: the result of each verb for one database, dump or file."""

from __future__ import annotations

from bak_tui.operations.deleting import Deleted
from bak_tui.operations.download import Fetched
from bak_tui.operations.proving import Proven
from bak_tui.operations.restoring import Restored
from bak_tui.operations.sending import Sent
from bak_tui.operations.taking import Taken
from bak_tui.operations.undo import Undone
from bak_tui.operations.verifying import Verified

__all__ = ["Deleted", "Fetched", "Proven", "Restored", "Result", "Sent", "Taken", "Undone", "Verified"]

Result = Deleted | Fetched | Proven | Restored | Sent | Taken | Undone | Verified
