"""Servers that are ours for a while: on loopback, in a private folder, gone with us however we end.

Behind the demo, the tests, and proofs on a cluster of this machine. Nothing here is fit to hold anybody's
data for longer: nothing is synced to disk.
"""

from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.leftovers import clear_if_dead, is_throwaway
from bak_tui.services.throwaway.postgres import ThrowawayPostgres

__all__ = ["ThrowawayFolder", "ThrowawayPostgres", "clear_if_dead", "is_throwaway"]
