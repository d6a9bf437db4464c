# SPDX-License-Identifier: Apache-2.0
"""Nova fails in the middle of a drain: its page says so, and nothing is lost or moved twice."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from tests.chaos.test_pair import EMPTY, HOST, each_moved_once
from tests.support.drain_steps import ANSWER_TIMEOUT, DRAIN_TIMEOUT, drain_url, headline
from tests.support.fault_steps import CURRENT, RECOVERY_MS, STALE, killed_service, stopped_process
from tests.support.mixed_instances import ARRIVED, OFF, SLOW


@pytest.fixture
def drain(draining) -> Page:
    """The page of a drain of five instances, after the first migration."""
    return draining(HOST, [SLOW] * 5, "[1-3] of 5 instances migrated")


@pytest.mark.fault("nova-compute killed during a drain", "failures shown and retried; no instance lost or moved twice")
def test_drain_continues_after_nova_is_killed(pair, fleet, drain):
    """The embedded Nova is one process: the API and all compute hosts are killed at once."""
    with killed_service(pair.cloud, "nova"):
        expect(drain.get_by_text(STALE)).to_be_visible(timeout=ANSWER_TIMEOUT)
        expect(headline(drain)).not_to_have_text(EMPTY)
    expect(drain.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)
    again = drain.get_by_role("button", name=re.compile(r"Retry \(\d\)"))
    expect(again).to_be_visible(timeout=DRAIN_TIMEOUT)
    # Migrations that are still in progress may be interrupted too.
    expect(headline(drain)).not_to_contain_text(re.compile("Running|Queued"), timeout=DRAIN_TIMEOUT)
    expect(headline(drain)).not_to_have_text(EMPTY)
    again.click()
    expect(headline(drain)).to_have_text(EMPTY, timeout=DRAIN_TIMEOUT)
    found = [one for one in fleet.nova.migrations.list() if one.instance_uuid in fleet.servers]
    assert Counter(one.instance_uuid for one in found if one.status in ARRIVED) == dict.fromkeys(fleet.servers, 1)
    assert {one.source_compute for one in found} == {HOST}
    states = fleet.states()
    assert len(states) == 5
    assert {status for _, status in states.values()} == {"ACTIVE"}
    assert fleet.where()[HOST] == 0


@pytest.mark.fault(
    "nova-api frozen during a drain", "marked stale, current again within 10 s, no reload; each moved once"
)
def test_drain_continues_after_nova_was_frozen(pair, fleet, drain):
    with stopped_process(pair.cloud, "nova"):
        expect(drain.get_by_text(STALE)).to_be_visible(timeout=ANSWER_TIMEOUT)
    expect(drain.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)
    assert drain.evaluate("window.notReloaded")
    expect(headline(drain)).to_have_text(EMPTY, timeout=DRAIN_TIMEOUT)
    assert each_moved_once(fleet)


@pytest.mark.fault(
    "nova-api stopped while a drain is planned", "marked stale, plan of the selection within 10 s, no reload"
)
def test_plan_is_marked_until_it_matches_the_selection(pair, fleet, opened):
    fleet.boot(HOST, [OFF])
    page = opened(pair.url, "admin", drain_url(HOST))
    expect(page.get_by_text("0 of 1 instance will be migrated. 1 instance will not be migrated.")).to_be_visible()
    stale = page.get_by_text("does not match your selection")
    with killed_service(pair.cloud, "nova"):
        page.get_by_label("Migrate shut off instances too (cold)").check()
        expect(stale).to_be_visible(timeout=ANSWER_TIMEOUT)
    expect(page.get_by_text("1 of 1 instance will be migrated.")).to_be_visible(timeout=RECOVERY_MS)
    expect(stale).to_have_count(0)
