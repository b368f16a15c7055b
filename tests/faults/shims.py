"""Client programs one of which is a script; the real one is `$REAL` to it."""

from __future__ import annotations

from pathlib import Path


def shim(folder: Path, real: Path, script: str) -> Path:
    """Those in `real`, whose pg_dump answers `--version` truly and else runs `script`."""
    folder.mkdir()
    (folder / "pg_restore").symlink_to(real / "pg_restore")
    dump = folder / "pg_dump"
    dump.write_text(
        f'#!/bin/sh\nREAL="{real}/pg_dump"\n[ "$1" = --version ] && exec "$REAL" --version\n'
        # The question whether it knows zstd, asked where nothing listens.
        f'case "$*" in *--port=1*) exec "$REAL" "$@";; esac\n{script}\n'
    )
    dump.chmod(0o755)
    return folder


def restoring_shim(folder: Path, real: Path, script: str) -> Path:
    """Those in `real`, whose pg_restore is a script."""
    folder.mkdir()
    (folder / "pg_dump").symlink_to(real / "pg_dump")
    restore_program = folder / "pg_restore"
    restore_program.write_text(f'#!/bin/bash\nREAL="{real}/pg_restore"\n{script}\n')
    restore_program.chmod(0o755)
    return folder
