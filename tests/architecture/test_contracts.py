"""The house's walls: import-linter's contracts hold, and each one notices a breach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

BREACHES = [
    (
        "Imports run one way: core <- services <- operations <- front ends",
        "services/folder/folder.py",
        "import bak_tui.operations.bak",
    ),
    (
        "Imports run one way: core <- services <- operations <- front ends",
        "core/names.py",
        "import bak_tui.services.logs",
    ),
    (
        "Imports run one way: core <- services <- operations <- front ends",
        "operations/bak.py",
        "import bak_tui.cli.main",
    ),
    (
        "Imports run one way: core <- services <- operations <- front ends",
        "demo/s3.py",
        "import bak_tui.operations.bak",
    ),
    ("services do not import each other", "services/pgtools/child.py", "import bak_tui.services.postgres"),
    ("services do not import each other", "services/logs/stderr.py", "import bak_tui.services.folder"),
    ("core is values and rules: no I/O libraries", "core/parts.py", "import subprocess"),
    ("core is values and rules: no I/O libraries", "core/settings.py", "import psycopg.conninfo"),
    ("only services import boto3 and psycopg", "operations/backup/run.py", "import psycopg"),
    ("only services import boto3 and psycopg", "cli/output.py", "from botocore import exceptions"),
    ("nothing below the screens imports textual", "operations/bak.py", "import textual.app"),
    ("nothing below the screens imports textual", "cli/main.py", "import textual"),
]

if (ROOT / "bak_tui" / "tui").is_dir():
    BREACHES += [
        (BREACHES[0][0], "cli/output.py", "import bak_tui.tui"),
        (BREACHES[0][0], "tui/__init__.py", "import bak_tui.cli.output"),
    ]


def contracts() -> list[str]:
    """The names of all contracts."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        linter = tomllib.load(file)["tool"]["importlinter"]
    return [contract["name"] for contract in linter["contracts"]]


def lint(folder: Path) -> tuple[int, list[str], list[str]]:
    """Exit code, kept and broken contracts of the package in `folder`."""
    answer = subprocess.run(
        LINTER,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    lines = answer.stdout.splitlines()
    kept = [line.removesuffix(" KEPT") for line in lines if line.endswith(" KEPT")]
    broken = [line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")]
    assert kept or broken, answer.stdout + answer.stderr
    return answer.returncode, kept, broken


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its contracts, to be broken."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "bak_tui", folder / "bak_tui", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@contextmanager
def breach(folder: Path, module: str, statement: str) -> Iterator[None]:
    """While inside, `module` has one more import."""
    path = folder / "bak_tui" / module
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{statement}\n", encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def test_every_contract_holds() -> None:
    assert lint(ROOT) == (0, contracts(), [])


def test_every_contract_is_tried() -> None:
    assert {name for name, _, _ in BREACHES} == set(contracts())


@pytest.mark.parametrize(
    ("name", "module", "statement"), BREACHES, ids=[f"{module}: {said}" for _, module, said in BREACHES]
)
def test_a_breach_is_noticed_by_its_contract(copy: Path, name: str, module: str, statement: str) -> None:
    with breach(copy, module, statement):
        code, _, broken = lint(copy)
    assert code == 1
    assert name in broken
