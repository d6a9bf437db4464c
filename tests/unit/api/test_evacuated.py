# SPDX-License-Identifier: Apache-2.0
"""Hosts that are not restarted since an evacuation: one list, few look-ups, and what is kept in the cache."""

import pytest
from django.core.cache import cache

from migration_panel.api import evacuated
from migration_panel.api.evacuated import evacuated_hosts, forget
from migration_panel.api.nova import Nova
from migration_panel.exceptions import NotAllowed, ServiceUnavailable
from tests.support.board_migrations import instance
from tests.support.nova_answers import actions, fault, listed, server
from tests.support.user_requests import request_of

MIGRATIONS = "/v2.1/os-migrations"


@pytest.fixture
def cloud(fake_cloud):
    yield fake_cloud
    cache.clear()


def record(number, host="h1", status="done", **changes):
    own = {"id": number, "instance_uuid": instance(number), "migration_type": "evacuation", "source_compute": host}
    return own | {"status": status, "created_at": f"2026-11-22T12:00:{number:02}.000000"} | changes


def has(cloud, *records, existing=(), deleted=()):
    cloud.on("GET", MIGRATIONS, json=listed(*records))
    for number in existing:
        cloud.on("GET", f"/v2.1/servers/{instance(number)}", json=server(id=instance(number)))
    for number in deleted:
        cloud.on("GET", f"/v2.1/servers/{instance(number)}/os-instance-actions", json=actions({"action": "delete"}))


def found(cloud, **given):
    nova = Nova.connect(request_of(cloud, "admin"))
    cloud.forget()
    return evacuated_hosts(nova, **given)


def test_instances_are_listed_by_source(cloud):
    has(cloud, record(1), record(2), record(3, "h2"), existing=(2, 3))
    assert found(cloud) == {"h1": {instance(1), instance(2)}, "h2": {instance(3)}}


@pytest.mark.parametrize(
    "changes",
    [{"status": "completed"}, {"status": "error"}, {"migration_type": "migration"}, {"source_compute": None}],
    ids=["completed", "error", "migration", "no source"],
)
def test_other_records_do_not_count_whatever_nova_filters(cloud, changes):
    has(cloud, record(1, **changes), existing=(1,))
    assert found(cloud) == {}


def test_answer_costs_one_call_and_one_for_each_host(cloud):
    has(cloud, record(1), record(2), existing=(1, 2))
    found(cloud)
    assert cloud.panel_calls == [f"GET {MIGRATIONS}", f"GET /v2.1/servers/{instance(2)}"]
    assert found(cloud) == {"h1": {instance(1), instance(2)}}
    assert cloud.panel_calls == []


def test_pages_of_the_list_are_followed(cloud):
    next_page = [{"rel": "next", "href": f"http://nova/os-migrations?marker={instance(9)}"}]
    cloud.on("GET", MIGRATIONS, json=listed(record(1)) | {"migrations_links": next_page})
    cloud.on("GET", MIGRATIONS, json=listed(record(2, "h2")), query={"marker": instance(9)})
    assert set(found(cloud)) == {"h1", "h2"}


def test_records_of_deleted_instances_do_not_block_a_host_forever(cloud):
    """Nova closes no record of an instance that is deleted."""
    has(cloud, record(1), record(2), deleted=(1, 2))
    assert found(cloud) == {}
    forget(Nova.connect(request_of(cloud, "admin")))
    assert found(cloud) == {}
    # What is deleted is not looked up again.
    assert cloud.panel_calls == [f"GET {MIGRATIONS}"]


def test_instance_that_may_only_be_hidden_from_the_user_counts(cloud):
    has(cloud, record(1))
    assert found(cloud) == {"h1": {instance(1)}}


def test_instances_beyond_the_most_look_ups_count(cloud, monkeypatch):
    monkeypatch.setattr(evacuated, "MAX_LOOKUPS", 1)
    has(cloud, record(1), record(2), deleted=(1, 2))
    assert found(cloud) == {"h1": {instance(1)}}


def test_refusal_is_stored_for_a_minute_and_a_failure_is_not(cloud):
    cloud.on("GET", MIGRATIONS, status=503, json=fault("computeFault", 503, "busy"))
    with pytest.raises(ServiceUnavailable):
        found(cloud)
    cloud.on("GET", MIGRATIONS, status=403, json=fault("forbidden", 403, "no"))
    for calls in (1, 0):
        with pytest.raises(NotAllowed):
            found(cloud)
        assert len(cloud.made("GET", MIGRATIONS)) == calls


def test_older_answer_serves_a_submission(cloud, monkeypatch):
    has(cloud, record(1), existing=(1,))
    found(cloud)
    has(cloud)
    later = evacuated.time.time() + 120
    monkeypatch.setattr(evacuated.time, "time", lambda: later)
    assert found(cloud, older=True) == {"h1": {instance(1)}}
    assert found(cloud) == {}


def test_every_call_reaches_nova_without_a_cache(cloud, settings):
    settings.CACHES = settings.CACHES | {"none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    settings.MIGRATION_PANEL = {"CACHE": "none"}
    has(cloud, record(1), existing=(1,))
    for _ in range(2):
        assert found(cloud) == {"h1": {instance(1)}}
        assert len(cloud.made("GET", MIGRATIONS)) == 1


def test_instance_that_cannot_be_looked_up_counts(cloud):
    has(cloud, record(1))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", status=503, json=fault("computeFault", 503, "busy"))
    assert found(cloud) == {"h1": {instance(1)}}
