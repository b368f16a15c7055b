"""A folder of dumps: written whole or not at all, private, and never outside itself."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled, DumpFailed, FileProblem, NoSpace
from bak_tui.core.names import PARTIAL_SUFFIX
from bak_tui.core.parts import MIN_PART_SIZE, Digester, PartPlan, Receipt, StreamDigest
from bak_tui.services.folder import Folder, hash_file
from bak_tui.services.journal import partial_files
from tests.faults.tmpfs import mounted

PLAN = PartPlan(MIN_PART_SIZE)
PATH = "fence/fence-20261123T120000Z.sql"
BODY = os.urandom(3 * 1024 * 1024 + 7)


@dataclass
class Job:
    """A cancellation that comes after so many looks."""

    checks_left: int = 1_000_000

    def check(self) -> None:
        self.checks_left -= 1
        if self.checks_left < 0:
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a folder has nothing to wait for, {seconds} s")


@dataclass
class Failing:
    """A source that breaks after its first megabyte."""

    error: Exception
    reads: int = 0

    def read(self, size: int, /) -> bytes:
        self.reads += 1
        if self.reads > 1:
            raise self.error
        return b"x" * size


@dataclass
class Dripping:
    """A source that gives less than it was asked for."""

    body: bytes
    position: int = field(default=0)

    def read(self, size: int, /) -> bytes:
        piece = self.body[self.position : self.position + min(size, 1000)]
        self.position += len(piece)
        return piece


def store(
    folder: Folder,
    source: object,
    path: str = PATH,
    *,
    job: Job | None = None,
    gate: Callable[[StreamDigest], None] = lambda _digest: None,
    progress: Callable[[int], None] = lambda _amount: None,
) -> Receipt:
    return folder.store(
        path,
        source,  # type: ignore[arg-type]  # each has a read()
        PLAN,
        cancellation=job or Job(),
        gate=gate,
        progress=progress,
    )


def everything_in(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refuse(_digest: StreamDigest) -> None:
    raise DumpFailed("pg_dump ended with exit code 1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "dumps")


# -- writing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [io.BytesIO(BODY), Dripping(BODY)], ids=["whole", "dripping"])
def test_a_stream_is_stored_as_it_came_and_hashed(folder: Folder, source: object) -> None:
    seen: list[int] = []
    receipt = store(folder, source, progress=seen.append)
    digester = Digester(PLAN)
    digester.update(BODY)
    assert receipt.digest == digester.finish()
    assert receipt.checked == ("size",)
    assert folder.place(PATH).read_bytes() == BODY
    assert sum(seen) == len(BODY)
    assert everything_in(folder.root) == [PATH]


def test_the_gate_is_asked_before_the_file_has_its_name(folder: Folder) -> None:
    def gate(digest: StreamDigest) -> None:
        assert digest.size == len(BODY)
        assert folder.size_of(PATH) is None
        assert [name.endswith(PARTIAL_SUFFIX) for name in everything_in(folder.root)] == [True]
        asked.append(digest)

    asked: list[StreamDigest] = []
    store(folder, io.BytesIO(BODY), gate=gate)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("source", "job", "gate", "error"),
    [
        (io.BytesIO(BODY), Job(), refuse, DumpFailed),
        (Failing(DumpFailed("gone")), Job(), None, DumpFailed),
        (Failing(OSError(5, "Input/output error")), Job(), None, FileProblem),
        (Failing(ZeroDivisionError()), Job(), None, ZeroDivisionError),
        (io.BytesIO(BODY), Job(checks_left=2), None, Cancelled),
    ],
    ids=["gate", "source", "source's system", "defect", "cancelled"],
)
def test_what_fails_leaves_nothing_and_what_was_there_stays(
    folder: Folder,
    source: object,
    job: Job,
    gate: Callable[[StreamDigest], None] | None,
    error: type[Exception],
) -> None:
    folder.write(PATH, b"the older one")
    with pytest.raises(error):
        store(folder, source, job=job, gate=gate or (lambda _digest: None))
    assert everything_in(folder.root) == [PATH]
    assert folder.place(PATH).read_bytes() == b"the older one"


def test_a_small_file_replaces_an_older_one_in_one_step(folder: Folder) -> None:
    folder.write("a.json", b"old")
    with folder.reading("a.json") as reader:
        folder.write("a.json", b"newer")
        assert reader.read() == b"old"
    assert folder.read("a.json", limit=10) == b"newer"
    assert everything_in(folder.root) == ["a.json"]


def test_a_file_is_on_the_disk_before_it_has_its_name(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        name = os.readlink(f"/proc/self/fd/{handle}")
        synced.append((Path(name).name, folder.place("a.json").exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    folder.write("a.json", b"x")
    (file, was_visible), (parent, is_visible) = synced
    assert (file.endswith(PARTIAL_SUFFIX), was_visible) == (True, False)
    assert (parent, is_visible) == (folder.root.name, True)
    synced.clear()
    Folder(folder.root, lasts=False).write("a.json", b"y")
    assert synced == []


def test_who_comes_second_to_a_file_in_the_making_is_told_and_leaves_it_alone(folder: Folder) -> None:
    def meet(_digest: StreamDigest) -> None:
        with pytest.raises(FileProblem, match="another run is writing") as caught:
            Folder(folder.root).write(PATH, b"other")
        assert caught.value.kind == "busy"
        Folder(folder.root).write("fence/other.sql", b"another file is nobody's business")

    store(folder, io.BytesIO(BODY), gate=meet)
    assert folder.place(PATH).read_bytes() == BODY
    assert everything_in(folder.root) == ["fence/fence-20261123T120000Z.sql", "fence/other.sql"]


def test_what_a_killed_writer_left_is_in_nobodys_way_and_one_that_lives_is_not_taken_for_left(
    folder: Folder,
) -> None:
    program = (
        "import os, sys, pathlib; from bak_tui.services.folder.writing import written_whole\n"
        "with written_whole(pathlib.Path(sys.argv[1])) as file:\n"
        "    print(flush=True); sys.stdin.read(); os.kill(os.getpid(), 9)"
    )
    place = folder.make_room(PATH)
    argv = [sys.executable, "-c", program, str(place)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"\n"
        with pytest.raises(FileProblem, match="another run is writing"):
            folder.write(PATH, b"x")
        assert partial_files(place.as_uri()) == []
        writer.communicate()
    assert writer.returncode == -9
    (left,) = partial_files(place.as_uri())
    assert left.name.endswith(PARTIAL_SUFFIX)
    folder.write(PATH, b"x")
    assert folder.read(PATH, limit=1) == b"x"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.fault("R42")
def test_files_and_folders_are_private_whatever_the_umask(folder: Folder, umask: int) -> None:
    before = os.umask(umask)
    try:
        store(folder, io.BytesIO(b"x"), "a/b/c.sql")
        folder.write("a/b/c.json", b"x")
    finally:
        os.umask(before)
    files = [folder.place("a/b/c.sql"), folder.place("a/b/c.json")]
    assert [mode_of(path) for path in files] == [0o600, 0o600]
    folders = [folder.root, folder.root / "a", folder.root / "a/b"]
    assert [mode_of(path) for path in folders] == [0o700] * 3


# -- staying inside ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a/..", "/etc/x", "..", "a/../b"])
def test_a_path_that_leads_out_is_refused(folder: Folder, path: str) -> None:
    for use in (
        lambda: folder.place(path),
        lambda: folder.write(path, b"x"),
        lambda: store(folder, io.BytesIO(b"x"), path),
        lambda: folder.delete(path),
        lambda: folder.size_of(path),
    ):
        with pytest.raises(FileProblem, match="would leave"):
            use()
    assert everything_in(folder.root.parent) == []


def test_a_linked_sub_folder_is_refused(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.root.mkdir()
    (folder.root / "fence").symlink_to(outside)
    with pytest.raises(FileProblem, match="would leave"):
        store(folder, io.BytesIO(b"x"))
    assert everything_in(outside) == []


def test_a_linked_file_is_neither_written_nor_read_nor_deleted(folder: Folder, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    folder.root.mkdir()
    (folder.root / "a.json").symlink_to(precious)
    for use in (
        lambda: folder.write("a.json", b"x"),
        lambda: folder.read("a.json", limit=100),
        lambda: folder.delete("a.json"),
    ):
        with pytest.raises(FileProblem, match="would leave"):
            use()
    assert precious.read_bytes() == b"precious"
    assert folder.files() == ()


def test_a_root_that_is_a_link_is_the_users_own_choice(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    Folder(tmp_path / "link").write("a.json", b"x")
    assert (tmp_path / "real/a.json").read_bytes() == b"x"


# -- room, and other trouble -------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """One megabyte."""
    with mounted(tmp_path / "disk", "size=1m", "mode=700") as disk:
        yield disk


@pytest.mark.fault("R25")
def test_a_full_disk_is_told_and_nothing_is_left_on_it(small_disk: Path) -> None:
    folder = Folder(small_disk)
    folder.write("good.json", b"x")
    with pytest.raises(NoSpace, match="no space left") as caught:
        store(folder, io.BytesIO(BODY))
    assert caught.value.kind == "no_space"
    assert everything_in(small_disk) == ["good.json"]


def test_too_little_room_is_told_before_anything_is_written(small_disk: Path) -> None:
    with pytest.raises(NoSpace, match=r"10\.0 MB are needed"):
        Folder(small_disk).make_room(PATH, 10_000_000)
    assert Folder(small_disk).make_room(PATH, 1000) == small_disk / PATH


@pytest.mark.parametrize(
    "use",
    [
        lambda folder: folder.write("x" * 300, b"x"),
        lambda folder: folder.size_of("x" * 300),
        lambda folder: folder.write("file/below", b"x"),
        lambda folder: folder.write("folder", b"x"),
        lambda folder: folder.read("no such file", limit=10),
        lambda folder: folder.read_head("no such file", 10),
        lambda folder: folder.read("file", limit=3),
        lambda folder: hash_file(folder.root / "no such file", Job(), lambda _amount: None),
        lambda folder: Folder(folder.root / "nowhere").files(),
    ],
)
def test_what_the_system_refuses_is_a_file_problem(folder: Folder, use: Callable[[Folder], object]) -> None:
    folder.write("file", b"four")
    (folder.root / "folder").mkdir()
    with pytest.raises(FileProblem) as caught:
        use(folder)
    assert caught.value.message.isprintable()
    assert everything_in(folder.root) == ["file"]


# -- reading -----------------------------------------------------------------------------------------------


def test_files_are_listed_by_path_with_their_sizes(folder: Folder) -> None:
    for path in ("b.sql", "a/z.sql", "a/b/c.sql"):
        folder.write(path, path.encode())
    os.mkfifo(folder.root / "pipe")
    listed = folder.files()
    assert [(file.path, file.size) for file in listed] == [("b.sql", 5), ("a/z.sql", 7), ("a/b/c.sql", 9)]
    assert all(abs(file.modified - folder.root.stat().st_mtime) < 60 for file in listed)


def test_reading_gives_heads_and_whole_files_and_hashes(folder: Folder) -> None:
    folder.write("a", b"hello")
    assert folder.read_head("a", 2) == b"he"
    assert folder.read("a", limit=5) == b"hello"
    assert (folder.size_of("a"), folder.size_of("b")) == (5, None)
    digest = hash_file(folder.place("a"), Job(), lambda _amount: None)
    assert digest == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    with pytest.raises(Cancelled):
        hash_file(folder.place("a"), Job(checks_left=0), lambda _amount: None)


def test_deleting_what_is_not_there_is_done(folder: Folder) -> None:
    folder.write("a", b"x")
    folder.delete("a")
    folder.delete("a")
    assert folder.files() == ()


def test_what_is_neither_file_nor_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "dump.sql").write_bytes(BODY[:10])
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "file.sql").symlink_to(outside / "dump.sql")
    (root / "folder\x1b[31m").symlink_to(outside, target_is_directory=True)
    (root / "broken").symlink_to("nowhere")
    (root / "round").symlink_to(root, target_is_directory=True)
    os.mkfifo(root / "pipe")
    folder = Folder(root)
    assert folder.files() == ()
    link = "a link, which is not followed"
    assert dict(folder.not_followed()) == {
        "broken": link,
        "folder\x1b[31m": link,
        "round": link,
        "pipe": "no regular file",
        "deep/file.sql": link,
    }
