"""What a folder holds is either a dump or named among what was left out."""

from __future__ import annotations

from pathlib import Path

from bak_tui.operations.looking import look_into
from bak_tui.operations.places import FolderPlace


def test_a_link_is_named_among_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "link.sql").symlink_to("/etc/passwd")
    contents = look_into(FolderPlace(tmp_path))
    assert contents.dumps == ()
    assert contents.left_out == ("link.sql: a link, which is not followed",)
