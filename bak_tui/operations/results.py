"""What jobs come to: the result of each verb for one database, dump or file."""

from __future__ import annotations

from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bucket.deleting import Deleted
from bak_tui.operations.proof.proving import Proven
from bak_tui.operations.proof.verifying import Verified
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.undo import Undone
from bak_tui.operations.transfer.download import Fetched
from bak_tui.operations.transfer.sending import Sent

__all__ = ["Deleted", "Fetched", "Proven", "Restored", "Result", "Sent", "Taken", "Undone", "Verified"]

Result = Deleted | Fetched | Proven | Restored | Sent | Taken | Undone | Verified
