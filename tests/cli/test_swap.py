"""`bak restore --swap`, `--clean` and `bak undo`, as a script and as a person runs them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.operations.restore.undo import kept_databases
from bak_tui.services.postgres import Instance
from tests.cli.conftest import Site
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, mark, marked, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def live(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> Iterator[str]:
    """A database with a dump in `tmp_path`, and with something that was written after it."""
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("dump", "--database", name, "--dir", tmp_path).code == 0
    mark(embedded.server, name, "after the dump")
    yield name
    for kept in kept_databases(Instance(embedded.server), name):
        drop(embedded.server, kept.name)


@pytest.mark.fault("R34")
def test_a_swap_wants_the_name_and_undo_takes_it_back(embedded: Site, live: str, tmp_path: Path) -> None:
    restore = ["restore", "--dir", str(tmp_path), "--json"]
    before = databases_of(embedded.server)
    nearly = ["--clean", "--yes", "--confirm", live[:-1]]
    for flags in ([], ["--yes"], ["--swap"], ["--swap", "--yes"], nearly):
        refused = embedded.bak(*restore, *flags)
        assert refused.code == 9, flags
        assert refused.document["error"]["kind"] == "confirmation_needed"
    assert databases_of(embedded.server) == before

    swapped = embedded.bak(*restore, "--swap", "--confirm", live)
    assert swapped.code == 0, swapped.err
    (outcome,) = swapped.document["outcomes"]
    assert outcome["mode"] == "swap"
    assert marked(embedded.server, outcome["kept"]) == "after the dump"
    assert all(count["difference"] == 0 and count["matches"] for count in outcome["counts"])
    assert rows_of(embedded.server, live) == SAMPLE_ROWS

    board = embedded.bak("status", "--json").document["databases"]
    (row,) = [row for row in board if row["database"] == outcome["kept"]]
    assert (row["kept_of"], row["is_on_server"]) == (live, True)
    status = embedded.bak("status")
    (line,) = [line for line in status.out.splitlines() if line.startswith(outcome["kept"])]
    assert "; it is kept by a swap since 20" in line
    assert line.endswith(" UTC, so it is not counted")
    assert f"{outcome['kept']} was {live}: bak undo gives it back" in status.err
    (line,) = [
        line for line in embedded.bak("ls", "--long").out.splitlines() if line.startswith(outcome["kept"])
    ]
    assert "is kept by a swap since 20" in line

    assert embedded.bak("undo", live).code == 9
    planned = embedded.bak("undo", live, "--confirm", live, "--dry-run", "--json")
    assert planned.document["back"] == outcome["kept"]
    assert rows_of(embedded.server, live) == SAMPLE_ROWS
    undone = embedded.bak("undo", live, "--confirm", live)
    assert undone.code == 0, undone.err
    assert marked(embedded.server, live) == "after the dump"
    assert "is kept as" in undone.out


def test_clean_replaces_what_the_dump_has_and_keeps_the_rest(
    embedded: Site, live: str, tmp_path: Path
) -> None:
    done = embedded.bak("restore", "--dir", tmp_path, "--clean", "--confirm", live)
    assert done.code == 0, done.err
    assert marked(embedded.server, live) == "after the dump"
    assert rows_of(embedded.server, live) == {**SAMPLE_ROWS, "public.marker": 1}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--swap", "--clean"], "choose one"),
        (["--clean", "--terminate"], "--terminate belongs to --swap"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    embedded: Site, tmp_path: Path, flags: list[str], said: str
) -> None:
    (tmp_path / "dumps").mkdir()
    done = embedded.bak("restore", "--dir", tmp_path / "dumps", *flags)
    assert done.code == 2
    assert said in done.err


def test_a_plan_says_what_is_created_replaced_kept_and_lost_and_asks_for_no_name(
    embedded: Site, live: str, tmp_path: Path
) -> None:
    with open_connection(embedded.server, live) as connection:
        connection.execute("INSERT INTO users (name) SELECT 'later' FROM generate_series(1, 40)")
        connection.execute("ANALYZE")
        before = databases_of(embedded.server)
        done = embedded.bak("restore", "--dir", tmp_path, "--swap", "--plan", "--json")
    assert done.code == 0, done.err
    (plan,) = done.document["restores"]
    assert plan["needs_confirmation"] is True
    created, replaced, kept, lost = plan["changes"]
    assert [each["word"] for each in plan["changes"]] == ["created", "replaced", "kept", "lost"]
    assert created["what"].startswith(f"{live}__new_")
    assert (replaced["what"], replaced["size"]) == (live, kept["size"])
    assert kept["what"].startswith(f"{live}__old_")
    assert "public.users holds ~40 rows more than the backup" in lost["remark"]
    checks = {check["label"]: check for check in plan["checks"]}
    assert "1 connected" in checks["sessions"]["fact"]
    assert checks["sessions"]["verdict"] == "warn"
    assert checks["version"]["verdict"] == "ok"
    assert checks["contents"]["fact"] == "3 tables in 2 schemas, all of them"
    assert plan["seconds"] is None
    assert databases_of(embedded.server) == before
    # The line it ends with is the one that does it.
    again = embedded.bak(*shlex.split(plan["command"])[1:])
    assert again.code == 0, again.err
    assert rows_of(embedded.server, live) == SAMPLE_ROWS
    text = embedded.bak("restore", "--dir", tmp_path, "--into", f"{live}_new", "--plan").out
    assert [
        line.split()[1] for line in text.splitlines() if line.startswith(("replaced", "kept", "lost"))
    ] == ["nothing"] * 3
    assert "time: about" in text
