# SPDX-License-Identifier: Apache-2.0
"""Django's cache is per process, absent, or fails: the panel is slower, never wrong."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from benchmarks.stage import Visitor
from devcloud.dashboard.server import Horizon
from tests.chaos.memcached import Memcached
from tests.support.drain_steps import drain_url, run_url
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports
from tests.support.fault_steps import BOARD, STATUS, forced_down, open_page
from tests.support.mixed_instances import Fleet, Guest
from tests.support.two_horizons import Cluster

CACHES = ("locmem", "dummy", "memcached-raising")
DRAINED, DOWN = "compute-03", "compute-04"
GUEST = Guest("ACTIVE", seconds=3)
JSON = "application/json"
# Four live migrations, one after the other, on a busy machine.
DRAIN_SECONDS = 180


@pytest.fixture(scope="session")
def memcached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memcached]:
    running = Memcached(free_ports(), tmp_path_factory.mktemp("memcached"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def horizon_with(
    pair: Cluster, memcached: Memcached, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Horizon]]:
    """``horizon_with("locmem")``: a Horizon of two workers with that cache, over the cloud of the pair."""
    running: dict[str, Horizon] = {}

    def one(cache: str) -> Horizon:
        if cache not in running:
            state = tmp_path_factory.mktemp(cache)
            running[cache] = Horizon(free_ports(), state, pair.cloud.auth_url, memcached.address, cache=cache)
            running[cache].prepare()
            running[cache].start()
            assert running[cache].first_login("admin", PASSWORD)
        return running[cache]

    yield one
    for horizon in running.values():
        horizon.stop()


@pytest.fixture
def drained(fleet: Fleet) -> Iterator[str]:
    """A host with four instances; enabled again at the end."""
    fleet.boot(DRAINED, [GUEST] * 4)
    yield DRAINED
    enable(fleet, DRAINED)


def enable(fleet: Fleet, host: str) -> None:
    [service] = fleet.nova.services.list(host=host, binary="nova-compute")
    fleet.nova.services.enable(service.id)


def run_of(visitor: Visitor) -> dict:
    return open_page(visitor, run_url(DRAINED)).json()


def moved_once(fleet: Fleet) -> bool:
    found = [one for one in fleet.nova.migrations.list() if one.instance_uuid in fleet.servers]
    return Counter((one.instance_uuid, one.status) for one in found) == {(one, "completed"): 1 for one in fleet.servers}


def drain(visitor: Visitor) -> None:
    """Drain the host as a script does: POST, then POST again while there is more to request."""
    answer = visitor.post(drain_url(DRAINED), {"reason": "patch"}, accept=JSON)
    assert answer.status_code == 202, answer.text


def goes_on_until_empty(visitor: Visitor) -> None:
    def is_empty() -> bool:
        if run_of(visitor).get("goes_on"):
            visitor.post(run_url(DRAINED), {}, accept=JSON)
        return run_of(visitor)["empty"]

    eventually(is_empty, within=DRAIN_SECONDS, every=1)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.fault("Django's cache: {cache}", "a drain is complete, each instance moved once; nobody logged out")
def test_drain_with_each_cache(horizon_with, fleet, drained, cache):
    visitor = Visitor(horizon_with(cache).url)
    drain(visitor)
    goes_on_until_empty(visitor)
    assert moved_once(fleet)
    assert [open_page(visitor, path).status_code for path in (BOARD, STATUS, f"{BOARD}hosts/")] == [200] * 3


@pytest.mark.fault("the panel's memcached gone within a drain, its client raises", "the drain goes on; each moved once")
def test_drain_survives_an_outage_of_the_panels_cache(horizon_with, fleet, drained, memcached):
    visitor = Visitor(horizon_with("panel-raising").url)
    drain(visitor)
    with killed(memcached):
        goes_on_until_empty(visitor)
        assert [open_page(visitor, path).status_code for path in (BOARD, STATUS, f"{BOARD}hosts/")] == [200] * 3
    assert moved_once(fleet)


@pytest.mark.fault(
    "Horizon's memcached gone within a drain, its client raises",
    "Horizon fails on every page, its own too; then the drain goes on; each moved once",
)
def test_drain_resumes_after_an_outage_of_horizons_cache(horizon_with, fleet, drained, memcached):
    """Horizon's own middleware reads the cache for each request."""
    visitor = Visitor(horizon_with("memcached-raising").url)
    drain(visitor)
    with killed(memcached):
        for path in ("/admin/", BOARD):
            # For a second after each failure, pymemcache reports keys as missing instead of failing again.
            eventually(lambda path=path: open_page(visitor, path).status_code == 500)
    eventually(lambda: open_page(visitor, BOARD).status_code == 200)
    goes_on_until_empty(visitor)
    assert moved_once(fleet)


@contextmanager
def killed(memcached: Memcached) -> Iterator[None]:
    memcached.kill()
    try:
        yield
    finally:
        memcached.start()


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.fault("two administrators evacuate at once, cache: {cache}", "one evacuation of each instance")
def test_two_evacuations_at_once_request_each_instance_once(pair, horizon_with, fleet, cache):
    fleet.boot(DOWN, [GUEST] * 2)
    with forced_down(pair.cloud, fleet.nova, DOWN):
        visitors = [Visitor(horizon_with(cache).url) for _ in range(2)]
        path = f"{BOARD}hosts/{DOWN}/evacuate/"
        fields = {"instances": list(fleet.servers), "confirmed": DOWN}
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda one: one.post(path, fields, accept=JSON), visitors))
        assert all(answer.status_code < 500 for answer in answers)
        eventually(lambda: evacuations(fleet) and set(evacuations(fleet).values()) <= {"done", "completed"})
        assert len(evacuations(fleet)) == 2


def evacuations(fleet: Fleet) -> dict[tuple[str, str], str]:
    """Return the status of each evacuation by instance and record."""
    found = fleet.nova.migrations.list(migration_type="evacuation")
    return {(one.instance_uuid, one.uuid): one.status for one in found if one.instance_uuid in fleet.servers}
