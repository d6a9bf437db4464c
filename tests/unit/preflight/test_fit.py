# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.placement_models import AllocationCandidates, ResourceAmount
from migration_panel.migration_types import COLD, LIVE
from migration_panel.preflight.fit import (
    FitInput,
    Lack,
    Membership,
    Mover,
    Unchecked,
    check_fit,
    may_come_back,
    request_key,
    too_many_members,
)
from migration_panel.preflight.resource_request import build_resource_request
from tests.support.case_ids import case_id
from tests.support.host_records import HOST, server, uuid_of

# Three hosts in az1, the first of which is drained, and two in az2.
ZONES = {HOST: "az1", "compute-02": "az1", "compute-03": "az1", "compute-04": "az2", "compute-05": "az2"}
HOSTS = tuple(ComputeHost(name, zone) for name, zone in ZONES.items())
NODES = tuple(Hypervisor(f"node-{name}", name, host=name, type="QEMU") for name in ZONES)
# Room for two instances of 4 GiB.
MUCH = {"VCPU": ResourceAmount(64, 0), "MEMORY_MB": ResourceAmount(8192, 0), "DISK_GB": ResourceAmount(1000, 0)}


def instance(name, **changes):
    return server(name, **({"pinned_zone_known": True} | changes))


def mover(name="web", kind=LIVE, destination="", **changes):
    return Mover(instance(name, **changes), kind, destination)


def known(movers, roomy=tuple(ZONES), *, cut=False, **changes):
    asks = {mover.server.id: build_resource_request(mover.server) for mover in movers}
    rooms = AllocationCandidates({f"node-{name}": MUCH for name in roomy}, cut)
    inputs = {"requests": asks, "candidates": {request_key(ask): rooms for ask in asks.values()}}
    return FitInput(**({"hosts": HOSTS, "hypervisors": NODES} | inputs | changes))


def group(*members, policy="anti-affinity", most=1):
    return ServerGroup("g", "quorum", policy, tuple(uuid_of(name) for name in members), most)


def membership(*others, policy="anti-affinity", most=1):
    """Return a group with other members.  ``others``: pairs of a name and a host."""
    members = tuple(instance(name, host=host) for name, host in others)
    return Membership(group("web", *(name for name, _host in others), policy=policy, most=most), members)


def lacks(movers, around):
    fit = check_fit(movers, around)
    names = {mover.server.id: mover.server.name for mover in movers}
    return {names[instance_id]: lack for instance_id, lack in fit.lacks.items()}


@pytest.mark.parametrize(
    ("changes", "roomy", "lack"),
    [
        ({}, tuple(ZONES), None),
        ({}, (HOST,), Lack("room")),
        ({}, (), Lack("room")),
        # The only host of its zone with enough room is its own host.
        ({"pinned_zone": "az1"}, (HOST, "compute-04", "compute-05"), Lack("zone", "az1")),
        ({"pinned_zone": "az1"}, (HOST, "compute-03", "compute-04"), None),
        ({"pinned_zone": "az2"}, (HOST, "compute-05"), None),
        ({"pinned_zone": "az9"}, tuple(ZONES), Lack("zone-empty", "az9")),
        ({"kind": COLD, "pinned_zone": "az1"}, (HOST, "compute-04"), Lack("zone", "az1")),
        ({"destination": "compute-04"}, tuple(ZONES), None),
        ({"destination": "compute-04"}, ("compute-02",), Lack("room", host="compute-04")),
        ({"destination": "compute-04", "pinned_zone": "az1"}, tuple(ZONES), Lack("zone", "az1", "compute-04")),
    ],
    ids=case_id,
)
def test_fit_considers_zone_and_destination(changes, roomy, lack):
    movers = [mover(**changes)]
    assert lacks(movers, known(movers, roomy)) == ({"web": lack} if lack else {})


@pytest.mark.parametrize(
    ("around", "lack"),
    [
        (membership(("b", "compute-02"), ("c", "compute-03")), None),
        (
            membership(("b", "compute-02"), ("c", "compute-03"), ("d", "compute-04"), ("e", "compute-05")),
            Lack("anti-affinity", "quorum"),
        ),
        (
            membership(("b", "compute-02"), ("c", "compute-03"), ("d", "compute-04"), ("e", "compute-05"), most=2),
            None,
        ),
        (membership(("b", "compute-02"), policy="affinity"), None),
        (membership(("b", HOST), policy="affinity"), Lack("affinity", "quorum")),
        (membership(policy="affinity"), Lack("affinity", "quorum")),
    ],
    ids=["host-left", "as-many-as-hosts", "two-per-host", "beside-a-member", "all-here", "alone"],
)
def test_fit_considers_server_group(around, lack):
    movers = [mover()]
    found = lacks(movers, known(movers, groups={uuid_of("web"): around}))
    assert found == ({"web": lack} if lack else {})


@pytest.mark.parametrize(
    ("most", "roomy", "number"),
    [
        (1, ("compute-02",), 2),
        (1, ("compute-02", "compute-03"), 1),
        (1, ("compute-02", "compute-03", "compute-04"), 0),
        (2, ("compute-02",), 1),
        (2, ("compute-02", "compute-03"), 0),
    ],
    ids=case_id,
)
def test_fit_keeps_members_apart_that_move_together(most, roomy, number):
    names = ("a", "b", "c")
    movers = [mover(name, memory_mib=1024) for name in names]
    groups = {uuid_of(name): Membership(group(*names, most=most)) for name in names}
    found = lacks(movers, known(movers, roomy, groups=groups))
    assert list(found.values()) == [Lack("apart", "quorum")] * number


def test_fit_places_larger_instances_first():
    movers = [mover(name) for name in "abc"]
    assert lacks(movers, known(movers, ("compute-02",))) == {"c": Lack("together")}


@pytest.mark.parametrize(("there", "lack"), [("ironic", Lack("type", "QEMU")), ("QEMU", None)], ids=case_id)
def test_fit_considers_hypervisor_type(there, lack):
    nodes = (NODES[0], *(replace(node, type=there) for node in NODES[1:]))
    movers = [mover()]
    assert lacks(movers, known(movers, hypervisors=nodes)) == ({"web": lack} if lack else {})


@pytest.mark.parametrize("out", [{"up": False}, {"enabled": False}, {"forced_down": True}], ids=case_id)
def test_fit_excludes_hosts_that_are_out_of_service(out):
    movers = [mover()]
    hosts = (HOSTS[0], *(replace(host, **out) for host in HOSTS[1:]))
    assert lacks(movers, known(movers, hosts=hosts)) == {"web": Lack("room")}


@pytest.mark.parametrize(
    ("changes", "server_changes", "unchecked", "whole"),
    [
        ({}, {}, (), True),
        ({"cut": True}, {}, (Unchecked("placement"),), False),
        ({"complete": False}, {}, (Unchecked("hypervisors"),), False),
        ({"hypervisors": NODES[:4]}, {}, (Unchecked("without-hypervisor", ("compute-05",)),), False),
        ({}, {"pinned_zone_known": False}, (Unchecked("zones"),), True),
        ({"unchecked": (Unchecked("groups-failed"),)}, {}, (Unchecked("groups-failed"),), True),
        ({"requests": {}}, {}, (Unchecked("flavors", number=1),), True),
    ],
    ids=case_id,
)
def test_fit_reports_what_was_not_checked(changes, server_changes, unchecked, whole):
    movers = [mover(**server_changes)]
    fit = check_fit(movers, known(movers, **changes))
    assert (fit.unchecked, fit.whole, dict(fit.lacks)) == (unchecked, whole, {})


@pytest.mark.parametrize(
    ("destinations", "there", "most", "kept"),
    [
        (("compute-02", "compute-02"), (), 1, ["b"]),
        (("compute-02", "compute-03"), (), 1, []),
        (("", ""), (), 1, []),
        (("compute-02", "compute-02"), (), 2, []),
        (("compute-02", "compute-02"), (("c", "compute-02"),), 2, ["b"]),
    ],
    ids=case_id,
)
def test_too_many_members_excludes_the_later_members(destinations, there, most, kept):
    movers = [mover(name, destination=host) for name, host in zip("ab", destinations, strict=True)]
    others = tuple(instance(name, host=host) for name, host in there)
    groups = {mover.server.id: Membership(group("a", "b", "c", most=most), others) for mover in movers}
    assert list(too_many_members(movers, groups)) == [uuid_of(name) for name in kept]


@pytest.mark.parametrize("name", ["web", "other"])
def test_fit_excludes_a_host_not_restarted_since_an_evacuation(name):
    movers = [mover()]
    around = known(movers, (HOST, "compute-02"), evacuated={"compute-02": frozenset({uuid_of(name)})})
    assert lacks(movers, around) == {"web": Lack("evacuated")}


@pytest.mark.parametrize(
    ("changes", "host", "found"),
    [
        ({}, {}, (("compute-02",), 1)),
        ({"destination": "compute-03"}, {}, ((), 0)),
        ({"host": "compute-02"}, {}, ((), 0)),
        ({}, {"enabled": False}, ((), 0)),
        ({}, {"up": False}, ((), 0)),
    ],
    ids=case_id,
)
def test_may_come_back_returns_hosts_that_would_delete_instances(changes, host, found):
    hosts = [replace(one, **host) if one.name == "compute-02" else one for one in HOSTS]
    evacuated = {"compute-02": frozenset({uuid_of("web"), uuid_of("elsewhere")})}
    assert may_come_back([mover(**changes)], hosts, evacuated) == found
