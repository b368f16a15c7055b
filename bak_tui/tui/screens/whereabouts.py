"""What header and tabs say, computed from what is known: pure, so that it can be read in one place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from bak_tui.core.profile import Profile
from bak_tui.core.recorded import RecordedJob
from bak_tui.core.standing import Standing
from bak_tui.core.weakening import weakenings
from bak_tui.core.wording import plural
from bak_tui.operations.bucket.board import Board
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line
from bak_tui.tui.look.trouble import in_two_words
from bak_tui.tui.widgets.header import Whereabouts

_MOST_NAMED = 6


def whereabouts(here: Whereabouts, profile: Profile | None, board: Board | None) -> Whereabouts:
    """`here`, and what profile and board add to it."""
    if profile is not None:
        here = replace(
            here,
            profile=profile.name,
            environment=profile.environment,
            is_read_only=profile.is_read_only,
            server=str(profile.given_server or ""),
            target=str(profile.given_target or ""),
            weakened=weakenings(profile, os.environ),
        )
    if board is None:
        return here
    return replace(
        here,
        version=board.identity.version if board.identity else "",
        provider=board.provider,
        server_trouble=in_two_words(board.server_error) if board.server_error else "",
        target_trouble=in_two_words(board.store_error) if board.store_error else "",
        stale=placeholders.stale(board.stale_since) if board.stale_since else "",
        at_risk=board.at_risk,
        has_none=any(
            row.verdict and row.verdict.standing is Standing.NONE for row in board.rows if row.counts
        ),
    )


def died_words(died: Sequence[RecordedJob]) -> str:
    """That jobs of earlier sessions did not come to their end, as their rows say, too. Empty without any."""
    if not died:
        return ""
    first = died[0].status
    if len(died) == 1:
        return f"job {first.id} {first.verb} {first.what}: {first.outcome}"
    numbers = ", ".join(str(job.number) for job in died[:_MOST_NAMED]) + ", …" * (len(died) > _MOST_NAMED)
    return f"{plural(len(died), 'job')} died with their process: {numbers}; Jobs says how far each was"


def tab_counters(here: Whereabouts) -> dict[int, Line]:
    """What stands behind the tabs' names, by pane."""
    jobs: Line = [(f"{here.running} running", "accent")] if here.running else []
    jobs += [(f"{here.failed} failed", "bad")] if here.failed else []
    counters: dict[int, Line] = {4: jobs}
    if here.at_risk:
        counters[2] = [(f"{here.at_risk} at risk", "bad" if here.has_none else "warn")]
    return counters
