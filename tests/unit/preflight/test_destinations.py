# SPDX-License-Identifier: Apache-2.0
"""The verdict on each host: every finding by cases, and the order of the hosts."""

import pytest

from migration_panel.api.host_models import ServerGroup
from migration_panel.api.placement_models import AllocationCandidates, ResourceAmount
from migration_panel.migration_types import COLD, LIVE, LIVE_BLOCK
from migration_panel.preflight.capacity import Gauge
from migration_panel.preflight.destinations import verdicts
from migration_panel.preflight.registry import HOST_CHECKS
from tests.support.case_ids import case_id, numbered
from tests.support.preflight_inputs import FEATURES, case, host, node, rooms, server

APART = ServerGroup("g", "web", "anti-affinity", ("i", "m", "n"))
PAIRS = ServerGroup("g", "web", "anti-affinity", ("i", "m", "n"), most_per_host=2)
TOGETHER = ServerGroup("g", "web", "affinity", ("i", "m", "n"))
NICE = ServerGroup("g", "web", "soft-anti-affinity", ("i", "m"))
ON_C2, ON_C2_TOO = server(id="m", name="web-2", host="c2"), server(id="n", name="web-3", host="c2")
ON_C1 = server(id="m", name="web-2", host="c1")


def c2(**changes):
    return {"hosts": (host("c1"), host("c2", **changes))}


def of_c2(**changes):
    """Return a case in which c2's hypervisor differs from the source's."""
    return {"hypervisors": (node("c1"), node("c2", **changes), node("c3"))}


def full(**changes):
    """Return a case in which Placement offers only c3, and c2's hypervisor shows the reason."""
    return of_c2(**changes) | {"candidates": rooms("c1", "c3")}


# Code, level, the case of c2, and the facts besides its name.
SAID = [
    ("destination-source", "error", {"of": {"host": "c2"}}, {}),
    ("destination-down", "error", c2(up=False), {}),
    ("destination-forced-down", "error", c2(up=False, forced_down=True), {}),
    ("destination-disabled", "error", c2(enabled=False, disabled_reason="bad fan"), {"reason": "bad fan"}),
    ("destination-disabled", "error", c2(enabled=False) | {"candidates": rooms("c3")}, {"reason": ""}),
    ("destination-cell-down", "error", c2(up=False, enabled=False, cell_down=True), {}),
    ("destination-evacuated", "error", {"evacuated": {"c2": frozenset({"m", "n"})}}, {"count": 2}),
    ("destination-evacuated-itself", "error", {"evacuated": {"c2": frozenset({"i", "m"})}}, {}),
    (
        "destination-zone", "error",
        {"of": {"pinned_zone": "az1"}} | c2(zone="az2"), {"zone": "az2", "pinned": "az1"},
    ),
    (
        "destination-anti-affinity", "error",
        {"group": APART, "members": (ON_C2,)}, {"member": "web-2", "group": "web"},
    ),
    (
        "destination-anti-affinity", "error",
        {"group": PAIRS, "members": (ON_C2, ON_C2_TOO)}, {"member": "web-2", "group": "web"},
    ),
    ("destination-affinity", "error", {"group": TOGETHER, "members": (ON_C1,)}, {"group": "web"}),
    ("destination-affinity", "error", {"group": TOGETHER}, {"group": "web"}),
    ("destination-type", "error", of_c2(type="VMware"), {"type": "VMware", "source": "QEMU"}),
    ("destination-older", "warning", of_c2(version=6002000), {"version": 6002000, "source": 8002000}),
    ("destination-vcpus", "error", full(vcpus_used=127), {"free": 1, "need": 2}),
    ("destination-memory", "error", full(memory_used_mib=130000), {"free": 1072, "need": 4096}),
    ("destination-memory", "error", full(memory_used_mib=140000), {"free": 0, "need": 4096}),
    (
        "destination-disk", "error",
        full(disk_used_gib=1995) | {"of": {"volume_backed": False}}, {"free": 5, "need": 10},
    ),
    ("destination-room", "error", full(), {}),
    ("destination-room", "error", full(vcpus=None, memory_mib=None), {}),
    ("destination-room-untold", "warning", {"candidates": rooms("c1", "c3", cut=True)}, {}),
    ("destination-room-untold", "warning", {"hypervisors": (node("c1"), node("c3"))}, {}),
    # Two nodes of a service: which node is current is unknown.
    (
        "destination-room-untold", "warning",
        {"hypervisors": (node("c1"), node("c2", id="stale", version=1, type="Xen"), node("c2"), node("c3"))}, {},
    ),
    ("destination-tight", "warning", of_c2(vcpus_used=31) | {"candidates": None}, {}),
    ("destination-tight", "warning", of_c2(memory_used_mib=131000) | {"candidates": None}, {}),
    (
        "destination-cpu", "warning",
        of_c2(cpu_model="Haswell", cpu_features=frozenset({"aes"})),
        {"model": "Haswell", "source": "Cascadelake", "missing": 1},
    ),
    (
        "destination-cpu", "warning",
        of_c2(cpu_vendor="AMD", cpu_features=None),
        {"model": "Cascadelake", "source": "Cascadelake", "missing": 0},
    ),
    (
        "destination-cpu", "info",
        of_c2(cpu_model="Icelake", cpu_features=FEATURES | {"vaes"}),
        {"model": "Icelake", "source": "Cascadelake", "missing": 0},
    ),
]  # fmt: skip

SILENT = {
    "all is well": {},
    "nothing is known of the hypervisors": {"hypervisors": None, "candidates": None},
    "hypervisors tell no capacity": of_c2(vcpus=None, memory_mib=None, disk_gib=None) | {"candidates": None},
    "not pinned": c2(zone="az2"),
    "zone of the host not reported": {"of": {"pinned_zone": "az1"}} | c2(zone=None),
    "group lets two be together": {"group": PAIRS, "members": (ON_C2,)},
    "members of a group elsewhere": {"group": APART, "members": (ON_C1,)},
    "soft group": {"group": NICE, "members": (ON_C2,)},
    "its group is there": {"group": TOGETHER, "members": (ON_C2,)},
    "where other members are is not known": {"group": TOGETHER, "members": (ON_C1,), "missing": {"group": "failed"}},
    "where it is is hidden": {"of": {"host": None}, "group": TOGETHER},
    "newer": of_c2(version=9000000),
    "types not reported": of_c2(type=None, version=None, cpu_model=None),
    "several nodes, one of them with room": {
        "hypervisors": (
            node("c1", type="ironic"),
            node("c2", id="full", type="ironic"),
            node("c2", type="ironic"),
            node("c3"),
        ),
    },
    "evacuated from another host": {"evacuated": {"c3": frozenset({"i"})}},
    "looks full, but Placement overcommits": of_c2(memory_used_mib=131000, vcpus_used=32),
}


def found(verdict):
    return [(each.code, each.level, dict(each.facts)) for each in (*verdict.errors, *verdict.notes)]


def judged(matter, kind=LIVE, name="c2"):
    return {verdict.name: verdict for verdict in verdicts(case(kind, **matter))}[name]


@pytest.mark.parametrize(("code", "level", "matter", "facts"), SAID, ids=numbered(code for code, *_ in SAID))
def test_finding_is_the_only_finding_and_has_its_facts(code, level, matter, facts):
    verdict = judged(matter)
    assert found(verdict) == [(code, level, {"host": "c2"} | facts)]
    assert verdict.fits is (level != "error")


@pytest.mark.parametrize("matter", SILENT.values(), ids=SILENT)
def test_suitable_host_has_no_findings(matter):
    verdict = judged(matter)
    assert found(verdict) == []
    assert verdict.fits


@pytest.mark.parametrize("row", HOST_CHECKS, ids=lambda row: row.code)
def test_table_and_cases_agree(row):
    assert {level for code, level, *_ in SAID if code == row.code} == set(row.levels)


def test_host_that_is_down_has_no_restart_finding():
    matter = c2(up=False) | {"evacuated": {"c2": frozenset({"i"})}}
    assert [code for code, *_ in found(judged(matter))] == ["destination-down"]


def test_all_findings_of_a_host_are_returned():
    matter = {"of": {"pinned_zone": "az1"}} | c2(up=False, enabled=False, zone="az2") | of_c2(type="VMware")
    codes = [code for code, *_ in found(judged(matter))]
    assert codes == ["destination-down", "destination-disabled", "destination-zone", "destination-type"]


def test_source_has_no_finding_except_that_it_is_the_source():
    verdict = judged({"hosts": (host("c1", up=False, enabled=False), host("c2"))}, name="c1")
    assert found(verdict) == [("destination-source", "error", {"host": "c1"})]


@pytest.mark.parametrize(
    "matter", [of_c2(type="VMware"), of_c2(version=1), of_c2(cpu_model="Haswell")], ids=["type", "version", "cpu"]
)
def test_cold_kinds_do_not_compare_hypervisors(matter):
    assert found(judged(matter, COLD)) == []


def test_gauges_show_placements_figures_with_overcommit():
    assert judged({"of": {"volume_backed": False}}, LIVE_BLOCK).gauges == (
        Gauge("VCPU", 128, 8, 2),
        Gauge("MEMORY_MB", 130560, 32256, 4096),
        Gauge("DISK_GB", 2000, 500, 10),
    )


def test_gauges_show_the_hypervisors_figures_without_placement():
    gauges = judged({"candidates": None}).gauges
    assert gauges == (
        Gauge("VCPU", 32, 8, 2, overcommit=False),
        Gauge("MEMORY_MB", 131072, 32768, 4096, overcommit=False),
    )


@pytest.mark.parametrize(
    "matter", [{"resource_request": None}, {"hypervisors": None, "candidates": None}], ids=["flavor", "hosts"]
)
def test_unknown_capacity_has_no_gauge(matter):
    assert judged(matter).gauges == ()


def test_pinned_cpus_have_their_own_gauge():
    pcpus = AllocationCandidates({"id-of-c2": {"PCPU": ResourceAmount(16, 4), "MEMORY_MB": ResourceAmount(1000, 0)}})
    verdict = judged({"of": {"extra_specs": {"hw:cpu_policy": "dedicated"}}, "candidates": pcpus})
    assert verdict.gauges[0] == Gauge("PCPU", 16, 4, 2)


@pytest.mark.parametrize(
    ("gauge", "free", "after", "percents"),
    [
        (Gauge("VCPU", 10, 4, 1), 6, 5, (40, 50)),
        (Gauge("VCPU", 10, 9, 4), 1, -3, (90, 100)),
        (Gauge("VCPU", 10, 12, 1), 0, -3, (100, 100)),
        (Gauge("VCPU", 0, 0, 1), 0, -1, (100, 100)),
    ],
    ids=case_id,
)
def test_gauge_returns_free_amounts_and_percentages(gauge, free, after, percents):
    assert (gauge.free, gauge.after, (gauge.percent_used, gauge.percent_after)) == (free, after, percents)


def order(**matter):
    return [(verdict.name, verdict.rank) for verdict in verdicts(case(**matter))]


HOSTS = tuple(host(name) for name in ("c1", "c10", "c2", "c3", "c4"))
NODES = tuple(node(host.name) for host in HOSTS)


def room_of(**used):
    return AllocationCandidates(
        {
            f"id-of-{name}": {"VCPU": ResourceAmount(100, 0), "MEMORY_MB": ResourceAmount(100_000, n)}
            for name, n in used.items()
        }
    )


def test_verdicts_are_sorted_by_rank_then_name_then_unfit():
    matter = {"hosts": HOSTS, "hypervisors": NODES, "candidates": room_of(c10=10_000, c2=10_000, c3=5_000)}
    assert order(**matter) == [("c3", 1), ("c2", 2), ("c10", 3), ("c1", None), ("c4", None)]


def test_rank_counts_the_scarcer_of_cpu_and_memory():
    offered = AllocationCandidates(
        {
            "id-of-c2": {"VCPU": ResourceAmount(100, 95), "MEMORY_MB": ResourceAmount(100_000, 0)},
            "id-of-c3": {"VCPU": ResourceAmount(100, 50), "MEMORY_MB": ResourceAmount(100_000, 50_000)},
        }
    )
    assert order(candidates=offered)[:2] == [("c3", 1), ("c2", 2)]


def test_host_with_a_warning_comes_after_hosts_without():
    matter = {
        "candidates": room_of(c2=0, c3=90_000),
        "hypervisors": (node("c1"), node("c2", cpu_vendor="AMD"), node("c3")),
    }
    assert order(**matter)[:2] == [("c3", 1), ("c2", 2)]


def test_hosts_with_unknown_capacity_are_in_natural_order():
    assert order(hosts=HOSTS, hypervisors=None, candidates=None) == [
        ("c2", 1), ("c3", 2), ("c4", 3), ("c10", 4), ("c1", None),
    ]  # fmt: skip


def test_verdicts_are_empty_without_hosts():
    assert verdicts(case(hosts=None)) == []
