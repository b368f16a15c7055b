"""The benches can be found, tell their choices without running, and their last figures are on the page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, main

REPORT = Path(__file__).parents[1] / "bench" / "README.md"


def test_without_a_name_each_bench_is_listed_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["bench"])

    main()

    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines if len(line) == 2 and line[0] in BENCHES] == list(BENCHES)


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_tells_its_choices_and_does_not_run(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", name, "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert f"usage: python -m tests.bench {name}" in capsys.readouterr().out


def test_every_bench_has_a_chapter_in_the_report() -> None:
    chapters = [line for line in REPORT.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    missing = [name for name in BENCHES if f"## `python -m tests.bench {name}`" not in chapters]
    assert not missing
