"""Small rules about the code itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bak_tui
from bak_tui.cli.commands import OnDemand
from bak_tui.cli.front_page import SHORT_HELP
from bak_tui.cli.program import bak

PACKAGE = Path(bak_tui.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]
HEAVY = ("textual", "boto3", "botocore", "psycopg", "pydantic", "tomlkit")
ENGINE = "services/jobs/engine.py"

LOADED = f"""
import sys
from bak_tui.cli.main import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("LOADED", *[name for name in {HEAVY!r} if name in sys.modules])
"""


def broad_excepts(tree: ast.Module) -> list[int]:
    """The lines where everything is swallowed; to clean up and raise again is fine."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            is_broad = _swallows(node)
        elif isinstance(node, ast.Call):
            is_broad = _suppresses(node)
        else:
            continue
        found += [node.lineno] * is_broad
    return found


def _swallows(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or _is_broad(each) for each in caught)


def _suppresses(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith("suppress") and any(_is_broad(each) for each in call.args)


def _is_broad(expression: ast.expr) -> bool:
    return ast.unparse(expression) in {"Exception", "BaseException"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["backup", "--help"], ["restore", "--help"], ["--version"]]
)
def test_help_is_instant_because_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    said, _, loaded = answer.stdout.rpartition("LOADED")
    assert loaded.split() == []
    assert len(said) > 5


def test_the_first_frame_needs_textual_and_nothing_that_comes_behind_it() -> None:
    code = (
        "import sys, bak_tui.tui.main, bak_tui.tui.app, bak_tui.tui.session.bounds\n"
        "import bak_tui.tui.look.terminal\n"
        "behind = ('bak_tui.operations', 'bak_tui.tui.dialogs', 'bak_tui.tui.panes.bucket')\n"
        f"print(*[name for name in (*{HEAVY!r}, *behind) if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["textual"]


def test_the_front_page_is_told_without_click_and_is_what_click_would_tell() -> None:
    code = LOADED.replace(repr(HEAVY), repr(("click", "bak_tui.cli.program", "typing", "re")))
    code = f"import sys\nbefore = set(sys.modules)\n{code}".replace(
        "if name in sys", "if name not in before and name in sys"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    page, _, loaded = answer.stdout.rpartition("LOADED")
    assert loaded.split() == []
    with bak.make_context("bak", [], resilient_parsing=True) as context:
        formatter = context.make_formatter()
        bak.format_options(context, formatter)
        assert page == bak.get_help(context) + "\n"
        assert formatter.getvalue().partition("\nCommands")[0].rstrip() in page


def test_the_list_of_commands_imports_none_of_them_and_names_them_all() -> None:
    code = f"{LOADED}print(*[name for name in sys.modules if name.startswith('bak_tui.cli.commands.')])"
    answer = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.rpartition("LOADED")[2].split() == []
    files = {path.stem for path in (PACKAGE / "cli/commands").glob("*.py")} - {"__init__", "profiles_adding"}
    assert files == set(SHORT_HELP)
    assert [command.name for command in OnDemand().values()] == list(SHORT_HELP)


def test_the_hygiene_test_would_notice_a_heavy_import() -> None:
    code = LOADED.replace("import sys\n", "import sys, psycopg\n", 1)
    answer = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split()[-2:] == ["LOADED", "psycopg"]


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_every_module_says_why_it_exists_and_stays_small(path: Path) -> None:
    assert ast.get_docstring(parsed(path))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_bak_only_wires() -> None:
    assert len((PACKAGE / "operations/bak.py").read_text(encoding="utf-8").splitlines()) <= 150


def test_only_the_engine_catches_everything_and_only_twice() -> None:
    found = {name: len(broad_excepts(parsed(path))) for name, path in zip(NAMES, MODULES, strict=True)}
    assert {name: number for name, number in found.items() if number} == {ENGINE: 2}


@pytest.mark.parametrize(
    "handler",
    ["except:", "except Exception:", "except BaseException as e:", "except (OSError, Exception):"],
)
def test_a_broad_except_is_recognised(handler: str) -> None:
    assert broad_excepts(ast.parse(f"try:\n    pass\n{handler}\n    pass")) == [3]
    assert broad_excepts(ast.parse(f"try:\n    pass\n{handler}\n    raise")) == []
    assert broad_excepts(ast.parse("with contextlib.suppress(Exception):\n    pass")) == [1]
    assert broad_excepts(ast.parse("try:\n    pass\nexcept OSError:\n    pass")) == []


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    assert versions[0] == bak_tui.__version__


def is_described(worker: ast.expr) -> bool:
    """By words of ours: an empty description is as good as none to Textual."""
    given = worker.keywords if isinstance(worker, ast.Call) else []
    return any(
        word.arg == "description" and isinstance(word.value, ast.Constant) and bool(word.value.value)
        for word in given
    )


def test_no_worker_is_described_by_its_arguments() -> None:
    """Textual's default is the repr of every argument, on the event loop: 80 ms and more for one manifest."""
    workers = [
        decorator
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for decorator in node.decorator_list
        if ast.unparse(decorator).split("(")[0] == "work"
    ]
    assert workers
    assert [ast.unparse(worker) for worker in workers if not is_described(worker)] == []


def test_a_page_that_is_named_is_here_to_be_read() -> None:
    here = {path.name for path in ROOT.glob("*.md")}
    texts = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*"), *ROOT.glob("*.md")]
    missing = {
        (str(path.relative_to(ROOT)), page)
        for path in texts
        if path.suffix in {".py", ".md", ".tcss"}
        for page in re.findall(r"\b[A-Z]{2,}\.md\b", path.read_text(encoding="utf-8"))
        if page not in here
    }
    assert not missing
