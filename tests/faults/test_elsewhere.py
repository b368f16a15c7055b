"""Cleaning from another machine, or with another state folder, leaves alone what still runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site, embedded
from tests.cli.runner import BAK, Finished
from tests.faults.shims import shim
from tests.faults.test_machine import CLEANING, name
from tests.samples import databases_of, drop, fill_bytes, rows_of, sessions_of
from tests.waiting import PATIENCE, until

__all__ = ["embedded", "name"]


@pytest.fixture
def held(embedded: Site, name: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A backup whose pg_dump waits after its first part, until `go` is there."""
    fill_bytes(embedded.server, name, 24)
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    wait = f'touch "{tmp_path}/held"; while [ ! -e "{tmp_path}/go" ]; do sleep 0.05; done'
    script = f'"$REAL" "$@" | {{ head -c 12000000; {wait}; cat; }}'
    embedded.bak.variables["BAK_PG_BINDIR"] = str(shim(tmp_path / "bin", bindir, script))
    process = embedded.bak.start("backup", "--database", name, "--part-size", "5MiB", "--compress", "none")
    embedded.bak.variables["BAK_PG_BINDIR"] = str(bindir)
    until((tmp_path / "held").exists)
    until(lambda: Bucket.open(embedded.target).open_uploads(""))
    yield process
    (tmp_path / "go").touch()
    process.communicate(timeout=PATIENCE)


def elsewhere(site: Site, state: Path, *argv: str) -> Finished:
    """`bak` on a machine of another name, with a state folder of its own or the same one."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("no other name of this machine can be made here")
    done = subprocess.run(
        ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh", str(BAK), *argv],
        env={**site.bak.environment, "BAK_STATE_DIR": str(state)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("whose", ["its own", "the same"])
@pytest.mark.fault("R65")
def test_cleaning_on_another_machine_leaves_a_running_backup_alone(
    embedded: Site, held: subprocess.Popen[bytes], tmp_path: Path, whose: str
) -> None:
    state = tmp_path / "other" if whose == "its own" else embedded.bak.home / "state"
    runs = [
        subprocess.Popen(
            ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', host, str(BAK), *CLEANING],
            env={**embedded.bak.environment, "BAK_STATE_DIR": str(state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for host in ("one", "two")
    ]
    said = [run.communicate(timeout=PATIENCE)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert embedded.bak(*CLEANING).code == 0
    assert len(Bucket.open(embedded.target).open_uploads("")) == 1
    (tmp_path / "go").touch()
    out, err = held.communicate(timeout=PATIENCE)
    assert held.returncode == 0, out + err
    assert embedded.bak("verify", "--all").code == 0


@pytest.mark.fault("R65")
def test_cleaning_on_another_machine_leaves_a_running_restore_alone(
    embedded: Site, name: str, tmp_path: Path
) -> None:
    assert embedded.bak("backup", "--database", name).code == 0
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pg_dump").symlink_to(bindir / "pg_dump")
    wait = f'touch "{tmp_path}/held"; while [ ! -e "{tmp_path}/go" ]; do sleep 0.05; done'
    script = f'#!/bin/sh\ncase "$*" in *--dbname*) {wait};; esac\nexec "{bindir}/pg_restore" "$@"\n'
    (folder / "pg_restore").write_text(script)
    (folder / "pg_restore").chmod(0o755)
    embedded.bak.variables["BAK_PG_BINDIR"] = str(folder)
    process = embedded.bak.start("restore", "--database", name, "--into", f"{name}_r")
    embedded.bak.variables["BAK_PG_BINDIR"] = str(bindir)
    until((tmp_path / "held").exists)
    scratch = {each for each in databases_of(embedded.server) if each.startswith(f"{name}_r__new")}
    assert len(scratch) == 1
    for state in (tmp_path / "other", embedded.bak.home / "state"):
        done = elsewhere(embedded, state, *CLEANING)
        assert done.code == 0, done.err
    assert scratch <= databases_of(embedded.server)
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out + err
    assert rows_of(embedded.server, f"{name}_r") == rows_of(embedded.server, name)
    drop(embedded.server, f"{name}_r")
    until(lambda: not sessions_of(embedded.server))
