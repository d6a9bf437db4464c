# SPDX-License-Identifier: Apache-2.0
"""Two Horizons behind a load balancer share their sessions in a memcached: either Horizon may die, or the memcached."""

from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from benchmarks.stage import Visitor
from tests.chaos.test_horizon import seen_of
from tests.support.drain_steps import ANSWER_TIMEOUT, DRAIN_TIMEOUT, headline
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD, CURRENT, STATUS, log_in, open_page
from tests.support.mixed_instances import RUNNING, Fleet, Guest

HOST = "compute-02"
GUEST = Guest("ACTIVE", seconds=4)
EMPTY = "Host is empty. It is safe to reboot."


@pytest.fixture
def drain(draining) -> Page:
    """The page of a drain of six instances, after some migrations."""
    return draining(HOST, [GUEST] * 6, "[12] of 6 instances migrated")


def each_moved_once(fleet: Fleet) -> bool:
    found = [one for one in fleet.nova.migrations.list() if one.instance_uuid in fleet.servers]
    moves = Counter((one.instance_uuid, one.source_compute, one.status) for one in found)
    return moves == {(one, HOST, "completed"): 1 for one in fleet.servers}


@pytest.mark.fault("one of two Horizons killed between form and submission", "the other accepts it; one migration")
def test_other_horizon_accepts_the_form_of_a_killed_horizon(pair, fleet):
    fleet.boot("compute-01", [RUNNING])
    [server] = fleet.servers
    visitor = Visitor(pair.url)
    path = f"{BOARD}{server}/live/"
    seen = seen_of(open_page(visitor, path))
    gone = pair.balancer.answered[-1]
    pair.kill(gone)
    try:
        answer = open_page(visitor, path, destination="", seen=seen)
    finally:
        pair.revive(gone)
    assert (answer.status_code, answer.headers["Location"]) == (302, BOARD)
    eventually(lambda: fleet.nova.migrations.list(instance_uuid=server))
    assert len(fleet.nova.migrations.list(instance_uuid=server)) == 1
    assert set(pair.balancer.answered) == set(pair.horizons)


@pytest.mark.fault(
    "one of two Horizons killed during a drain", "the other goes on; each instance moved once, no reload"
)
def test_drain_continues_after_a_horizon_is_killed(pair, fleet, drain):
    gone = pair.balancer.answered[-1]
    pair.kill(gone)
    try:
        expect(headline(drain)).to_have_text(EMPTY, timeout=DRAIN_TIMEOUT)
    finally:
        pair.revive(gone)
    assert drain.evaluate("window.notReloaded")
    assert each_moved_once(fleet)
    assert fleet.where()[HOST] == 0


@pytest.mark.fault("memcached killed and started again", "sessions lost: log in again; no 500, then all is well")
def test_restarted_memcached_requires_a_new_login(pair, opened):
    page = opened(pair.url, "admin", BOARD)
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=ANSWER_TIMEOUT)
    visitor = Visitor(pair.url)
    pair.memcached.kill()
    try:
        statuses = {open_page(visitor, path).status_code for path in (BOARD, STATUS, f"{BOARD}hosts/") for _ in "ab"}
        assert statuses <= {302, 401}
        expect(page.get_by_role("link", name="Reload the page")).to_be_visible(timeout=ANSWER_TIMEOUT)
    finally:
        pair.memcached.start()
    eventually(lambda: open_page(visitor, BOARD).status_code == 302, within=10)
    pair.require_login()
    page.get_by_role("link", name="Reload the page").click()
    log_in(page)
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=ANSWER_TIMEOUT)


@pytest.mark.fault("memcached killed during a drain", "logged in again, it goes on; each instance moved once")
def test_drain_continues_after_memcached_is_killed(pair, fleet, drain):
    pair.memcached.kill()
    pair.memcached.start()
    drain.get_by_role("link", name="Reload the page").click(timeout=ANSWER_TIMEOUT)
    pair.require_login()
    log_in(drain)
    expect(headline(drain)).to_have_text(EMPTY, timeout=DRAIN_TIMEOUT)
    assert each_moved_once(fleet)
    assert fleet.where()[HOST] == 0
