# SPDX-License-Identifier: Apache-2.0
"""What stands against a migration: every finding with its level, for each type."""

import pytest

from migration_panel.kinds import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK
from migration_panel.launch.preflight import Case, Finding, findings, host_named, natural
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.records import Server

HOSTS = (
    ComputeHost("c1"),
    ComputeHost("c2"),
    ComputeHost("down", up=False),
    ComputeHost("off", enabled=False, disabled_reason="bad fan"),
    ComputeHost("both", up=False, enabled=False),
)
ALL = tuple(KINDS.values())


def server(**changes) -> Server:
    """One that suits all types."""
    sound = {"id": "i", "name": "web", "status": "ACTIVE", "vm_state": "active", "host": "c1", "volume_backed": True}
    return Server(**{**sound, **changes})


def found(kind, one=None, **choice) -> set[tuple[str, str]]:
    """But for what every volume-backed instance is told by the block types."""
    told = {(one.level, one.code) for one in findings(Case(kind, one or server(), **choice))}
    return told - {("warning", "volume-backed")}


@pytest.mark.parametrize("kind", ALL)
def test_sound_instance_has_nothing_against_it(kind):
    assert found(kind) == set()


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("state", ["active", "stopped", "paused", "suspended", "shelved_offloaded", "error", "rescued"])
def test_state_is_an_error_where_nova_does_not_take_it(kind, state):
    taken = {"active", "paused"} if kind.live else {"active", "stopped"}
    assert found(kind, server(vm_state=state)) == (set() if state in taken else {("error", "vm-state")})


@pytest.mark.parametrize("kind", ALL)
def test_unconfirmed_move_says_so_and_not_just_its_state(kind):
    assert found(kind, server(vm_state="resized", status="VERIFY_RESIZE")) == {("error", "unconfirmed")}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"task_state": "migrating"}, {("error", "task-state")}),
        ({"locked": True}, {("error", "locked")}),
        ({"task_state": "rebooting", "locked": True}, {("error", "task-state"), ("error", "locked")}),
    ],
    ids=["busy", "locked", "both"],
)
def test_busy_or_locked_instance_is_an_error(kind, changes, told):
    assert found(kind, server(**changes)) == told


@pytest.mark.parametrize("kind", ALL)
def test_lock_is_but_a_warning_to_who_may_override_it(kind):
    assert found(kind, server(locked=True), may_override_lock=True) == {("warning", "locked")}


@pytest.mark.parametrize(
    ("kind", "volume_backed", "told"),
    [
        (COLD, True, []),
        (COLD, False, []),
        (COLD_BLOCK, True, [Finding("warning", "volume-backed")]),
        (COLD_BLOCK, False, []),
        (LIVE, True, []),
        (LIVE, False, [Finding("warning", "local-disk")]),
        (LIVE_BLOCK, True, [Finding("warning", "volume-backed")]),
        (LIVE_BLOCK, False, []),
    ],
)
def test_storage_that_does_not_suit_the_type_is_a_warning(kind, volume_backed, told):
    assert findings(Case(kind, server(volume_backed=volume_backed))) == told


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("host", "hosts", "told"),
    [
        ("down", HOSTS, {("error", "source-down")}),
        ("off", HOSTS, set()),
        ("c1", HOSTS, set()),
        ("gone", HOSTS, set()),
        ("down", None, set()),
        (None, HOSTS, set()),
    ],
    ids=["down", "disabled", "up", "unlisted", "hosts unknown", "host hidden"],
)
def test_source_that_is_down_is_an_error(kind, host, hosts, told):
    assert found(kind, server(host=host), hosts=hosts) == told


@pytest.mark.parametrize("kind", [LIVE, LIVE_BLOCK])
@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("c1", "destination-source"),
        ("c9", "destination-unknown"),
        ("C2", "destination-unknown"),
        ("down", "destination-down"),
        ("both", "destination-down"),
        ("off", "destination-disabled"),
        ("a b", "destination-name"),
        ("c2\n", "destination-name"),
        ("c2;reboot", "destination-name"),
        ("größe", "destination-name"),
        ("x" * 256, "destination-name"),
    ],
)
def test_destination_that_cannot_be_is_an_error(kind, destination, code):
    assert found(kind, destination=destination, hosts=HOSTS, may_name_host=True) == {("error", code)}


@pytest.mark.parametrize("kind", [LIVE, LIVE_BLOCK])
@pytest.mark.parametrize(
    ("destination", "hosts"),
    [("", HOSTS), ("c2", HOSTS), ("c9", None), ("x" * 255, None), ("a_b.c-1", None)],
    ids=["scheduler", "listed", "hosts unknown", "long", "odd"],
)
def test_destination_that_can_be_is_no_finding(kind, destination, hosts):
    assert found(kind, destination=destination, hosts=hosts, may_name_host=True) == set()


@pytest.mark.parametrize("kind", [COLD, COLD_BLOCK])
@pytest.mark.parametrize("may_name_host", [True, False])
@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_cold_types_refuse_any_destination(kind, may_name_host, destination):
    told = found(kind, destination=destination, hosts=HOSTS, may_name_host=may_name_host)
    assert told == {("error", "destination-cold")}


@pytest.mark.parametrize("kind", [LIVE, LIVE_BLOCK])
@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_role_that_may_name_no_host_learns_nothing_of_hosts(kind, destination):
    assert found(kind, destination=destination, hosts=HOSTS) == {("error", "destination-role")}


@pytest.mark.parametrize(
    ("case", "finding"),
    [
        (Case(LIVE, server(vm_state="stopped")), Finding("error", "vm-state", {"state": "stopped"})),
        (Case(LIVE, server(vm_state="", status="UNKNOWN")), Finding("error", "vm-state", {"state": "UNKNOWN"})),
        (Case(LIVE, server(task_state="migrating")), Finding("error", "task-state", {"task": "migrating"})),
        (Case(LIVE, server(locked=True, locked_reason="audit")), Finding("error", "locked", {"reason": "audit"})),
        (Case(LIVE, server(locked=True)), Finding("error", "locked", {"reason": ""})),
        (Case(LIVE, server(host="down"), hosts=HOSTS), Finding("error", "source-down", {"host": "down"})),
        (
            Case(LIVE, server(), "off", HOSTS, may_name_host=True),
            Finding("error", "destination-disabled", {"host": "off", "reason": "bad fan"}),
        ),
    ],
    ids=range(7),
)
def test_findings_carry_their_facts(case, finding):
    assert findings(case) == [finding]


def test_errors_come_first():
    case = Case(LIVE, server(volume_backed=False, locked=True), "c1", HOSTS, may_name_host=True, may_override_lock=True)
    assert [(one.level, one.code) for one in findings(case)] == [
        ("error", "destination-source"),
        ("warning", "locked"),
        ("warning", "local-disk"),
    ]


@pytest.mark.parametrize(("name", "host"), [("c2", HOSTS[1]), ("c", None), ("", None), (None, None)])
def test_host_is_found_by_its_whole_name(name, host):
    assert host_named(name, HOSTS) is host


def test_hosts_are_in_natural_order():
    names = ["compute-10", "compute-2", "Compute-1", "1compute", "compute-2a", "compute"]
    ordered = ["1compute", "Compute-1", "compute", "compute-2", "compute-2a", "compute-10"]
    assert sorted(names, key=natural) == ordered
