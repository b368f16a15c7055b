"""The key table of README.md, made of the bindings: `python -m tests.key_table` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bak_tui.tui.keys.contexts import CONTEXTS, Context
from bak_tui.tui.keys.dialog_contexts import DIALOGS, EVERY_DIALOG, FIXED, HELP

README = Path(__file__).parents[1] / "README.md"
BEGINS, ENDS = "<!-- keys -->\n", "<!-- /keys -->\n"
_SIGNS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "left": "←",
    "right": "→",
    "down": "↓",
    "up": "↑",
}


def table() -> str:
    """A row for each binding of the workbench and of the dialogs; keys of one meaning share theirs."""
    rows = ["| where | key | does | action |", "|---|---|---|---|"]
    for context in (*CONTEXTS, EVERY_DIALOG, *DIALOGS, HELP):
        name = context.name
        for keys, does, ids in _meanings(context):
            rows.append(f"| {name} | {' '.join(keys)} | {does} | {' '.join(ids)} |")
            name = ""
    return "\n".join(rows) + "\n"


def with_table(readme: str) -> str:
    """The text with the table as it is now."""
    before, _, rest = readme.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n{table()}\n{ENDS}{after}"


def _meanings(context: Context) -> Iterator[tuple[list[str], str, list[str]]]:
    if context.opens:
        yield ["`enter`"], context.opens, []
    merged: dict[str, tuple[list[str], str, list[str]]] = {}
    for binding in context.bindings():
        does = binding.group.description if binding.group else _lowered(binding.tooltip)
        if binding.id == "list.open":
            continue  # what it does is each pane's own
        keys, _, ids = merged.setdefault(does if binding.group else str(binding.id), ([], does, []))
        keys += [f"`{_shown(key)}`" for key in binding.key.split(",")]
        ids += [] if binding.id in FIXED else [f"`{binding.id}`"]
    yield from merged.values()


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(key: str) -> str:
    return _SIGNS.get(key, key)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
