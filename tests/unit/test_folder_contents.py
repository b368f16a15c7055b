"""What a folder holds is either a dump or named among what was left out."""

from __future__ import annotations

from pathlib import Path

from bak_tui.operations.places import FolderPlace
from bak_tui.operations.transfer.folder_contents import look_into


def test_a_link_is_named_among_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "link.sql").symlink_to("/etc/passwd")
    contents = look_into(FolderPlace(tmp_path))
    assert contents.dumps == ()
    assert contents.left_out == ("link.sql: a link, which is not followed",)


def test_a_script_among_dumps_is_left_out_with_the_way_to_the_psql_command(tmp_path: Path) -> None:
    (tmp_path / "it's; $(x).sql").write_text("--\n-- PostgreSQL database dump\n--\nCREATE TABLE t (a int);\n")
    (sentence,) = look_into(FolderPlace(tmp_path)).left_out
    assert sentence.startswith("it's; $(x).sql: a plain SQL script")
    assert "psql command" in sentence


def test_only_what_is_in_the_making_is_a_half(tmp_path: Path) -> None:
    """A database may be called `x.partial`: its dumps lie in a folder of that name."""
    whole = "x.partial/x.partial-20261123T120000Z.sql"
    halves = ["y/y-20261123T120000Z.dir.0a1b2c3d.partial", "y/y-20261123T120000Z.sql.partial"]
    for path in (whole, f"{halves[0]}/toc.dat", halves[1]):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"PGDMP\x01\x0e\x00\x04\x08\x01" + bytes(200))
    contents = look_into(FolderPlace(tmp_path))
    assert [dump.path for dump in contents.dumps] == [whole]
    assert contents.left_out == tuple(f"{half}: left over by an unfinished run" for half in halves)
