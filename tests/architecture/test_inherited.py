"""Every program that is started is told which of our environment it inherits: no secret goes on by chance."""

from __future__ import annotations

import ast
from pathlib import Path

import bak_tui

_ROOT = Path(bak_tui.__file__).parent
_WITH_ALL = {"services/credentials.py"}
"""What a profile names as its secrets' command may need whatever its user has set for it."""


def test_every_child_has_an_environment_that_was_chosen_for_it() -> None:
    started = [
        (path.relative_to(_ROOT).as_posix(), call)
        for path in _ROOT.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "subprocess"
        and call.func.attr in {"run", "Popen", "check_output", "check_call", "call"}
    ]
    assert started
    bare = {where for where, call in started if "env" not in {each.arg for each in call.keywords}}
    assert bare == _WITH_ALL
