"""What a run came to, in one sentence of facts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bak_tui.core.errors import Cancelled, DumpFailed
from bak_tui.core.outcomes import Outcome, Report


@dataclass(frozen=True)
class Done:
    """A result that can be told."""

    size: int
    rows: int | None
    sentence: str = "3.1 GB in 0:01:12, 84 tables, 1,204,331 rows counted"


GOOD = Outcome("fence", result=Done(3_100_000_000, 1_204_331))
OTHER = Outcome("indexd", result=Done(8_300_000_000, 300_672_873))
UNCOUNTED = Outcome("arborist", result=Done(1000, None))
WARNED = Outcome("fence", result=Done(1000, 5), warnings=("2 roles are missing",))
BAD: Outcome[Done] = Outcome("gecko", error=DumpFailed("permission denied for table gecko_audit"))
STOPPED: Outcome[Done] = Outcome("x", error=Cancelled())


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((GOOD,), "3.1 GB in 0:01:12, 84 tables, 1,204,331 rows counted"),
        ((WARNED,), "3.1 GB in 0:01:12, 84 tables, 1,204,331 rows counted; 2 roles are missing"),
        ((BAD,), "permission denied for table gecko_audit"),
        ((GOOD, OTHER), "11.4 GB in 0:14:20, 2 of 2 backed up, 301,877,204 rows counted"),
        ((GOOD, UNCOUNTED), "3.1 GB in 0:14:20, 2 of 2 backed up, 1,204,331 rows counted"),
        (
            (GOOD, BAD),
            "3.1 GB in 0:14:20, 1 of 2 backed up, 1,204,331 rows counted;"
            " gecko failed: permission denied for table gecko_audit",
        ),
        (
            (BAD, BAD, BAD, BAD, BAD),
            "0 of 5 backed up; gecko failed: permission denied for table gecko_audit;"
            " also gecko, gecko and 2 more",
        ),
        ((WARNED, WARNED), "2.0 kB in 0:14:20, 2 of 2 backed up, 10 rows counted; 2 warnings"),
        ((STOPPED,), "cancelled after 0:14:20"),
        ((GOOD, STOPPED), "cancelled after 0:14:20, 1 of 2 backed up"),
        ((), "0 of 0 backed up"),
    ],
)
def test_the_facts_of_a_run(outcomes: tuple[Outcome[Done], ...], said: str) -> None:
    assert Report(outcomes).sentence("backup", 860) == said


def test_each_verb_has_its_word() -> None:
    words = {verb: Report(()).sentence(verb, 0).split()[-1] for verb in ("dump", "restore", "upload", "x")}
    assert words == {"dump": "dumped", "restore": "restored", "upload": "uploaded", "x": "done"}


def test_results_that_tell_nothing_are_counted() -> None:
    assert Outcome("a", result=1).sentence == ""
    assert Report((Outcome("a", result=1), Outcome("b", result=2))).sentence("try", 0) == "2 of 2 done"


def test_names_in_a_sentence_are_made_visible() -> None:
    odd = Outcome("a", result=Done(1, 1, "into \x1b[31m"))
    assert odd.sentence == "into \\x1b[31m"


CLEAN: Outcome[Done] = Outcome("indexd", error=Cancelled(left="nothing was left"))

KEPT: Outcome[Done] = Outcome("fence", error=Cancelled(left="fence is as it was"))


@pytest.mark.parametrize(
    ("outcomes", "left"),
    [
        ((CLEAN,), "; nothing was left"),
        ((GOOD, CLEAN), "; nothing was left"),
        ((CLEAN, CLEAN), "; nothing was left"),
        ((CLEAN, KEPT), "; nothing was left; fence is as it was"),
        ((CLEAN, STOPPED), ""),
        ((CLEAN, BAD), ""),
    ],
    ids=["one", "after a good one", "two", "one in place", "one was not looked after", "one has failed"],
)
def test_a_cancelled_job_says_that_nothing_was_left_only_when_all_of_it_was_looked_at(
    outcomes: tuple[Outcome[Done], ...], left: str
) -> None:
    said = Report(outcomes).sentence("backup", 860)
    assert said.endswith(left) if left else "left" not in said
