"""`bak status`: the board as a table, and silence as an error."""

from __future__ import annotations

from typing import Any

import pytest

from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.servers.fixtures import MakeDatabase


def of(document: Any, name: str) -> Any:
    return next(row for row in document["databases"] if row["database"] == name)


def test_a_database_without_a_backup_is_none_on_top_and_the_exit_code_is_3(
    embedded: Site, make_database: MakeDatabase
) -> None:
    good, bad = make_database(), make_database()
    assert embedded.bak("backup", "--database", good).code == 0
    done = embedded.bak("status")
    assert done.code == 3
    lines = done.out.splitlines()
    assert lines[0].split() == ["database", "size", "age", "dumps", "standing", "checked", "why"]
    places = {line.split()[0]: index for index, line in enumerate(lines)}
    assert places[bad] < places[good]
    assert "NONE" in lines[places[bad]]
    assert "no dump at all" in lines[places[bad]]
    assert "never" in lines[places[bad]]
    assert " OK " in lines[places[good]]
    assert "at risk, 26 h allowed" in done.err


def test_all_is_well_when_everything_on_the_server_is_backed_up(embedded: Site) -> None:
    assert embedded.bak("backup").code == 0
    Bucket.open(embedded.target).write("gone/gone-20201123T120000Z.sql", b"PGDMP")
    done = embedded.bak("status", "--json")
    assert done.code == 0, done.out
    document = done.document
    assert document["schema"] == 1
    assert document["command"] == "status"
    assert document["at_risk"] == 0
    assert document["exit_code"] == 0
    assert document["server"]["version"]
    postgres = of(document, "postgres")
    assert (postgres["standing"], postgres["dumps"], postgres["days"][-1]) == ("OK", 1, "backup")
    gone = of(document, "gone")
    assert (gone["is_on_server"], gone["standing"]) == (False, "UNVERIFIED")
    assert document["databases"][-1] == gone


@pytest.mark.parametrize(("age", "code"), [("1m", 0), ("2d", 0), ("1d12h", 0)])
def test_the_oldest_age_allowed_may_be_said(embedded: Site, age: str, code: int) -> None:
    assert embedded.bak("backup").code == 0
    assert embedded.bak("status", "--max-age", age).code == code


@pytest.mark.parametrize("age", ["", "26", "h", "0h", "-1d", "1y"])
def test_an_age_that_is_none_is_a_mistake(embedded: Site, age: str) -> None:
    done = embedded.bak("status", "--max-age", age)
    assert done.code == 2
    assert "26h" in done.err


def test_an_unreachable_server_is_4_and_the_dumps_are_shown(embedded: Site) -> None:
    Bucket.open(embedded.target).write("fence/fence-20201123T120000Z.sql", b"PGDMP")
    done = embedded.bak("status", "--port", "1")
    assert done.code == 4
    assert "fence" in done.out
    assert "UNVERIFIED" in done.out


def test_an_unreachable_bucket_is_5_and_nothing_is_called_none(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    done = embedded.bak("status", "--bucket", "no-such-bucket-here")
    assert done.code == 5
    line = next(line for line in done.out.splitlines() if line.startswith(name))
    assert "unknown" in line
    assert "NONE" not in done.out
    document = embedded.bak("status", "--bucket", "no-such-bucket-here", "--json").document
    assert document["exit_code"] == 5
    assert document["store_error"]["message"]
    assert of(document, name)["standing"] is None


def test_without_a_bucket_it_is_a_mistake_of_the_command(embedded: Site) -> None:
    done = embedded.bak("status", BAK_BUCKET="")
    assert done.code == 2
    assert "--bucket" in done.err
