# SPDX-License-Identifier: Apache-2.0
"""The request to Placement at each of its microversions, and the records that are made of the answer."""

import pytest

from migration_panel.api.placement import Placement, UnknownTrait
from migration_panel.api.placement_models import AllocationCandidates, RequestGroup, ResourceAmount, ResourceRequest
from migration_panel.api.session import Access
from migration_panel.api.translate import UNREADABLE
from migration_panel.exceptions import NotAllowed, NotFound, RequestRejected, ServiceUnavailable, SessionExpired
from tests.support.login import make_token, service_catalog
from tests.support.nova_answers import candidates, provider
from tests.support.user_requests import request_of

PATH = "/placement/allocation_candidates"
PLAIN = RequestGroup(resources={"VCPU": 2, "MEMORY_MB": 4096})
SIMPLE = ResourceRequest((PLAIN,), root_forbidden=frozenset({"COMPUTE_STATUS_DISABLED"}))
FULL = ResourceRequest(
    (
        RequestGroup("", {"VCPU": 2, "MEMORY_MB": 4096}, frozenset({"B", "A"}), frozenset({"C"})),
        RequestGroup("1", {"VGPU": 1}, frozenset({"D"})),
        RequestGroup("_x", {"SRIOV_NET_VF": 1}),
    ),
    frozenset({"COMPUTE_ACCELERATORS"}),
    frozenset({"COMPUTE_STATUS_DISABLED"}),
    "none",
)


def placement(fake_cloud) -> Placement:
    return Placement(Access(fake_cloud.placement_url, "demo-id", frozenset({"admin"}), "token-of-alice"))


def test_candidates_makes_a_call_with_the_users_token_at_1_36(fake_cloud):
    fake_cloud.on("GET", PATH, json=candidates("c1", "c2", VCPU=5))
    rooms = placement(fake_cloud).candidates(SIMPLE)
    [call] = fake_cloud.calls
    assert call.query == {
        "limit": "1000", "resources": "MEMORY_MB:4096,VCPU:2", "root_required": "!COMPUTE_STATUS_DISABLED",
    }  # fmt: skip
    assert call.headers["openstack-api-version"] == "placement 1.36"
    assert call.headers["x-auth-token"] == "token-of-alice"
    assert set(rooms.amounts) == {provider("c1"), provider("c2")}
    assert rooms.amounts[provider("c1")]["VCPU"] == ResourceAmount(128, 5)
    assert not rooms.cut


@pytest.mark.parametrize(
    ("version", "query"),
    [
        (
            (1, 36),
            {
                "limit": "1000",
                "group_policy": "none",
                "root_required": "COMPUTE_ACCELERATORS,!COMPUTE_STATUS_DISABLED",
                "resources": "MEMORY_MB:4096,VCPU:2",
                "required": "A,B,!C",
                "resources1": "VGPU:1",
                "required1": "D",
                "resources_x": "SRIOV_NET_VF:1",
            },
        ),
        (
            (1, 25),
            {
                "limit": "1000",
                "group_policy": "none",
                "resources": "MEMORY_MB:4096,VCPU:2",
                "required": "A,B,!C,COMPUTE_ACCELERATORS",
                "resources1": "VGPU:1",
                "required1": "D",
                "resources_x": "SRIOV_NET_VF:1",
            },
        ),
        (
            (1, 17),
            {
                "limit": "1000",
                "resources": "MEMORY_MB:4096,VCPU:2",
                "required": "A,B,COMPUTE_ACCELERATORS",
                "resources1": "VGPU:1",
                "required1": "D",
                "resources_x": "SRIOV_NET_VF:1",
            },
        ),
    ],
    ids=["Train", "Rocky", "Queens"],
)
def test_query_suits_the_microversion(version, query):
    assert FULL.query(version) == query


def test_needs_are_those_of_all_groups():
    assert ResourceRequest((PLAIN, RequestGroup("1", {"VCPU": 1}))).needs == {"VCPU": 3, "MEMORY_MB": 4096}


def too_new(call):
    return {"errors": [{"status": 406, "max_version": "1.30", "min_version": "1.0", "title": "Not Acceptable"}]}


def test_older_placement_gets_its_own_microversion_from_then_on(fake_cloud):
    fake_cloud.on("GET", PATH, json=candidates("c1"))
    fake_cloud.on("GET", PATH, json=too_new, status=406, query={"root_required": "!COMPUTE_STATUS_DISABLED"})
    assert set(placement(fake_cloud).candidates(SIMPLE).amounts) == {provider("c1")}
    placement(fake_cloud).candidates(SIMPLE)
    versions = [call.headers["openstack-api-version"] for call in fake_cloud.calls]
    assert versions == ["placement 1.36", "placement 1.30", "placement 1.30"]


@pytest.mark.parametrize("version", [(1, 17), (1, 22), (1, 25), (1, 30), (1, 31), (1, 35)])
def test_trait_of_train_is_not_named_to_an_older_placement(version):
    """Placement answers 400 to a trait that it does not have, even to a forbidden trait."""
    assert not [value for value in FULL.query(version).values() if "COMPUTE_STATUS_DISABLED" in value]


def no_trait(*names):
    """Return the error as Placement 16 writes it; keystoneauth puts the text into the details of its exception."""
    text = f"The server could not comply with the request.  No such trait(s): {', '.join(names)}.  "
    return {"status": 400, "json": {"errors": [{"status": 400, "title": "Bad Request", "detail": text}]}}


def requires(*traits):
    """Return a request that forbids these traits too."""
    return ResourceRequest(
        (RequestGroup("", {"VCPU": 2}, forbidden=frozenset(traits)),), root_forbidden=SIMPLE.root_forbidden
    )


def test_unknown_forbidden_trait_is_left_out_of_a_second_request(fake_cloud):
    fake_cloud.on("GET", PATH, json=candidates("c1"))
    fake_cloud.on("GET", PATH, **no_trait("CUSTOM_OLD"), query={"required": "!CUSTOM_OLD,!HW_CPU_X86_AVX"})
    rooms = placement(fake_cloud).candidates(requires("CUSTOM_OLD", "HW_CPU_X86_AVX"))
    assert set(rooms.amounts) == {provider("c1")}
    queries = [call.query["required"] for call in fake_cloud.calls]
    assert queries == ["!CUSTOM_OLD,!HW_CPU_X86_AVX", "!HW_CPU_X86_AVX"]


def test_unknown_standard_trait_is_stored_and_unknown_custom_trait_is_not(fake_cloud):
    fake_cloud.on("GET", PATH, json=candidates("c1"))
    fake_cloud.on("GET", PATH, **no_trait("CUSTOM_OLD"), query={"required": "!CUSTOM_OLD"})
    fake_cloud.on(
        "GET", PATH, **no_trait("COMPUTE_STATUS_DISABLED"), query={"root_required": "!COMPUTE_STATUS_DISABLED"}
    )
    for _ in range(2):
        placement(fake_cloud).candidates(requires("CUSTOM_OLD"))
    queries = [(call.query.get("root_required"), call.query.get("required")) for call in fake_cloud.calls]
    assert queries == [
        ("!COMPUTE_STATUS_DISABLED", "!CUSTOM_OLD"), (None, "!CUSTOM_OLD"), (None, None),
        (None, "!CUSTOM_OLD"), (None, None),
    ]  # fmt: skip


def test_unknown_required_trait_has_its_own_error(fake_cloud):
    fake_cloud.on("GET", PATH, **no_trait("CUSTOM_NEW"))
    with pytest.raises(UnknownTrait) as caught:
        placement(fake_cloud).candidates(
            ResourceRequest((RequestGroup("", {"VCPU": 2}, required=frozenset({"CUSTOM_NEW"})),))
        )
    assert (len(fake_cloud.calls), caught.value.reason) == (1, "CUSTOM_NEW")


def test_placement_that_refuses_every_request_is_not_queried_forever(fake_cloud):
    traits = [f"CUSTOM_{letter}" for letter in "ABCDEF"]
    named = iter(traits)
    fake_cloud.on("GET", PATH, json=lambda call: no_trait(next(named))["json"], status=400)
    with pytest.raises(RequestRejected):
        placement(fake_cloud).candidates(requires(*traits))
    assert len(fake_cloud.calls) == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 401}, SessionExpired),
        ({"status": 403, "json": {"errors": [{"detail": "admin only"}]}}, NotAllowed),
        ({"status": 404}, NotFound),
        ({"status": 400, "json": {"errors": [{"detail": "No such trait(s): X."}]}}, RequestRejected),
        ({"status": 406, "json": {"errors": [{}]}}, ServiceUnavailable),
        ({"status": 503, "json": b"<html>proxy</html>"}, ServiceUnavailable),
        ({"json": b"<html>welcome</html>"}, ServiceUnavailable),
        ({"json": []}, ServiceUnavailable),
        ({"json": {"allocation_requests": []}}, ServiceUnavailable),
        ({"json": {"allocation_requests": [], "provider_summaries": {"p": {}}}}, ServiceUnavailable),
    ],
    ids=range(10),
)
def test_errors_are_translated(fake_cloud, answer, error):
    fake_cloud.on("GET", PATH, **answer)
    with pytest.raises(error) as caught:
        placement(fake_cloud).candidates(SIMPLE)
    assert "<" not in caught.value.reason


def test_placement_that_cannot_be_reached_is_unavailable(fake_cloud):
    gone = Placement(Access("http://127.0.0.1:9/placement", "demo-id", frozenset(), "token"))
    with pytest.raises(ServiceUnavailable):
        gone.candidates(SIMPLE)


def test_cloud_without_placement_is_unavailable(fake_cloud):
    request = request_of(fake_cloud, "admin")
    assert Placement.of(request).access.endpoint == fake_cloud.placement_url
    bare = service_catalog(nova=fake_cloud.nova_url, keystone=fake_cloud.keystone_url, neutron=fake_cloud.neutron_url)
    request.user.service_catalog = make_token(bare).serviceCatalog
    with pytest.raises(ServiceUnavailable):
        Placement.of(request)


def test_tree_of_providers_is_summed_up():
    summaries = {
        "root": {"root_provider_uuid": "root", "resources": {"MEMORY_MB": {"capacity": 10, "used": 1}}},
        "numa0": {"root_provider_uuid": "root", "resources": {"PCPU": {"capacity": 4, "used": 2}}},
        "numa1": {"root_provider_uuid": "root", "resources": {"PCPU": {"capacity": 4, "used": 1}}},
        "old": {"resources": {"VCPU": {"capacity": 8, "used": 9}}},
    }
    rooms = AllocationCandidates.from_api({"allocation_requests": [{}], "provider_summaries": summaries})
    assert rooms.amounts == {
        "root": {"MEMORY_MB": ResourceAmount(10, 1), "PCPU": ResourceAmount(8, 3)},
        "old": {"VCPU": ResourceAmount(8, 9)},
    }
    assert rooms.amounts["old"]["VCPU"].free == 0


@pytest.mark.parametrize(("count", "cut"), [(0, False), (999, False), (1000, True)])
def test_full_answer_of_placement_may_be_cut(count, cut):
    assert AllocationCandidates.from_api({"allocation_requests": [{}] * count, "provider_summaries": {}}).cut is cut


@pytest.mark.parametrize(
    "capacity", [float("inf"), float("nan"), 10**400, [], None], ids=["infinite", "NaN", "huge", "list", "none"]
)
def test_unreadable_capacity_is_an_error(capacity):
    summaries = {"old": {"resources": {"VCPU": {"capacity": capacity, "used": 0}}}}
    with pytest.raises(UNREADABLE):
        AllocationCandidates.from_api({"allocation_requests": [{}], "provider_summaries": summaries})
