# SPDX-License-Identifier: Apache-2.0
"""A table of the faults and whether their expectations were met, from the tests that pytest has run.

``@pytest.mark.fault("{service} stopped", "reported on every page")`` makes a line, or a line for each value of the
named parameters.  Tests with the same texts share a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.table import met, table

MARK = "fault"
HERE = Path(__file__).parents[1] / "chaos"

# First line of the file's docstring, fault, expectation.
Key = tuple[str, str, str]


class Faults:
    """Record collected tests and their outcomes: an expectation whose test did not run does not count as met."""

    def __init__(self) -> None:
        self.chromium = ""
        self._lines: dict[Key, set[str]] = {}
        self._good: set[str] = set()
        self._bad: set[str] = set()
        # ISO dates of the results.
        self.days: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Record the tests before any is deselected."""
        for item in items:
            if mark := item.get_closest_marker(MARK):
                self._lines.setdefault(key_of(item, mark), set()).add(item.nodeid)
            elif item.path.parent == HERE:
                raise pytest.UsageError(f"{item.nodeid} does not say which fault it is about")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._bad.add(report.nodeid)
        elif report.when == "call":
            self._good.add(report.nodeid)

    @property
    def any_ran(self) -> bool:
        return bool(self._good | self._bad)

    def combine(self, path: Path, day: str) -> None:
        """Add the stored results of tests that did not run today, and store the results of all tests.

        So a run of a few tests updates their lines. A run of all tests uses no stored result.
        """
        stored = json.loads(path.read_text()) if path.exists() else {}
        today = {name: {"met": name in self._good - self._bad, "day": day} for name in self._good | self._bad}
        collected = {name for names in self._lines.values() for name in names}
        # Only those of collected tests: the stored results may be of tests that were removed since.
        results = {name: result for name, result in (stored | today).items() if name in collected}
        for name, result in results.items():
            (self._good if result["met"] else self._bad).add(name)
        self.days = {result["day"] for result in results.values()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stored | today, indent=1, sort_keys=True))

    def groups(self) -> Iterator[tuple[str, list[Sequence[object]]]]:
        for title in sorted({key[0] for key in self._lines}):
            keys = sorted(key for key in self._lines if key[0] == title)
            yield title, [(*key[1:], len(self._lines[key]), self._verdict(self._lines[key])) for key in keys]

    def _verdict(self, tests: set[str]) -> str:
        if not tests & self._bad and tests - self._good:
            return "not run"
        return met(tests <= self._good - self._bad)


def key_of(item: pytest.Item, mark: pytest.Mark) -> Key:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    fault, expected = (text.format(**parameters) for text in mark.args)
    return item.module.__doc__.strip().splitlines()[0], fault, expected


def text(faults: Faults) -> str:
    """Return titles and tables in reStructuredText."""
    head = ("Fault", "Expected", "Tests", "")
    return "\n\n".join(f"{title}\n\n{table(head, rows)}" for title, rows in faults.groups())
