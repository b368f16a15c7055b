"""What each verb and question of `Bak` runs, by name; the module of each is imported when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.operations.on_demand import on_demand

if TYPE_CHECKING:
    from bak_tui.operations.backup.run import run_backup, run_dump
    from bak_tui.operations.bucket.board import read_board
    from bak_tui.operations.bucket.catalogue import Catalogue
    from bak_tui.operations.bucket.delete import run_delete
    from bak_tui.operations.doctor.examining import examine
    from bak_tui.operations.proof.prove import run_prove
    from bak_tui.operations.proof.verify import run_verify
    from bak_tui.operations.restore.local_dumps import local_sources
    from bak_tui.operations.restore.run import run_restores
    from bak_tui.operations.restore.undo import run_undo
    from bak_tui.operations.transfer.download import run_download
    from bak_tui.operations.transfer.upload import run_upload
else:
    run_backup = on_demand("backup.run", "run_backup")
    run_dump = on_demand("backup.run", "run_dump")
    read_board = on_demand("bucket.board", "read_board")
    Catalogue = on_demand("bucket.catalogue", "Catalogue")
    run_delete = on_demand("bucket.delete", "run_delete")
    examine = on_demand("doctor.examining", "examine")
    run_prove = on_demand("proof.prove", "run_prove")
    run_verify = on_demand("proof.verify", "run_verify")
    local_sources = on_demand("restore.local_dumps", "local_sources")
    run_restores = on_demand("restore.run", "run_restores")
    run_undo = on_demand("restore.undo", "run_undo")
    run_download = on_demand("transfer.download", "run_download")
    run_upload = on_demand("transfer.upload", "run_upload")

__all__ = [
    "Catalogue",
    "examine",
    "local_sources",
    "read_board",
    "run_backup",
    "run_delete",
    "run_download",
    "run_dump",
    "run_prove",
    "run_restores",
    "run_undo",
    "run_upload",
    "run_verify",
]
