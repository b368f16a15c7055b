"""Where the dialogs' keys mean something, beside `key_rooms` for the workbench's.

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
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.key_rooms import Room
from bak_tui.tui.widgets.help import Help
from bak_tui.tui.widgets.listing import Listing

EVERY_DIALOG = Room("every dialog", (Dialog,), is_common=True)
DIALOGS = (
    Room("a backup", (BackupDialog,)),
    Room("a restore", (RestoreDialog,)),
    Room("its tables", (TablesDialog,)),
    Room("a folder", (FolderDialog,)),
    Room("a profile", (ProfileDialog,)),
    Room("a choice", (Pick,)),
    Room("yes or no", (Confirm,)),
    Room("what was left", (LeftoversDialog,)),
    Room("a result", (ResultDialog,)),
    Room("details", (DetailsDialog,)),
    Room("a log", (LogDialog,)),
)
HELP = Room("the help", (Help,))
IN_DIALOGS = Room("every list", (Listing,), is_common=True)
FIXED = frozenset(
    {
        "dialog.accept",
        "dialog.cancel",
        "backup.next",
        "restore.next",
        "folder.next",
        "folder.list",
        "profile.next",
        "profile.previous",
    }
)
"""Enter, escape, tab and the arrows between fields."""
