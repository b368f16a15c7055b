"""What is measured: every row is a command that puts dumps below a prefix of its own."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.databases import Sample

_BAK = Path(sys.executable).parent / "bak"
_RCLONE = Path(sys.executable).parent / "rclone"
_BY_TWO = ("--format", "directory", "-j", "2")


@dataclass(frozen=True, slots=True)
class Row:
    """One of them."""

    name: str
    argv: tuple[str, ...]
    databases: tuple[str, ...] = ()
    """Whose dumps lie in the bucket afterwards, below the prefix; none: it makes only files."""
    compared: tuple[str, ...] = ()
    """The rows of which the slowest is what this one is divided by."""
    goal: str = ""

    @property
    def prefix(self) -> str:
        return self.name.replace(" ", "-").replace(":", "").replace(",", "").replace("|", "to") + "/"


@dataclass(frozen=True, slots=True)
class Samples:
    """The databases there are."""

    gen3: Sample
    tables: Sample
    objects: Sample
    small: tuple[Sample, ...]


def rows(samples: Samples, bindir: Path, prepared: Path, compressions: Sequence[str]) -> list[Row]:
    """All of them. `prepared` holds a finished dump a compression, for the rows that only upload."""
    made = list(_references(samples, bindir, prepared, compressions))
    for each in compressions:
        parts = (f"pg_dump {each}", f"upload {each}")
        made.append(_bak(f"bak backup, {each}", [samples.gen3], ("--compress", each), parts, "≤ 1.10"))
        made += _parallel(samples, bindir, each)
    best = compressions[-1]
    goal = "≤ 0.30" if best.startswith("zstd") else "≤ 0.50"
    how = ("--compress", best)
    one_by_one = "bak backup, six one by one"
    return [
        *made,
        _bak("bak backup as it comes", [samples.gen3], (), ("the original flow",), goal),
        _uncounted(samples.gen3, best),
        _bak("bak backup, 1000 tables", [samples.tables], how, ("pg_dump 1000 tables",), "≤ 1.3"),
        _bak("bak backup -j2, 1000 tables", [samples.tables], (*how, *_BY_TWO), ("bak backup, 1000 tables",)),
        _bak("bak backup, large objects", [samples.objects], how, ("pg_dump large objects",)),
        _bak(one_by_one, samples.small, (*how, "--parallel", "1")),
        _bak("bak backup, six at once", samples.small, how, (one_by_one,), "≤ 0.60"),
    ]


def chosen_of(all_rows: Sequence[Row], only: str) -> list[Row]:
    """The rows whose name holds `only`, and those that they are divided by."""
    chosen = {row.name for row in all_rows if only in row.name}
    while more := {name for row in all_rows if row.name in chosen for name in row.compared} - chosen:
        chosen |= more
    return [row for row in all_rows if row.name in chosen]


def _references(samples: Samples, bindir: Path, prepared: Path, compressions: Sequence[str]) -> Iterator[Row]:
    best = compressions[-1]
    for each in compressions:
        yield Row(f"pg_dump {each}", _dump(bindir, samples.gen3, each, "dump"))
        file = prepared / each.replace(":", "")
        yield _upload(f"upload {each}", file, samples.gen3)
    yield Row("pg_dump 1000 tables", _dump(bindir, samples.tables, best, "dump"))
    yield Row("pg_dump large objects", _dump(bindir, samples.objects, best, "dump"))
    row = Row("pg_dump | rclone rcat, gzip:6", (), (samples.gen3.name,), ("pg_dump gzip:6", "upload gzip:6"))
    piped = (
        f"{shlex.join(_dump(bindir, samples.gen3, 'gzip:6'))} | {_RCLONE} rcat {_remote(row, samples.gen3)}"
    )
    yield Row(row.name, ("sh", "-c", piped), row.databases, row.compared)
    row = Row("the original flow", (), (samples.gen3.name,))
    send = [sys.executable, "-m", "tests.bench.original", "dump", f"{row.prefix}{samples.gen3.name}.sql"]
    flow = f"{shlex.join(_dump(bindir, samples.gen3, 'gzip:6', 'dump'))} && {shlex.join(send)}"
    yield Row(row.name, ("sh", "-c", flow), row.databases)


def _parallel(samples: Samples, bindir: Path, compression: str) -> Iterator[Row]:
    """Directory format by two workers: its dump alone, and ours beside that and beside the original flow."""
    alone = f"pg_dump -j2 {compression}"
    argv = (str(bindir / "pg_dump"), "-Fd", "-j2", "--no-sync", f"--compress={compression}", "--file=dump")
    yield Row(alone, (*argv, f"--dbname={samples.gen3.name}"))
    how = ("--compress", compression, *_BY_TWO)
    yield _bak(f"bak backup -j2, {compression}", [samples.gen3], how, (alone,), "≤ 1.10")


def _uncounted(sample: Sample, compression: str) -> Row:
    """What counting the rows costs is what this one saves."""
    counted = f"bak backup, {compression}"
    row = _bak(f"{counted}, uncounted", [sample], ("--compress", compression), (counted,), "≥ 0.95")
    return replace(row, argv=(sys.executable, "-m", "tests.bench.uncounted", *row.argv[1:]))


def _dump(bindir: Path, sample: Sample, compression: str, file: str = "") -> tuple[str, ...]:
    to = (f"--file={file}",) if file else ()
    return (str(bindir / "pg_dump"), "-Fc", f"--compress={compression}", *to, f"--dbname={sample.name}")


def _upload(name: str, file: Path, sample: Sample) -> Row:
    row = Row(name, (), (sample.name,))
    key = f"{row.prefix}{sample.name}.sql"
    return Row(name, (sys.executable, "-m", "tests.bench.original", str(file), key), row.databases)


def _remote(row: Row, sample: Sample) -> str:
    return f'"target:$BAK_BUCKET/"{shlex.quote(f"{row.prefix}{sample.name}.sql")}'


def _bak(
    name: str,
    samples: Sequence[Sample],
    options: tuple[str, ...],
    compared: tuple[str, ...] = (),
    goal: str = "",
) -> Row:
    row = Row(name, ())
    names = tuple(sample.name for sample in samples)
    chosen = [f"--database={each}" for each in names]
    argv = (str(_BAK), "backup", "-q", "--prefix", row.prefix, *chosen, *options)
    return Row(name, argv, names, compared, goal)
