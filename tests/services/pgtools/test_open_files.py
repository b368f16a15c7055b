"""Which files a process and what it started hold open."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bak_tui.services.pgtools import open_files
from tests.waiting import PATIENCE, until


def test_files_that_a_process_or_a_child_of_it_holds_are_told_until_they_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "closed").touch()
    script = 'exec 3>"$1/own"; sh -c \'exec 4>"$1/theirs"; read line; exec 4>&-; read line\' sh "$1"; true'
    with subprocess.Popen(["sh", "-c", script, "sh", str(folder)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        until(lambda: open_files(process.pid, folder) == frozenset({"own", "theirs"}))
        assert open_files(process.pid, tmp_path) == frozenset()
        os.write(process.stdin.fileno(), b"\n")
        until(lambda: open_files(process.pid, folder) == frozenset({"own"}))
        os.write(process.stdin.fileno(), b"\n")
        process.wait(PATIENCE)
    assert not open_files(process.pid, folder)
