# SPDX-License-Identifier: Apache-2.0
import pytest

from migration_panel.preflight.placement_fit import AntiAffinity, Demand, NodeCapacity, unplaced
from tests.support.case_ids import case_id


def guest(name: str, memory: int, cpus: int = 1, possible: set[str] | None = None) -> Demand:
    return Demand(name, {"MEMORY_MB": memory, "VCPU": cpus}, None if possible is None else frozenset(possible))


def room(node: str, memory: int, cpus: int = 100) -> NodeCapacity:
    return NodeCapacity(node, {"MEMORY_MB": memory, "VCPU": cpus})


@pytest.mark.parametrize(
    ("guests", "rooms", "without"),
    [
        ([], [], set()),
        ([guest("a", 4)], [], {"a"}),
        ([guest("a", 4)], [room("x", 4)], set()),
        # Each instance fits alone, but not both together.
        ([guest("a", 4), guest("b", 3)], [room("x", 5)], {"b"}),
        ([guest("a", 4), guest("b", 3)], [room("x", 5), room("y", 3)], set()),
        # The larger instance is placed first, whatever the order.
        ([guest("s", 2), guest("l", 8)], [room("x", 8), room("y", 2)], set()),
        # Another resource runs out.
        ([guest("a", 1, 3), guest("b", 1, 3)], [room("x", 9, 5)], {"b"}),
        ([Demand("v", {"VGPU": 1, "MEMORY_MB": 1})], [room("x", 9)], {"v"}),
        # Only on possible nodes.
        ([guest("a", 4, possible={"y"})], [room("x", 9), room("y", 3)], {"a"}),
        ([guest("a", 4, possible=set())], [room("x", 9)], {"a"}),
        ([guest("a", 4, possible={"x"}), guest("b", 3, possible={"x", "y"})], [room("x", 5), room("y", 4)], set()),
        ([Demand("nothing", {})], [room("x", 0)], set()),
    ],
    ids=case_id,
)
def test_unplaced_returns_the_instances_that_do_not_fit(guests, rooms, without):
    assert set(unplaced(guests, rooms)) == without


def test_unplaced_does_not_change_its_input():
    node = room("x", 5)
    unplaced([guest("a", 4)], [node])
    assert node.free["MEMORY_MB"] == 5


@pytest.mark.parametrize(
    ("most", "there", "expected"),
    [
        (1, {}, {"b": "apart"}),
        (2, {}, {}),
        (2, {"host": 1}, {"b": "apart"}),
        (1, {"host": 1}, {"a": "apart", "b": "apart"}),
        (1, {"other": 1}, {"b": "apart"}),
    ],
    ids=case_id,
)
def test_unplaced_counts_members_by_host(most, there, expected):
    """Two nodes of the same host count as one host."""
    guests = [Demand(name, {"MEMORY_MB": 1}, group=AntiAffinity("g", most, there)) for name in "ab"]
    rooms = [NodeCapacity(node, {"MEMORY_MB": 9}, "host") for node in ("x", "y")]
    assert unplaced(guests, rooms) == expected


def test_unplaced_distinguishes_resources_from_group():
    guests = [Demand("a", {"MEMORY_MB": 9}, group=AntiAffinity("g")), Demand("b", {"MEMORY_MB": 1})]
    assert unplaced(guests, [NodeCapacity("x", {"MEMORY_MB": 4}, "host")]) == {"a": "room"}
