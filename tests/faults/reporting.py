"""A pytest plugin: which of the registered faults the run's tests have injected, and how each ended.

A fault is survived when every test that bears its number passed (of a parametrised one: something passed and
nothing failed). One that was skipped, deselected or is not wholly tested yet is not survived. A false
success, the worst there is, is an operation that called something done which was not: oracles raise
`FalseSuccess`. It counts reports, not items, so that it is the same under xdist, where only the workers have
items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest
from _pytest.terminal import TerminalReporter

from tests.faults.false_success import FalseSuccess
from tests.faults.register import FAULTS, NOT_YET

_PROPERTY = "fault"
_FALSE = "false success"


@dataclass
class Tally:
    """What became of the tests of each fault: by number, by test without its parameters."""

    passed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    skipped: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    failed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    false_successes: int = 0

    def add(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test."""
        test = report.nodeid.partition("[")[0]
        numbers = [str(value) for name, value in report.user_properties if name == _PROPERTY]
        if report.failed:
            into = self.failed
        elif report.skipped:
            into = self.skipped
        elif report.when == "call":
            into = self.passed
        else:
            return
        for number in numbers:
            into[number].add(test)
        if any(name == _FALSE for name, _ in report.user_properties):
            self.false_successes += 1

    def survived(self) -> list[str]:
        """The faults of which every test passed."""
        whole = (number for number in FAULTS if self.passed[number] and number not in NOT_YET)
        return [
            number
            for number in whole
            if not self.failed[number] and self.skipped[number] <= self.passed[number]
        ]

    def lost(self) -> list[str]:
        """The faults of which a test failed."""
        return [number for number in FAULTS if self.failed[number]]

    def untried(self) -> list[str]:
        """Those that are neither: not run, not wholly run, or without a test."""
        return [number for number in FAULTS if number not in {*self.survived(), *self.lost()}]

    def summary(self) -> str:
        """The line."""
        return (
            f"faults: survived {len(self.survived())} of {len(FAULTS)}, lost {len(self.lost())},"
            f" false successes {self.false_successes}"
        )


class FaultReporting:
    """The hooks that share a tally."""

    def __init__(self) -> None:
        self.tally = Tally()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In the controller under xdist: a report has all that is needed."""
        self.tally.add(report)

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """The line, last, and above it what was not survived."""
        tally = self.tally
        if not (tally.passed or tally.failed or tally.skipped):
            return
        terminalreporter.write_sep("-", "faults")
        for number in tally.lost():
            terminalreporter.write_line(f"lost: {number} {FAULTS[number]}")
        if tally.untried():
            terminalreporter.write_line(f"not tried, or not wholly: {', '.join(tally.untried())}")
        terminalreporter.write_line(tally.summary())


def pytest_configure(config: pytest.Config) -> None:
    """Count from the beginning."""
    config.pluginmanager.register(FaultReporting())


def pytest_itemcollected(item: pytest.Item) -> None:
    """Put the numbers where every report of the test has them."""
    for mark in item.iter_markers("fault"):
        unknown = set(mark.args) - set(FAULTS)
        if unknown or not mark.args:
            raise pytest.UsageError(f"{item.nodeid}: no such fault: {', '.join(sorted(unknown)) or mark}")
        item.user_properties += [(_PROPERTY, number) for number in mark.args]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say of a failure that it is a false success."""
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(FalseSuccess):
        report.user_properties.append((_FALSE, "yes"))
    return report
