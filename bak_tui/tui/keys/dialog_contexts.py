"""Where the dialogs' keys mean something, beside `contexts` for the workbench's.

Apart from it, as it takes every dialog there is: needed only when `[keys]` names an action. What fields and
buttons take themselves (enter, escape, tab, arrows and space in them) stays as it is in every program.
"""

from __future__ import annotations

from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.dialogs.leftovers import LeftoversDialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.keys.contexts import Context
from bak_tui.tui.widgets.help import Help
from bak_tui.tui.widgets.listing import Listing

EVERY_DIALOG = Context("every dialog", (Dialog,), is_common=True)
DIALOGS = (
    Context("a backup", (BackupDialog,)),
    Context("a restore", (RestoreDialog,)),
    Context("its tables", (TablesDialog,)),
    Context("a folder", (FolderDialog,)),
    Context("a profile", (ProfileDialog,)),
    Context("yes or no", (Confirm,)),
    Context("what was left", (LeftoversDialog,)),
    Context("a result", (ResultDialog,)),
    Context("details", (DetailsDialog,)),
    Context("a peek", (PeekDialog,)),
    Context("a log", (LogDialog,)),
)
HELP = Context("the help", (Help,))
IN_DIALOGS = Context("every list", (Listing,), is_common=True)
FIXED = frozenset(
    {
        "dialog.accept",
        "dialog.cancel",
        "backup.next",
        "restore.next",
        "tables.next",
        "folder.next",
        "folder.list",
        "peek.next",
        "profile.next",
        "profile.previous",
    }
)
"""Enter, escape, tab and the arrows between fields."""
