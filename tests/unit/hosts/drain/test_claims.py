# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import add

import pytest
from django.test import override_settings

from migration_panel.api.nova import Nova
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.claims import ReturnState, drop_return, store_return, stored_return
from migration_panel.hosts.drain.run import Outcome, Step
from migration_panel.hosts.drain.submit_result import REFUSED, Refusal
from tests.support.host_records import HOST, NOW, START, move, server, uuid_of
from tests.support.record_ids import record_id
from tests.support.user_requests import access

DEAD = {"default": {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "127.0.0.1:1"}}
REFUSAL = Refusal(REFUSED, "No.")
STEP = Step(uuid_of("web"), Outcome.TODO, server=server(), migration=move(status="failed"))


@pytest.fixture
def user(fake_cloud):
    """``user("demo-id")``: an administrator in a project, in a cloud whose catalog names the project."""
    Nova(access(fake_cloud))

    def of(project: str, suffix: str = "/{}") -> Nova:
        given = access(fake_cloud, project_id=project, token=f"token-of-{project}")
        nova = Nova(given)
        nova.access = replace(given, endpoint=given.endpoint + suffix.format(project))
        return nova

    return of


@pytest.mark.parametrize("suffix", ["", "/{}", "/AUTH_{}"], ids=record_id)
def test_claim_is_seen_by_administrators_of_all_projects(user, suffix):
    nova, other = user("demo-id", suffix), user("ops-id", suffix)
    assert claims.claim(nova, HOST, [STEP]) == [STEP]
    assert claims.claim(other, HOST, [STEP]) == []
    claims.release(other, HOST, [STEP])
    assert claims.claim(nova, HOST, [STEP]) == [STEP]


@pytest.mark.parametrize("timeout", [10, 60])
def test_claim_lasts_until_the_last_call_of_its_request_has_ended(user, monkeypatch, timeout):
    nova = user("demo-id")
    start = nova.now()
    with override_settings(MIGRATION_PANEL={"TIMEOUT": timeout}):
        assert claims.claim(nova, HOST, [STEP]) == [STEP]
        for seconds, free in ((2 + timeout, []), (timeout + claims.CLAIM_MARGIN + 1, [STEP])):
            monkeypatch.setattr(nova, "now", partial(add, start, timedelta(seconds=seconds)))
            assert claims.claim(nova, HOST, [STEP]) == free


def test_refusals_and_returns_are_seen_by_administrators_of_all_projects(user):
    nova, other = user("demo-id"), user("ops-id")
    claims.store_refusals(nova, HOST, {claims.state_key(STEP): REFUSAL})
    store_return(nova, HOST, ReturnState(START, NOW))
    assert claims.refusals(other, HOST) == {claims.state_key(STEP): REFUSAL}
    assert stored_return(other, HOST) == ReturnState(START, NOW)


def test_last_part_of_an_endpoint_is_kept_unless_it_is_the_project(user):
    assert user("demo-id", "/region-2").access.cloud.endswith("/region-2")
    assert user("", "").access.cloud.endswith("/v2.1")


def test_states_differ_by_the_migrations_uuid():
    """Two cells count their IDs by themselves."""
    other = replace(STEP, migration=move(status="failed", uuid=uuid_of("other")))
    assert claims.state_key(STEP) != claims.state_key(other)


def test_verdict_holds_as_long_as_the_record_is_the_same(user):
    nova, record = user("demo-id"), move(status="confirming", type="migration")
    claims.store_verdicts(nova, HOST, [record], {record.uuid: "no-change"})
    assert claims.verdicts(nova, HOST, [record]) == {record.uuid: "no-change"}
    assert claims.verdicts(nova, HOST, [replace(record, status="confirmed")]) == {}
    assert claims.verdicts(nova, HOST, [move("db")]) == {}


@pytest.mark.parametrize(
    "caches", [DEAD, {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}], ids=record_id
)
def test_without_a_cache_this_process_keeps_refusals_only_and_nothing_fails(user, caches):
    nova = user("demo-id")
    with override_settings(CACHES=caches):
        assert claims.claim(nova, HOST, [STEP]) == [STEP]
        claims.store_refusals(nova, HOST, {claims.state_key(STEP): REFUSAL})
        assert claims.refusals(nova, HOST) == {claims.state_key(STEP): REFUSAL}
        claims.remove_refusals(nova, HOST, [STEP])
        claims.store_verdicts(nova, HOST, [STEP.migration], {STEP.migration.uuid: "no-change"})
        store_return(nova, HOST, ReturnState(START, NOW))
        drop_return(nova, HOST)
        assert (claims.refusals(nova, HOST), stored_return(nova, HOST)) == ({}, None)
        assert claims.verdicts(nova, HOST, [STEP.migration]) == {}
