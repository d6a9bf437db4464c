# SPDX-License-Identifier: Apache-2.0
"""The table of faults says met of what ran and passed, and of nothing else."""

from types import SimpleNamespace

import pytest

from tests.support import fault_table
from tests.support.fault_table import Faults

PASSED = [("setup", "passed"), ("call", "passed"), ("teardown", "passed")]


class Item(SimpleNamespace):
    """A test as pytest knows it, about the fault that its parameter names."""

    def __init__(self, name):
        module = SimpleNamespace(__doc__="Services.\n\nMore.")
        super().__init__(nodeid=name, callspec=SimpleNamespace(params={"how": "killed"}), module=module)

    def get_closest_marker(self, name):
        return SimpleNamespace(args=("Nova {how}", "told"))


def verdict(*outcomes):
    """Of a line of two tests, of which each had these outcomes of its phases."""
    table = Faults()
    names = [f"test[{number}]" for number in range(2)]
    table.pytest_collection_modifyitems([Item(name) for name in names])
    for name, phases in zip(names, outcomes, strict=False):
        for when, outcome in phases:
            table.pytest_runtest_logreport(SimpleNamespace(nodeid=name, when=when, passed=outcome == "passed"))
    [(title, [row])] = table.groups()
    assert (title, *row[:3]) == ("Services.", "Nova killed", "told", 2)
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
)
def test_only_what_ran_and_passed_is_met(outcomes, expected):
    assert verdict(*outcomes) == expected


def test_test_that_names_no_fault_is_not_taken(monkeypatch):
    item = Item("test")
    item.path = fault_table.HERE / "test_it.py"
    monkeypatch.setattr(Item, "get_closest_marker", lambda self, name: None)
    with pytest.raises(pytest.UsageError, match="does not say which fault"):
        Faults().pytest_collection_modifyitems([item])
