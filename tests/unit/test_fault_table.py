# SPDX-License-Identifier: Apache-2.0
"""The table of faults shows an expectation as met only if all its tests ran and passed."""

from types import SimpleNamespace

import pytest

from tests.support import fault_table
from tests.support.fault_table import Faults

PASSED = [("setup", "passed"), ("call", "passed"), ("teardown", "passed")]


class Item(SimpleNamespace):
    """Stand in for a test of a fault, as pytest collects it; the parameter names the fault."""

    def __init__(self, name):
        module = SimpleNamespace(__doc__="Services.\n\nMore.")
        super().__init__(nodeid=name, callspec=SimpleNamespace(params={"how": "killed"}), module=module)

    def get_closest_marker(self, name):
        return SimpleNamespace(args=("Nova {how}", "reported"))


def verdict(*outcomes):
    """Return the verdict of a line with two tests; ``outcomes``: phases and outcomes of each test that ran."""
    table = Faults()
    names = [f"test[{number}]" for number in range(2)]
    table.pytest_collection_modifyitems([Item(name) for name in names])
    for name, phases in zip(names, outcomes, strict=False):
        for when, outcome in phases:
            table.pytest_runtest_logreport(SimpleNamespace(nodeid=name, when=when, passed=outcome == "passed"))
    [(title, [row])] = table.groups()
    assert (title, *row[:3]) == ("Services.", "Nova killed", "reported", 2)
    return row[3]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([PASSED, PASSED], "met"),
        ([PASSED], "not run"),
        ([], "not run"),
        ([PASSED, PASSED[:1]], "not run"),
        ([PASSED, [("setup", "failed")]], "MISSED"),
        ([PASSED, [("setup", "skipped")]], "MISSED"),
        ([PASSED, [("setup", "passed"), ("call", "failed"), ("teardown", "passed")]], "MISSED"),
        ([PASSED, [("setup", "passed"), ("call", "passed"), ("teardown", "failed")]], "MISSED"),
        ([[("setup", "failed")]], "MISSED"),
    ],
    ids=[
        "both passed",
        "one not run",
        "none run",
        "one without its call",
        "setup failed",
        "skipped",
        "call failed",
        "teardown failed",
        "setup failed and one not run",
    ],
)
def test_line_is_met_only_if_all_its_tests_ran_and_passed(outcomes, expected):
    assert verdict(*outcomes) == expected


def ran(outcomes):
    """Return a table of two lines whose tests ran with these outcomes, by name."""
    table = Faults()
    table.pytest_collection_modifyitems([Item("test[a]"), Item("test[b]")])
    for name, outcome in outcomes.items():
        table.pytest_runtest_logreport(SimpleNamespace(nodeid=name, when="call", passed=outcome == "passed"))
    return table


@pytest.mark.parametrize(
    ("first", "second", "expected", "days"),
    [
        ({"test[a]": "passed", "test[b]": "failed"}, {"test[b]": "passed"}, "met", {"2026-01-01", "2026-01-02"}),
        ({"test[a]": "passed", "test[b]": "passed"}, {"test[b]": "failed"}, "MISSED", {"2026-01-01", "2026-01-02"}),
        ({"test[a]": "passed"}, {"test[b]": "passed"}, "met", {"2026-01-01", "2026-01-02"}),
        ({"test[a]": "passed"}, {"test[a]": "passed"}, "not run", {"2026-01-02"}),
        ({"test[a]": "failed"}, {"test[a]": "passed", "test[b]": "passed"}, "met", {"2026-01-02"}),
    ],
    ids=["failure cured", "new failure", "rest run later", "one never run", "all run again"],
)
def test_run_of_a_few_tests_updates_their_lines(tmp_path, first, second, expected, days):
    ran(first).combine(tmp_path / "results.json", "2026-01-01")
    table = ran(second)
    table.combine(tmp_path / "results.json", "2026-01-02")
    [(_, [row])] = table.groups()
    assert (row[3], table.days) == (expected, days)


def test_results_of_removed_tests_are_dropped(tmp_path):
    ran({"test[a]": "passed"}).combine(tmp_path / "results.json", "2026-01-01")
    table = Faults()
    table.pytest_collection_modifyitems([Item("test[b]")])
    table.pytest_runtest_logreport(SimpleNamespace(nodeid="test[b]", when="call", passed=True))
    table.combine(tmp_path / "results.json", "2026-01-02")
    assert table.days == {"2026-01-02"}


def test_collection_fails_for_a_test_without_a_fault(monkeypatch):
    item = Item("test")
    item.path = fault_table.HERE / "test_it.py"
    monkeypatch.setattr(Item, "get_closest_marker", lambda self, name: None)
    with pytest.raises(pytest.UsageError, match="does not say which fault"):
        Faults().pytest_collection_modifyitems([item])
