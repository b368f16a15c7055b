"""A defect tells where it was met, and neither a secret nor anything raw. Faults R38, R41."""

from __future__ import annotations

import json
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.runner import BAK, Runner

_HARD = resource.getrlimit(resource.RLIMIT_CORE)[1]
PASSWORD = "pa/ss wo'rd%CaNaRy\"<"
_BROKEN = """
import sys, threading
from urllib.parse import quote
import click
from bak_tui.core.secret import Secret
from bak_tui.cli import program

held = Secret({password!r})

@click.command("broken")
@click.option("--thread", is_flag=True)
def broken(thread):
    password = held.reveal()
    def crash():
        local = password
        raise RuntimeError(f"\\x1b]0;owned\\x07 at https://me:{{quote(local, safe='')}}@h {{local!r}} [/x]")
    if not thread:
        crash()
    one = threading.Thread(target=crash)
    one.start()
    one.join()

program.bak = broken
sys.argv[0] = "bak"
program.run()
"""


@pytest.mark.fault("R38")
@pytest.mark.parametrize(("arguments", "code"), [([], 1), (["--thread"], 0)])
def test_a_defect_of_bak_is_reported_without_its_secrets_and_raw_words(
    arguments: list[str], code: int
) -> None:
    script = _BROKEN.format(password=PASSWORD)
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, check=False)
    said = done.stderr.decode()
    assert done.returncode == code
    assert "Traceback" in said
    assert "RuntimeError: \\x1b]0;owned\\x07" in said
    assert "a defect of bak-tui" in said
    assert all(line.isprintable() for line in said.splitlines())
    for spelled in (PASSWORD, quote(PASSWORD, safe=""), repr(PASSWORD)[1:-1], json.dumps(PASSWORD)[1:-1]):
        assert spelled not in said
    assert "CaNaRy" not in said


@pytest.mark.fault("R41")
@pytest.mark.parametrize("as_json", [False, True])
def test_what_was_typed_wrong_is_quoted_as_visible_escapes(tmp_path: Path, as_json: bool) -> None:
    bak = Runner(tmp_path, {"LANG": "C.UTF-8"})
    for words in (["ls", "no\x9b31m"], ["backup", "--\x9b31m"], ["restore", "--jobs=\x9b2J"]):
        done = bak(*words, *["--json"] * as_json)
        assert done.code == 2
        assert all(line.isprintable() for line in (done.out + done.err).splitlines())
        assert "\\x9b" in done.err


@pytest.mark.skipif(_HARD == 0, reason="no core file can be had here")
def test_no_core_file_is_left_of_us_and_of_what_we_start(tmp_path: Path) -> None:
    told = tmp_path / "limit"
    command = shlex.join(["sh", "-c", f"ulimit -c > {told}; echo secret"])
    words = [str(BAK), "ls", "--host=127.0.0.1:1", f"--password-command={command}"]
    subprocess.run(words, env=Runner(tmp_path).environment, check=False, preexec_fn=_want_core_files)
    assert told.read_text().split() == ["0"]


def _want_core_files() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (_HARD, _HARD))
