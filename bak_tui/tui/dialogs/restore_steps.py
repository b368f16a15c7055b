"""The three steps of a restore, as its dialog shows how far it is: `✓ What ─── ✓ Where ─── 3 Plan`."""

from __future__ import annotations

from bak_tui.tui.look.spans import Line, right, width_of

WHAT, WHERE, PLAN = 1, 2, 3
STEPS = {WHAT: "What", WHERE: "Where", PLAN: "Plan"}


def steps_line(step: int) -> Line:
    """Done, now and later."""
    line: Line = []
    for number, name in STEPS.items():
        if number > 1:
            line.append(("  ───  ", "line"))
        if number < step:
            line.append((f"✓ {name}", "ok"))
        else:
            line.append((f"{number} {name}", "accent bold" if number == step else "muted"))
    return line


def steps_row(step: int, back: str, width: int) -> Line:
    """The steps, and at the row's end the key that leads `back`."""
    steps = steps_line(step)
    told = f"{back} back" if step > WHAT else ""
    return [*steps, (right(told, max(0, width - width_of(steps))), "muted")]
