"""`doctor --clean` and `--drop` show what would go and want it said; nobody to ask is no yes."""

from __future__ import annotations

from datetime import UTC, datetime

from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.names import derived_name
from bak_tui.services.postgres import Instance
from tests.cli.conftest import Site
from tests.samples import databases_of
from tests.servers.fixtures import MakeDatabase


def marked(site: Site, name: str, kind: MarkKind) -> str:
    mark = Mark(kind=kind, database=name, job="bak-00000000", at=datetime.now(UTC))
    made = derived_name(name, "old" if mark.is_kept else "new", mark.at)
    Instance(site.server).create_database(made, None, str(mark))
    return made


def test_clean_removes_nothing_before_somebody_said_yes(embedded: Site, make_database: MakeDatabase) -> None:
    scratch = marked(embedded, make_database(), MarkKind.SCRATCH)
    refused = embedded.bak("doctor", "--clean")
    assert refused.code == 9
    assert f"would be removed: scratch database {scratch}" in refused.err
    assert "if that is meant: bak doctor" in refused.err
    assert "--clean --yes" in refused.err
    shown = embedded.bak("doctor", "--clean", "--dry-run", "--json").document["leftovers"]
    assert [(each["kind"], each["name"]) for each in shown] == [("scratch database", scratch)]
    assert scratch in databases_of(embedded.server)
    done = embedded.bak("doctor", "--clean", "--yes", "--json").document
    assert [each["name"] for each in done["cleaned"]] == [scratch]
    assert scratch not in databases_of(embedded.server)
    assert embedded.bak("doctor", "--clean").code == 0, "nothing to remove is nothing to ask about"


def test_a_kept_database_is_listed_and_dropped_only_with_its_name(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    kept = marked(embedded, name, MarkKind.KEPT)
    assert f"{kept}" in embedded.bak("doctor").out
    assert embedded.bak("doctor", "--drop", kept, "--yes").code == 9
    assert embedded.bak("doctor", "--drop", name, "--confirm", name).code == 2
    shown = embedded.bak("doctor", "--drop", kept, "--dry-run", "--json").document["drops"]
    assert [each["name"] for each in shown] == [kept]
    assert {name, kept} <= set(databases_of(embedded.server))
    assert embedded.bak("doctor", "--drop", kept, "--confirm", kept).code == 0
    assert kept not in databases_of(embedded.server)
    assert name in databases_of(embedded.server)


def test_what_belongs_to_clean_is_refused_without_it(embedded: Site) -> None:
    assert embedded.bak("doctor", "--older-than", "2d").code == 2
    assert embedded.bak("doctor", "--dry-run").code == 2
