"""Dumps of foreign tools in a bucket and in a folder: listed, verified, proven, uploaded and fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.core.checks import CheckResult
from bak_tui.core.errors import ExitCode, FileProblem, IntegrityError, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.selection import Selection
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.transfer.download import DownloadOptions
from tests.operations.conftest import House
from tests.operations.test_foreign import (
    cut,
    dump,
    empty,
    foreign,
    is_all_there,
    largest,
    only_embedded,
    run,
    shorten,
    zipped,
)
from tests.samples import SAMPLE_ROWS
from tests.services.archive.conftest import Dumper

__all__ = ["foreign"]


@only_embedded
def test_foreign_dumps_in_a_bucket_are_restored_by_their_keys(foreign: Dumper, house: House) -> None:
    bak = house.bak()
    catalogue = bak.catalogue(house.target)
    folder = dump(foreign, "made.dir", "--format=directory")
    for file in folder.iterdir():
        house.bucket.write(f"old/made.dir/{file.name}", file.read_bytes())
    house.bucket.write("old/made.tar.gz", zipped(dump(foreign, "x.tar", "--format=tar")).read_bytes())
    for key in ("old/made.dir/", "old/made.dir", "old/made.dir/toc.dat", "old/made.tar.gz"):
        source = catalogue.source(f"s3://{house.target.bucket}/{key}")
        assert source.database == "made"
        outcome, _ = run(house, [source])
        assert is_all_there(house, outcome)
    house.bucket.write(f"old/made.dir/{largest(folder).name}", b"")
    outcome, steps = run(house, [catalogue.source("old/made.dir/")])
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])


def put(house: House, path: Path, key: str) -> str:
    """A file, or a folder file by file, into the bucket."""
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        house.bucket.write(f"{key}/{file.name}" if path.is_dir() else key, file.read_bytes())
    return key


def of_every_form(foreign: Dumper, house: House) -> dict[str, Path]:
    """One dump of each form that stands without a manifest, in the bucket by its key."""
    made = {
        "old/a.dir": dump(foreign, "a.dir", "--format=directory"),
        "old/b.tar": dump(foreign, "b.tar", "--format=tar"),
        "old/c.dump.gz": zipped(dump(foreign, "c.dump", "--format=custom")),
        "old/d.tar.gz": zipped(dump(foreign, "d.tar", "--format=tar")),
    }
    for key, path in made.items():
        put(house, path, key)
    return made


@only_embedded
def test_every_form_in_a_bucket_is_listed_verified_proven_fetched_and_deleted(
    foreign: Dumper, house: House, tmp_path: Path
) -> None:
    made = of_every_form(foreign, house)
    house.bucket.write("old/a.dir/notes.txt", b"somebody's")
    bak = house.bak()
    inventory = bak.catalogue(house.target).inventory()
    dumps = sorted(inventory.dumps, key=lambda dump: dump.path)
    assert [dump.path for dump in dumps] == sorted(made)
    assert [dump.database for dump in dumps] == ["a", "b", "c", "d"]
    assert inventory.others == 1
    assert dumps[0].stored.size == sum(file.stat().st_size for file in made["old/a.dir"].iterdir())
    verified = bak.verify(house.profile, dumps, VerifyOptions()).result()
    for checked in verified.outcomes:
        assert checked.state is JobState.WARN, checked.error
        assert checked.result
        assert checked.result.compared == ("archive",)
    proven = bak.prove(house.profile, dumps, ProveOptions(jobs=2)).result()
    for outcome in proven.outcomes:
        assert outcome.state is JobState.WARN, outcome.error
        assert outcome.result
        assert outcome.result.rows == sum(SAMPLE_ROWS.values())
    fetched = bak.download(house.target, dumps, DownloadOptions(tmp_path / "here")).result()
    assert fetched.exit_code is ExitCode.DONE
    here, _ = bak.folder_dumps(tmp_path / "here", Selection())
    assert sorted(source.database for source in here) == ["a", "b", "c", "d"]
    seen = bak.catalogue(house.target).inventory().dumps
    assert [[check.result for check in dump.checks] for dump in seen] == [[CheckResult.OK] * 2] * 4
    confirmed = DeleteOptions(frozenset({house.profile.name}))
    assert bak.delete(house.profile, dumps, confirmed).result().exit_code is ExitCode.DONE
    assert house.keys() == {"old/a.dir/notes.txt"}


@only_embedded
@pytest.mark.parametrize("harm", [cut, shorten, empty])
def test_harm_to_any_form_in_a_bucket_is_found_by_verify_and_kept(
    foreign: Dumper, house: House, harm: Callable[[Path], None]
) -> None:
    made = of_every_form(foreign, house)
    bak = house.bak()
    dumps = [bak.catalogue(house.target).show(key) for key in made]
    for key, path in made.items():
        file = largest(path) if path.is_dir() else path
        harm(file)
        put(house, file, f"{key}/{file.name}" if path.is_dir() else key)
    report = bak.verify(house.profile, dumps, VerifyOptions()).result()
    assert [outcome.exit_code for outcome in report.outcomes] == [ExitCode.INTEGRITY] * len(made)
    for key in made:
        (check,) = bak.catalogue(house.target).show(key).checks
        assert check.result is CheckResult.FAILED


def of_every_form_here(foreign: Dumper) -> dict[str, Path]:
    """The same in a folder of this machine, by the names of their databases."""
    return {
        "a": dump(foreign, "a.dir", "--format=directory"),
        "b": dump(foreign, "b.tar", "--format=tar"),
        "c": zipped(dump(foreign, "c.dump", "--format=custom")),
        "d": zipped(dump(foreign, "d.tar", "--format=tar")),
        "e": dump(foreign, "e.dump", "--format=custom"),
    }


@only_embedded
def test_every_form_of_a_folder_is_uploaded_and_restored_from_there(foreign: Dumper, house: House) -> None:
    made = of_every_form_here(foreign)
    (made["a"] / "notes.txt").write_text("somebody's")
    bak = house.bak()
    report = bak.upload(house.target, foreign.folder, Selection(), 2).result()
    assert report.exit_code is ExitCode.DONE
    assert not any("notes" in key for key in house.objects())
    dumps = sorted(bak.catalogue(house.target).inventory().dumps, key=lambda dump: dump.path)
    assert [dump.database for dump in dumps] == sorted(made)
    for source in bak.catalogue(house.target).sources(dumps):
        outcome, _ = run(house, [source])
        assert is_all_there(house, outcome)
    again = bak.upload(house.target, foreign.folder, Selection(), 2).result()
    assert all("another object is already at" in outcome.sentence for outcome in again.outcomes)


@only_embedded
@pytest.mark.parametrize("harm", [cut, shorten])
def test_what_of_a_folder_is_cut_is_not_uploaded_in_any_form(
    foreign: Dumper, house: House, harm: Callable[[Path], None]
) -> None:
    for path in of_every_form_here(foreign).values():
        harm(largest(path) if path.is_dir() else path)
    report = house.bak().upload(house.target, foreign.folder, Selection(), 2).result()
    assert [outcome.exit_code for outcome in report.outcomes] == [ExitCode.INTEGRITY] * 5
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()


@only_embedded
def test_a_directory_in_a_bucket_that_lost_a_file_is_found_by_verify(foreign: Dumper, house: House) -> None:
    folder = dump(foreign, "a.dir", "--format=directory")
    put(house, folder, "a.dir")
    lost = largest(folder).name
    house.bucket.delete([f"a.dir/{lost}"])
    listed = house.bak().catalogue(house.target).show("a.dir/")
    (outcome,) = house.bak().verify(house.profile, [listed], VerifyOptions()).result().outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert lost.partition(".")[0] in outcome.sentence


@only_embedded
def test_files_that_only_look_like_a_directorys_are_no_dump(foreign: Dumper, house: House) -> None:
    custom = dump(foreign, "c", "--format=custom")
    house.bucket.write("odd/12.dat", custom.read_bytes())
    house.bucket.write("odd/13.dat", b"nothing")
    house.bucket.write("fake/toc.dat", b"no table of contents")
    house.bucket.write("fake/1.dat", b"1")
    inventory = house.bak().catalogue(house.target).inventory()
    assert [dump.path for dump in inventory.dumps] == ["odd/12.dat"]
    assert inventory.others == 2


@only_embedded
def test_what_is_no_archive_in_a_bucket_is_told_in_a_sentence(foreign: Dumper, house: House) -> None:
    bak = house.bak()
    catalogue = bak.catalogue(house.target)
    house.bucket.write("plain.sql", dump(foreign, "p", "--format=plain").read_bytes())
    house.bucket.write("empty.sql", b"")
    house.bucket.write("notes.txt", b"notes")
    house.bucket.write("short.sql", dump(foreign, "c", "--format=custom").read_bytes()[:40])
    with pytest.raises(FileProblem, match="plain SQL") as caught:
        run(house, [catalogue.source("plain.sql")])
    url = f"s3://{house.target.bucket}/plain.sql"
    assert f"aws s3 cp --endpoint-url {house.target.endpoint} {url} - | psql " in caught.value.hint
    assert "keepalives" not in caught.value.hint
    for key, said in (("empty.sql", "is empty"), ("short.sql", "is cut off")):
        with pytest.raises(IntegrityError, match=said):
            catalogue.source(key)
    for key in ("notes.txt", "nothing", "nothing/"):
        with pytest.raises(UsageError):
            catalogue.source(key)
