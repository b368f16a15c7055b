"""Questions and commands to a PostgreSQL server, through psycopg.

psycopg is imported inside functions: it costs half a second, and `bak --help` does not need it.
"""

from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.instance import Instance
from bak_tui.services.postgres.renaming import Rename
from bak_tui.services.postgres.snapshot import Snapshot

__all__ = ["Connector", "Instance", "Rename", "Snapshot"]
