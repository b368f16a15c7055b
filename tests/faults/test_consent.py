"""Whether a stranger's code is run: who agrees to it, to what, and what needs no saying. Faults R43."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.core.consent import Consent
from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step, no_checkpoint
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.archive import LOOKED_AT
from bak_tui.services.s3 import Bucket
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.proof import ProveDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from tests.cli.conftest import Site, embedded
from tests.faults.test_code import HOSTILE, PLAIN
from tests.operations.conftest import House, house
from tests.operations.test_restore import dump_of, restore
from tests.samples import databases_of, drop
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.tui.conftest import on_stage

__all__ = ["embedded", "house"]


class TwoFaced(Bucket):
    """A store that shows whoever looks at a dump another table of contents than it sends."""

    shown = b""

    def read_head(self, key: str, length: int) -> bytes:
        return (
            self.shown if self.shown and key.endswith(("toc.dat", ".sql")) else super().read_head(key, length)
        )


@pytest.mark.fault("R43")
@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
@pytest.mark.parametrize("verb", ["restore", "prove"])
def test_what_is_loaded_is_looked_at_and_not_what_was_shown_before(
    house: House, make_database: MakeDatabase, form: FormatWish, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, hostile = make_database(), make_database()
    with open_connection(house.server, hostile) as connection:
        connection.execute(HOSTILE.replace("ALTER ROLE bak_restorer SUPERUSER", "SELECT 1").encode())
    bak = house.bak(bucket=TwoFaced)
    for name in (plain, hostile):
        bak.backup(house.profile, Selection((name,)), BackupOptions(format=form)).result()
    house.bucket.delete([key for key in house.objects() if key.endswith(".manifest.json")])
    (key,) = (key for key in house.objects() if f"/{plain}-" in key and key.endswith(("toc.dat", ".sql")))
    monkeypatch.setattr(TwoFaced, "shown", house.bucket.read_head(key, LOOKED_AT))
    catalogue = bak.catalogue(house.target)
    (dump,) = (dump for dump in catalogue.inventory().dumps if f"/{hostile}-" in f"/{dump.path}")
    assert bak.plans.unvouched(house.server, catalogue.sources([dump])) == (), "that is what it shows"
    outcomes: tuple[Outcome[object], ...]
    if verb == "restore":
        how = RestoreOptions(into="bak_trapped")
        outcomes = bak.restore(house.server, catalogue.sources([dump]), how).result().outcomes
    else:
        outcomes = bak.prove(house.profile, [dump], ProveOptions()).result().outcomes
    (outcome,) = outcomes
    assert outcome.exit_code is ExitCode.CONFIRMATION, outcome
    assert "public.fine(integer)" in str(outcome.error)
    assert "bak_trapped" not in databases_of(house.server)


@pytest.mark.fault("R43")
def test_who_agreed_to_one_dump_has_not_agreed_to_what_took_its_place(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(HOSTILE.replace("ALTER ROLE bak_restorer SUPERUSER", "SELECT 1").encode())
    path = dump_of(house, name, tmp_path)
    path.with_name(f"{path.name}.manifest.json").unlink()
    harmless, other = path.read_bytes(), path.read_bytes().replace(b"SELECT 1'", b"SELECT 2'")
    assert harmless != other

    def exchange(step: Step, _subject: str) -> None:
        if step is Step.HASHED:
            path.write_bytes(other)

    for checkpoint, code in ((exchange, ExitCode.CONFIRMATION), (no_checkpoint, ExitCode.PARTIAL)):
        path.write_bytes(harmless)
        bak = house.bak(checkpoint=checkpoint)
        dumps, _ = bak.folder_dumps(tmp_path, Selection())
        (shown,) = bak.plans.unvouched(house.server, dumps)
        how = RestoreOptions(into="bak_trapped", consent=Consent(seals=frozenset({shown.seal})))
        report = bak.restore(house.server, dumps, how).result()
        assert report.exit_code is code, report
    drop(house.server, "bak_trapped")


@pytest.mark.fault("R43")
@pytest.mark.parametrize(("mode", "folder_mode"), [(0o666, 0o700), (0o600, 0o777)])
def test_a_dump_that_others_may_change_while_it_is_read_must_be_said(
    house: House, make_database: MakeDatabase, tmp_path: Path, mode: int, folder_mode: int
) -> None:
    path = dump_of(house, make_database(), tmp_path / "dumps")
    path.with_name(f"{path.name}.manifest.json").unlink()
    path.chmod(mode)
    path.parent.chmod(folder_mode)
    (outcome,) = restore(house.bak(), house, tmp_path / "dumps", into="bak_trapped").outcomes
    assert outcome.exit_code is ExitCode.CONFIRMATION
    assert "others on this machine may change" in str(outcome.error)
    path.chmod(0o600)
    path.parent.chmod(0o700)
    report = restore(house.bak(), house, tmp_path / "dumps", into="bak_trapped")
    assert report.exit_code is ExitCode.PARTIAL, report
    drop(house.server, "bak_trapped")


@pytest.mark.fault("R43")
def test_a_dump_without_code_or_with_a_manifest_needs_no_saying(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    plain, vouched = make_database(), make_database()
    with open_connection(embedded.server, plain) as connection:
        connection.execute(PLAIN.encode())
    with open_connection(embedded.server, vouched) as connection:
        connection.execute(HOSTILE.replace("ALTER ROLE bak_restorer SUPERUSER", "SELECT 1").encode())
    for name in (plain, vouched):
        assert embedded.bak("dump", f"--database={name}", f"--dir={tmp_path}").code == 0
    (manifest,) = tmp_path.rglob(f"{plain}*.manifest.json")
    manifest.unlink()
    for name, code in ((plain, ExitCode.PARTIAL), (vouched, ExitCode.DONE)):
        done = embedded.bak("restore", f"--dir={tmp_path}", f"--database={name}", f"--into={name}_again")
        assert done.code == code, done.err
        drop(embedded.server, f"{name}_again")


@pytest.mark.fault("R43")
@pytest.mark.parametrize("verb", ["restore", "prove"])
@pytest.mark.asyncio
async def test_the_screens_ask_before_a_superuser_runs_code_that_nothing_vouches_for(
    house: House, make_database: MakeDatabase, verb: str
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(HOSTILE.replace("ALTER ROLE bak_restorer SUPERUSER", "SELECT 1").encode())
    house.bak().backup(house.profile, Selection((name,)), BackupOptions()).result()
    (manifest,) = (key for key in house.objects() if key.endswith(".manifest.json"))
    house.bucket.delete([manifest])
    async with on_stage(house) as stage:
        for agrees in (False, True):
            await stage.go_to(stage.databases, name)
            if verb == "restore":
                await stage.opened(RestoreDialog, "R")
                await stage.press("enter")
                await stage.until(lambda: f"{name}_restored" in stage.text())
                await stage.press("enter")
                await stage.until(lambda: "--as-superuser" in stage.text())
            else:
                await stage.opened(ProveDialog, "P")
            await stage.opened(Confirm, "enter")
            assert "public.fine(integer)" in stage.text()
            assert "--as-superuser" in stage.text()
            if not agrees:
                await stage.press("enter")  # which is No
                await stage.until(lambda: not isinstance(stage.app.screen, Confirm))
                await stage.press("escape")
                await stage.until(lambda: stage.app.screen is stage.workbench)
                assert not [*stage.jobs.running, *stage.jobs.finished]
        await stage.press("y")
        await stage.all_ended(1, well=False)
        assert {job.state for job in stage.jobs.finished} <= {JobState.OK, JobState.WARN}, stage.text()
    drop(house.server, f"{name}_restored")
