# SPDX-License-Identifier: Apache-2.0
"""Who holds resources of a compute host, by Placement."""

import pytest

from migration_panel.api.host_models import Hypervisor
from migration_panel.exceptions import NotAllowed, NotFound, ServiceUnavailable
from migration_panel.hosts.allocations import MAX_NODES, allocation_consumers
from tests.support.fake_cloud import PLACEMENT
from tests.support.nova_answers import provider
from tests.support.user_requests import request_of


def node(name):
    return Hypervisor(id=provider(name), name=name, host="compute-01")


def list_allocations(cloud, name, *consumers, **answer):
    """Let Placement list the consumers of a node."""
    path = f"{PLACEMENT}/resource_providers/{provider(name)}/allocations"
    cloud.on("GET", path, json={"allocations": {consumer: {} for consumer in consumers}}, **answer)


def test_consumers_of_all_nodes_are_returned_with_one_call_for_each_node(fake_cloud):
    list_allocations(fake_cloud, "a", "one", "two")
    list_allocations(fake_cloud, "b", "two", "three")
    consumers = allocation_consumers(request_of(fake_cloud, "admin"), [node("a"), node("b")])
    assert consumers == {"one", "two", "three"}
    assert len(fake_cloud.panel_calls) == 2


@pytest.mark.parametrize(
    ("nodes", "error"),
    [
        ([], NotFound),
        ([node("a"), Hypervisor(id="42", name="b")], NotFound),
        ([node(str(number)) for number in range(MAX_NODES + 1)], NotAllowed),
    ],
    ids=["no node", "node without a UUID", "too many nodes"],
)
def test_placement_is_not_queried_for_nodes_that_cannot_prove_anything(fake_cloud, nodes, error):
    with pytest.raises(error):
        allocation_consumers(request_of(fake_cloud, "admin"), nodes)
    assert fake_cloud.panel_calls == []


def test_error_of_placement_is_raised(fake_cloud):
    list_allocations(fake_cloud, "a", status=503)
    with pytest.raises(ServiceUnavailable):
        allocation_consumers(request_of(fake_cloud, "admin"), [node("a")])
