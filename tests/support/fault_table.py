# SPDX-License-Identifier: Apache-2.0
"""A table of the faults with what became of their expectations, made by pytest itself from what it has run.

``@pytest.mark.fault("{service} stopped", "every page says so")`` makes a line, or one for each of the test's
parameters that it names; tests that say the same share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.table import met, table

MARK = "fault"
HERE = Path(__file__).parents[1] / "chaos"

# What the tests of a file have in common, the fault, what is expected.
Key = tuple[str, str, str]


class Faults:
    """Follows the tests from collection on, so that one that was left out or never ended is not taken for met."""

    def __init__(self) -> None:
        self.chromium = ""
        self._lines: dict[Key, set[str]] = {}
        self._good: set[str] = set()
        self._bad: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Before anything is deselected."""
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
    what, expected = (text.format(**parameters) for text in mark.args)
    return item.module.__doc__.strip().splitlines()[0], what, expected


def text(faults: Faults) -> str:
    """Paragraphs and tables, in reStructuredText."""
    head = ("Fault", "Expected", "Tests", "")
    return "\n\n".join(f"{title}\n\n{table(head, rows)}" for title, rows in faults.groups())
