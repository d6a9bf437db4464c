# SPDX-License-Identifier: Apache-2.0
"""Runs in a cloud with wrong clocks, stale records and hosts that were not restarted."""

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.hosts.drain import service
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import LISTED, fault
from tests.support.record_ids import record_id
from tests.support.user_requests import binding_of

HOSTS = "/admin/migrations/hosts/compute-01"
DRAIN, RETURN, RUN = f"{HOSTS}/drain/", f"{HOSTS}/return/", f"{HOSTS}/run/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
ACTIONS = f"{COMPUTE}/servers/*/action"
HOST = "OS-EXT-SRV-ATTR:host"
ERROR = {"status": "ERROR", "OS-EXT-STS:vm_state": "error", "OS-EXT-STS:power_state": 1}


def outcomes(answer):
    return Counter(instance["outcome"] for instance in answer.json()["instances"])


def record(host, name, status, *, age=60.0, **changes):
    """Add a record that was created ``age`` seconds ago."""
    began = f"{datetime.now(timezone.utc) - timedelta(seconds=age):%FT%T.000000}"
    number = len(host.migrations) + 1
    names = {"id": number, "uuid": uuid_of(f"record-{number}"), "instance_uuid": uuid_of(name)}
    ends = {"source_compute": "compute-01", "dest_compute": "compute-02", "migration_type": "live-migration"}
    host.migrations.append(
        LISTED | names | ends | {"status": status, "created_at": began, "updated_at": began} | changes
    )


@pytest.fixture
def host(fake_cloud):
    """A host whose drain started five minutes ago, with two instances."""
    host = FakeHost(fake_cloud, 2)
    began = datetime.now(timezone.utc) - timedelta(minutes=5)
    host.service |= {"status": "disabled", "disabled_reason": f"Drain started {began:%F %T} UTC by admin: kernel patch"}
    return host


@pytest.mark.parametrize("ahead", [30, -30, 7200, -7200])
def test_wrong_clock_makes_no_drain_retry_forever(admin_client, fake_cloud, ahead):
    """Nova's clock differs from Horizon's; the clocks of Nova's conductor and API may also differ by half a minute."""
    fake_cloud.ahead = ahead
    host = FakeHost(fake_cloud, 3)

    def late(call):
        host._action(call)
        created = datetime.now(timezone.utc) + timedelta(seconds=ahead - 30)
        host.migrations[-1]["created_at"] = f"{created:%FT%T.000000}"

    fake_cloud.on("POST", ACTIONS, json=late, status=202)
    admin_client.post(DRAIN, headers=JSON)
    for number in range(4):
        host.finish("error")
        for migration in host.migrations:
            migration["updated_at"] = migration["created_at"]
        for server in host.servers.values():
            server["updated"] = f"2026-11-26T00:00:{number:02d}Z"
        answer = admin_client.post(RUN, headers=JSON)
    assert outcomes(answer) == {"failed": 3}
    assert set(Counter(host.requested).values()) == {1}
    assert not answer.json()["goes_on"]


@pytest.mark.parametrize("ahead", [0, 3600, -3600])
def test_drain_is_dated_by_nova_s_clock(admin_client, fake_cloud, ahead):
    fake_cloud.ahead = ahead
    host = FakeHost(fake_cloud, 1)
    before = datetime.now(timezone.utc)
    admin_client.post(DRAIN, headers=JSON)
    after = datetime.now(timezone.utc)
    started = datetime.fromisoformat(host.service["disabled_reason"][14:33]).replace(tzinfo=timezone.utc)
    # A Date header has whole seconds, and is at most as old as the request. The reason contains that time.
    earliest = before - (after - before) - timedelta(seconds=2)
    assert earliest <= started - timedelta(seconds=ahead) <= after


def test_open_records_of_deleted_instances_are_looked_up_once_each(admin_client, fake_cloud, host):
    """There are more records than one request looks up; the verdicts are stored."""
    for name in ("vm-000", "vm-001"):
        host.delete(name)
    for number in range(12):
        record(host, f"gone-{number}", "pre-migrating", age=7200, migration_type="migration")
    assert not admin_client.get(RUN, headers=JSON).json()["empty"]
    data = admin_client.get(RUN, headers=JSON).json()
    assert (data["empty"], data["instances"]) == (True, [])
    fake_cloud.forget()
    admin_client.get(RUN, headers=JSON)
    assert len(fake_cloud.panel_calls) == 6
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert "The records of 12 migrations stay open although their instances were deleted" in page


def test_failed_live_migration_whose_guest_runs_on_its_new_host(admin_client, host):
    """Nova 27 and newer give the instance to the destination, and set it to Error."""
    host.servers[uuid_of("vm-000")] |= ERROR | {HOST: "compute-02"}
    record(host, "vm-000", "error")
    host.delete("vm-001")
    data = admin_client.get(RUN, headers=JSON).json()
    [instance] = data["instances"]
    assert (instance["name"], instance["outcome"], data["total"]) == ("vm-000", "failed", 1)
    # The return recognizes the instance too, and does not move it.
    answer = admin_client.post(RETURN, headers=JSON)
    assert (outcomes(answer), host.requested) == ({"failed": 1}, [])


def test_return_knows_a_failed_departure_without_the_reason_of_the_drain(admin_client, host):
    for name in ("vm-000", "vm-001"):
        host.servers[uuid_of(name)][HOST] = "compute-02"
    host.servers[uuid_of("vm-000")] |= ERROR
    record(host, "vm-001", "completed", age=90)
    record(host, "vm-000", "error")
    host.service |= {"status": "enabled", "disabled_reason": None}
    answer = admin_client.post(RETURN, headers=JSON)
    assert (outcomes(answer), host.requested) == ({"failed": 1, "queued": 1}, [uuid_of("vm-001")])


@pytest.mark.parametrize("task", ["migrating", None])
def test_completed_migration_of_an_instance_still_on_the_host(admin_client, host, task):
    host.delete("vm-001")
    host.servers[uuid_of("vm-000")]["OS-EXT-STS:task_state"] = task
    record(host, "vm-000", "completed")
    answer = admin_client.post(RUN, headers=JSON)
    [instance] = answer.json()["instances"]
    assert (instance["outcome"], host.requested) == ("failed", [])
    assert (
        "Nova still lists the instance on compute-01, although the migration to compute-02 is completed"
        in instance["reason"]
    )
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert 'value="retry"' not in page
    assert 'value="reset-retry"' not in page


@pytest.fixture
def unharmed(host):
    """Neutron failed in the check before a live migration: the instance is in Error, and the guest is running."""
    host.servers[uuid_of("vm-000")] |= ERROR
    record(host, "vm-000", "error")
    host.delete("vm-001")
    return host


def asked(cloud):
    return [next(iter(call.body)) for call in cloud.made("POST", ACTIONS)]


def test_unharmed_instance_in_error_is_reset_and_retried_by_a_button(admin_client, fake_cloud, unharmed):
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert "Reset state and retry (1)" in page
    assert ">Retry (" not in page
    # Not by itself.
    admin_client.post(RUN, headers=JSON)
    assert asked(fake_cloud) == []
    form = {"action": "reset-retry", "binding": binding_of(admin_client)}
    question = admin_client.post(RUN, form, headers=HTML).content.decode()
    assert ("that the guests are still running" in question, asked(fake_cloud)) == (True, [])
    answer = admin_client.post(RUN, {"action": "reset-retry", "sure": "1"}, headers=JSON)
    assert (outcomes(answer), asked(fake_cloud)) == ({"queued": 1}, ["os-resetState", "os-migrateLive"])


@pytest.mark.parametrize(
    "changes",
    [
        {"OS-EXT-STS:power_state": 4},
        {"OS-EXT-STS:task_state": "rebuilding"},
        {"status": "ACTIVE", "OS-EXT-STS:vm_state": "active"},
    ],
    ids=record_id,
)
def test_instance_that_may_be_harmed_is_not_reset(admin_client, fake_cloud, unharmed, changes):
    unharmed.servers[uuid_of("vm-000")] |= changes
    assert "Reset state" not in admin_client.get(RUN, headers=HTML).content.decode()
    admin_client.post(RUN, {"action": "reset-retry", "sure": "1"}, headers=JSON)
    assert asked(fake_cloud) == []


def test_nothing_is_reset_when_nova_may_have_the_wrong_host(admin_client, fake_cloud, unharmed):
    """Before Nova 27 the guest may run on the destination."""
    fake_cloud.max_microversion = "2.93"
    assert "Reset state" not in admin_client.get(RUN, headers=HTML).content.decode()
    admin_client.post(RUN, {"action": "reset-retry", "sure": "1"}, headers=JSON)
    assert asked(fake_cloud) == []


def test_reset_that_nova_refuses_moves_nothing(admin_client, fake_cloud, unharmed):
    def refuse(call):
        return fault("forbidden", 403, "Policy doesn't allow it.")

    fake_cloud.on("POST", ACTIONS, json=refuse, status=403)
    answer = admin_client.post(RUN, {"action": "reset-retry", "sure": "1"}, headers=JSON)
    assert (outcomes(answer), asked(fake_cloud)) == ({"failed": 1}, ["os-resetState"])


@pytest.fixture
def evacuated(host):
    """A host that was partly drained and evacuated and is up again; nova-compute was not restarted."""
    for name in ("vm-000", "vm-001"):
        host.servers[uuid_of(name)][HOST] = "compute-02"
    record(host, "vm-000", "done", migration_type="evacuation")
    record(host, "vm-001", "completed")
    return host


def test_nothing_returns_to_a_host_that_was_not_restarted_after_an_evacuation(admin_client, fake_cloud, evacuated):
    page = admin_client.get(RETURN, headers=HTML).content.decode()
    assert "No instance will return." in page
    assert "Restart nova-compute on compute-01 first" in page
    answer = admin_client.post(RETURN, headers=JSON)
    assert (answer.status_code, evacuated.service["status"]) == (409, "disabled")
    assert "has not been restarted" in answer.json()["error"]
    evacuated.service |= {"status": "enabled", "disabled_reason": None}
    for action in ({}, {"action": "resume"}, {"action": "retry"}, {"action": "reset-retry"}):
        admin_client.post(RUN, action, headers=JSON)
    assert evacuated.requested == []


def test_evacuation_of_long_ago_counts_as_long_as_nova_compute_was_not_restarted(admin_client, evacuated):
    evacuated.migrations[0] |= {"created_at": "2026-01-01T00:00:00.000000", "updated_at": "2026-01-01T00:01:00.000000"}
    assert admin_client.post(RETURN, headers=JSON).status_code == 409


def test_return_after_the_restart(admin_client, evacuated):
    evacuated.migrations[0]["status"] = "completed"
    answer = admin_client.post(RETURN, headers=JSON)
    assert (answer.status_code, outcomes(answer)) == (202, {"queued": 2})


def test_evacuation_of_a_deleted_instance_blocks_no_return(admin_client, evacuated):
    """The record stays done in Nova forever."""
    evacuated.delete("vm-000")
    answer = admin_client.post(RETURN, headers=JSON)
    assert (answer.status_code, outcomes(answer)) == (202, {"queued": 1, "left": 1})


def test_host_that_was_not_restarted_is_no_destination(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.add("old", **{HOST: "compute-010"})
    record(host, "old", "done", migration_type="evacuation", source_compute="compute-02", dest_compute="compute-010")
    answer = admin_client.post(DRAIN, {"destination": "compute-02"}, headers=JSON)
    assert (answer.status_code, host.service["status"], host.requested) == (400, "enabled", [])
    assert "nova-compute on compute-02 has not been restarted" in answer.json()["error"]
    assert admin_client.post(DRAIN, {"destination": "compute-010"}, headers=JSON).status_code == 202


def test_drain_to_a_named_host_is_refused_while_nova_cannot_list_evacuations(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    listing = {"query": {"migration_type": "evacuation", "status": "done"}}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=fault("x", 503, "Not now."), status=503, **listing)
    answer = admin_client.post(DRAIN, {"destination": "compute-02"}, headers=JSON)
    assert (answer.status_code, host.service["status"], host.requested) == (503, "enabled", [])
    assert "returned no usable answer." in answer.json()["error"]
    assert fake_cloud.made("PUT", "*") == []


def test_drain_to_a_named_host_starts_for_a_user_who_may_not_list_evacuations(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    listing = {"query": {"migration_type": "evacuation", "status": "done"}}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=fault("x", 403, "No."), status=403, **listing)
    assert admin_client.post(DRAIN, {"destination": "compute-02"}, headers=JSON).status_code == 202
    assert len(host.requested) == 2


def test_drain_to_a_named_host_stays_within_the_budget(admin_client, fake_cloud):
    FakeHost(fake_cloud, 10)
    admin_client.get(RUN, headers=JSON)
    fake_cloud.forget()
    assert admin_client.post(DRAIN, {"destination": "compute-02"}, headers=JSON).status_code == 202
    assert len(fake_cloud.panel_calls) <= 10 + 4


def broken(*args, **kwargs):
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize(
    ("before", "path", "fields"),
    [
        ({"status": "enabled", "disabled_reason": None}, DRAIN, {}),
        ({"status": "disabled", "disabled_reason": "bad fan"}, DRAIN, {"replace": "1"}),
        ({"status": "disabled", "disabled_reason": REASON}, RETURN, {}),
    ],
    ids=record_id,
)
def test_fault_before_anything_is_submitted_leaves_the_service_as_it_was(
    admin_client, fake_cloud, monkeypatch, before, path, fields
):
    host = FakeHost(fake_cloud, 2)
    host.service |= before
    monkeypatch.setattr(service, "next_batch", broken)
    with pytest.raises(RuntimeError):
        admin_client.post(path, fields, headers=JSON)
    assert {name: host.service[name] for name in before} == before
    assert host.requested == []


def test_drain_works_when_the_cache_fails(admin_client, fake_cloud, monkeypatch, settings):
    settings.CACHES = {
        **settings.CACHES,
        "broken": {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "127.0.0.1:1"},
    }
    settings.MIGRATION_PANEL = {"CACHE": "broken"}
    host = FakeHost(fake_cloud, 3)
    answer = admin_client.post(DRAIN, headers=JSON)
    assert (answer.status_code, outcomes(answer), len(host.requested)) == (202, {"queued": 3}, 3)
    host.finish()
    assert admin_client.get(RUN, headers=JSON).json()["empty"]
    assert admin_client.post(RETURN, headers=JSON).status_code == 202


@pytest.mark.parametrize(
    ("author", "fields", "status", "words"),
    [
        ("a" * 215, {}, 202, ""),
        ("a" * 215, {"reason": "kernel patch", "block": "1", "cold": "1"}, 202, ""),
        ("a" * 215, {"reason": "x" * 250}, 400, "The reason is too long. The limit is"),
        ("alice", {"reason": "x" * 250}, 400, "The reason is too long. The limit is"),
        ("alice", {"destination": "compute-" + "0" * 240}, 400, "The name of the destination is too long"),
        (
            "alice",
            {"destination": "compute-" + "0" * 240, "reason": "x"},
            400,
            "The name of the destination is too long",
        ),
    ],
    ids=record_id,
)
def test_long_names_are_shortened_and_the_error_names_the_cause(
    login, client, fake_cloud, author, fields, status, words
):
    host = FakeHost(fake_cloud, 1)
    if "destination" in fields:
        host.others.append(host.others[0] | {"host": fields["destination"]})
    answer = login(client, user=author).post(DRAIN, fields, headers=JSON)
    assert answer.status_code == status
    assert words in answer.json().get("error", "")
    assert len(host.service["disabled_reason"] or "") <= 255
    assert (host.service["status"] == "disabled") is (status == 202)


def test_page_of_a_return_that_is_still_open_becomes_that_of_the_next_drain(admin_client, fake_cloud):
    """A second drain after a return: requests of the first page have no effect on it."""
    host = FakeHost(fake_cloud, 3)
    admin_client.post(DRAIN, headers=JSON)
    host.finish()
    admin_client.post(RETURN, headers=JSON)
    host.finish()
    assert host.on_host == list(host.servers)
    admin_client.post(DRAIN, {"reason": "again"}, headers=JSON)
    host.finish()
    count = len(host.requested)
    for _ in range(3):
        answer = admin_client.post(RUN, headers=JSON)
        assert answer.json()["direction"] == "drain"
    assert (answer.json()["moved"], len(host.requested), host.on_host) == (3, count, [])
    assert host.service["status"] == "disabled"


@pytest.mark.parametrize("since", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"], ids=["first-year", "last-year"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("path", [RUN, DRAIN, RETURN, "/admin/migrations/hosts/"])
def test_reason_with_a_time_that_no_zone_can_express_is_text(admin_client, host, path, zone, since):
    reason = f"Drain started {since} UTC by admin"
    host.service |= {"disabled_reason": reason}
    admin_client.cookies["django_timezone"] = zone
    assert reason in admin_client.get(path, headers=HTML).content.decode()
