# SPDX-License-Identifier: Apache-2.0
"""Nova's clock and Horizon's clock differ: a drain uses Nova's clock, and repeats no migration."""

import pytest

from benchmarks.stage import Visitor
from tests.support.drain_steps import drain_url, run_url
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import open_page
from tests.support.mixed_instances import Guest

HOST = "compute-03"
JSON = "application/json"
# How often the page's script polls, and continues the run if possible.
LOOKS = 5


@pytest.fixture(params=[30, -30], ids=["ahead", "behind"])
def skewed(request, pair, fleet):
    """A cloud whose Nova has a clock that many seconds ahead of Horizon's clock."""
    pair.cloud.set_nova_clock(request.param)
    yield request.param
    pair.cloud.set_nova_clock(0)
    [service] = fleet.nova.services.list(host=HOST, binary="nova-compute")
    fleet.nova.services.enable(service.id)


@pytest.mark.fault("Nova's clock 30 s ahead of Horizon's, or behind", "a drain is complete; no failure is repeated")
def test_drain_migrates_each_instance_once_with_a_wrong_clock(pair, fleet, skewed):
    fleet.boot(HOST, [Guest("ACTIVE", seconds=1)] * 3)
    good, bad, other = fleet.servers.values()
    fleet.nova.servers.set_meta(bad, {"sim_refuse": "no"})
    visitor = Visitor(pair.url)
    assert visitor.post(drain_url(HOST), {"reason": "patch"}, accept=JSON).status_code == 202

    def outcomes() -> dict[str, str]:
        run = open_page(visitor, run_url(HOST)).json()
        return {one["id"]: one["outcome"] for one in run["instances"]}

    ends = {good.id: "moved", bad.id: "failed", other.id: "moved"}
    eventually(lambda: outcomes() == ends)
    for _ in range(LOOKS):
        visitor.post(run_url(HOST), {}, accept=JSON)
        assert outcomes() == ends
    for server in fleet.servers:
        assert len(fleet.nova.migrations.list(instance_uuid=server)) == 1
