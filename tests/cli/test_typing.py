"""A person at a terminal is asked for the database's name; only the exact name goes on."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from bak_tui.operations.restore.undo import kept_databases
from bak_tui.services.postgres import Instance
from tests.cli.conftest import Site
from tests.cli.runner import BAK
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, mark, marked, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE

_NAME, _YES_OR_NO = b"Type its name to go on: ", b"Go on? [y/N]: "
_END_OF_INPUT = "\x04"
"""ctrl+d: whoever types it answers nothing."""


def at_terminal(site: Site, answer: str, *argv: str, prompt: bytes = _NAME) -> int:
    """Run `bak` on a terminal, answer its question, and give back its exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BAK, *argv],
        env=site.bak.environment,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    try:
        while prompt not in said:
            said += os.read(ours, 4096)
        os.write(ours, f"{answer}\n".encode())
        while said:
            said = os.read(ours, 4096)
    except OSError:  # EIO: it has ended, and nobody holds the other end
        pass
    finally:
        code = process.wait(PATIENCE)
        os.close(ours)
    return code


@pytest.mark.parametrize("verb", ["restore", "undo"])
@pytest.mark.fault("R34")
def test_only_the_exact_name_goes_on(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path, verb: str
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("dump", "--database", name, "--dir", tmp_path).code == 0
    mark(embedded.server, name, "today's")
    restore = ["restore", "--dir", str(tmp_path), "--swap"]
    if verb == "undo":
        assert embedded.bak(*restore, "--confirm", name).code == 0
    line = ["undo", name] if verb == "undo" else restore
    before = databases_of(embedded.server)
    try:
        for wrong in ("", "yes", name[:-1], name.upper()):
            assert at_terminal(embedded, wrong, *line) == 9
        assert at_terminal(embedded, _END_OF_INPUT, *line) == 130
        assert databases_of(embedded.server) == before
        assert at_terminal(embedded, name, *line) == 0
        if verb == "undo":
            assert marked(embedded.server, name) == "today's"
        else:
            assert rows_of(embedded.server, name) == SAMPLE_ROWS
    finally:
        for kept in kept_databases(Instance(embedded.server), name):
            drop(embedded.server, kept.name)


@pytest.mark.fault("R31")
def test_missing_roles_are_asked_about(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    name = make_database()
    fill(embedded.server, name)
    with open_connection(embedded.server, name) as connection:
        connection.execute("CREATE ROLE soon_gone")
        connection.execute("GRANT SELECT ON users TO soon_gone")
    assert embedded.bak("dump", "--database", name, "--dir", tmp_path).code == 0
    with open_connection(embedded.server, name) as connection:
        connection.execute("DROP OWNED BY soon_gone")
        connection.execute("DROP ROLE soon_gone")
    line = ["restore", "--dir", str(tmp_path), "--into", f"{name}_new"]
    assert at_terminal(embedded, "", *line, prompt=_YES_OR_NO) == 9
    assert f"{name}_new" not in databases_of(embedded.server)
    assert at_terminal(embedded, "y", *line, prompt=_YES_OR_NO) == 3
    assert rows_of(embedded.server, f"{name}_new") == SAMPLE_ROWS
    drop(embedded.server, f"{name}_new")
    assert embedded.bak(*line).code == 3
    drop(embedded.server, f"{name}_new")
    assert embedded.bak(*line, "--no-owner", "--no-privileges").code == 0
    drop(embedded.server, f"{name}_new")
