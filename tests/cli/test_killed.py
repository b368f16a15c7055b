"""kill -9 of bak at each named step: nothing is listed that is no backup, `doctor` tells what is left and
`doctor --clean` removes it, and the next run is as if nothing had been."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bak_tui.core.leftovers import LeftoverKind
from bak_tui.operations.checkpoint import Step
from bak_tui.services.s3 import Bucket
from tests.children import running_with
from tests.cli.conftest import Site
from tests.samples import databases_of, drop, fill, fill_bytes, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import until

ROOT = Path(__file__).parents[2]
BACKUP = [Step.PREFLIGHT, Step.SNAPSHOT, Step.STREAMING, Step.GATE, Step.COMPLETE]
RESTORE = [Step.HASHED, Step.SCRATCH, Step.RESTORED, Step.COMPARED]


def kill(site: Site, verb: str, step: str, database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", verb, step, database],
        env=site.bak.environment,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL


def left(site: Site) -> list[str]:
    """What `doctor` calls left behind."""
    told = site.bak("doctor", "--json").document
    kinds = set(LeftoverKind)
    return [finding["what"] for finding in told["findings"] if finding["what"] in kinds]


def test_a_profiles_test_killed_between_its_requests_is_told_and_cleaned(embedded: Site) -> None:
    kill(embedded, "trial", "request:4", "none")  # list, put, begin; the upload is never aborted
    assert sorted(left(embedded)) == ["object of a profile's test", "open upload"]
    assert open_uploads(embedded) == 1
    cleaned = embedded.bak("doctor", "--clean", "--yes")
    assert cleaned.code == 0, cleaned.err
    assert left(embedded) == []
    assert open_uploads(embedded) == 0
    assert not [page for page in Bucket.open(embedded.target).pages("") if page.objects]


def open_uploads(site: Site) -> int:
    return len(list(Bucket.open(site.target).open_uploads("")))


@pytest.mark.parametrize("step", BACKUP)
@pytest.mark.fault("R21")
def test_a_backup_killed_at_a_step_is_told_cleaned_and_done_again(
    embedded: Site, make_database: MakeDatabase, step: Step
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 12)
    kill(embedded, "backup", step, name)
    assert embedded.bak("dumps", "--json").document["dumps"] == [] or step is Step.COMPLETE
    told = left(embedded)
    if step is Step.GATE:
        assert "open upload" in told
    if step is Step.COMPLETE:
        assert told == ["dump without its manifest"]
    cleaned = embedded.bak("doctor", "--clean", "--yes")
    assert cleaned.code == 0, cleaned.err
    assert left(embedded) == []
    assert open_uploads(embedded) == 0
    assert {stored.key for page in Bucket.open(embedded.target).pages("") for stored in page.objects} == set()
    until(lambda: embedded.bak("backup", "--database", name).code == 0)
    assert left(embedded) == []


@pytest.mark.fault("R21")
def test_a_parallel_backup_that_is_killed_is_told_and_cleaned(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 6)
    kill(embedded, "parallel", Step.GATE, name)
    assert embedded.bak("dumps", "--json").document["dumps"] == []
    until(lambda: not sessions_of(embedded.server))
    assert {"spool folder", "dump without its manifest"} <= set(left(embedded))
    cleaned = embedded.bak("doctor", "--clean", "--yes")
    assert cleaned.code == 0, cleaned.err
    assert left(embedded) == []
    assert open_uploads(embedded) == 0
    assert {stored.key for page in Bucket.open(embedded.target).pages("") for stored in page.objects} == set()


@pytest.mark.fault("R21")
def test_a_proof_on_a_throw_away_server_that_is_killed_is_told_and_cleaned(
    embedded: Site, make_database: MakeDatabase
) -> None:
    """In a folder of its own: other throw-away servers of this machine would sweep it meanwhile."""
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("backup", "--database", name).code == 0
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        embedded.bak.variables["TMPDIR"] = folder
        kill(embedded, "local", Step.SCRATCH, name)
        assert left(embedded).count("spool folder") == 2
        assert {each.name.rpartition("-")[0] for each in Path(folder).iterdir()} == {
            "bak-prove",
            "bak-throwaway",
        }
        assert embedded.bak("doctor", "--clean", "--yes").code == 0
        assert list(Path(folder).iterdir()) == []
        assert running_with(folder) == {}
    assert left(embedded) == []


@pytest.mark.parametrize("step", RESTORE)
@pytest.mark.fault("R21")
def test_a_restore_killed_at_a_step_is_told_and_cleaned(
    embedded: Site, make_database: MakeDatabase, step: Step
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 1)
    assert embedded.bak("backup", "--database", name).code == 0
    kill(embedded, "restore", step, name)
    until(lambda: step is Step.HASHED or "scratch database" in left(embedded))
    assert "spool folder" in left(embedded)
    assert embedded.bak("doctor", "--clean", "--yes").code == 0
    assert left(embedded) == []
    assert not [each for each in databases_of(embedded.server) if each.startswith(f"{name}_")]
    assert name in databases_of(embedded.server)


@pytest.mark.parametrize("is_dropped", [True, False])
@pytest.mark.parametrize("step", [Step.RESTORED, Step.COMPARED])
@pytest.mark.fault("R21", leaves=True)
def test_a_restore_into_a_database_of_the_users_that_is_killed_is_told_until_they_have_seen_to_it(
    embedded: Site, make_database: MakeDatabase, step: Step, is_dropped: bool
) -> None:
    name = make_database()
    target = f"{name}_back"
    fill_bytes(embedded.server, name, 1)
    with open_connection(embedded.server, "postgres") as connection:
        connection.execute(f"CREATE DATABASE {target}".encode())
    try:
        assert embedded.bak("backup", "--database", name).code == 0
        kill(embedded, "existing", step, name)
        until(lambda: not sessions_of(embedded.server))
        assert embedded.bak("doctor", "--clean", "--yes").code == 0
        assert left(embedded) == ["half-filled database"], "nobody but its owner may empty it"
        told = embedded.bak("doctor").out
        assert f"{target} on " in told
        assert "may hold a part of the dump" in told
        if is_dropped:
            drop(embedded.server, target)
        else:
            seen = embedded.bak("doctor", "--clean", "--yes", "--object", target)
            assert "stays and is told no more" in seen.err
            assert target in databases_of(embedded.server)
        assert left(embedded) == []
    finally:
        drop(embedded.server, target)
