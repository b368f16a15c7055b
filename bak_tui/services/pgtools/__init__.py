"""pg_dump and pg_restore: find them, choose one for a server, run them as children that die with us."""

from bak_tui.services.pgtools.cluster import GlobalsProcess, GlobalsRequest
from bak_tui.services.pgtools.complaints import Category, Complaint, skipped
from bak_tui.services.pgtools.compression import Compression, choose_compression
from bak_tui.services.pgtools.copies import count_copies
from bak_tui.services.pgtools.decoding import Decoder
from bak_tui.services.pgtools.dumping import DumpProcess, DumpRequest
from bak_tui.services.pgtools.finding import Toolbox, ToolSet
from bak_tui.services.pgtools.open_files import open_files
from bak_tui.services.pgtools.probing import probe_connection
from bak_tui.services.pgtools.restoring import (
    AS_DUMPED,
    Manner,
    Ownership,
    RestoreRequest,
    RestoreResult,
    decode,
    run_restore,
)
from bak_tui.services.pgtools.sampling import sampled
from bak_tui.services.pgtools.scripts import psql_command

__all__ = [
    "AS_DUMPED",
    "Category",
    "Complaint",
    "Compression",
    "Decoder",
    "DumpProcess",
    "DumpRequest",
    "GlobalsProcess",
    "GlobalsRequest",
    "Manner",
    "Ownership",
    "RestoreRequest",
    "RestoreResult",
    "ToolSet",
    "Toolbox",
    "choose_compression",
    "count_copies",
    "decode",
    "open_files",
    "probe_connection",
    "psql_command",
    "run_restore",
    "sampled",
    "skipped",
]
