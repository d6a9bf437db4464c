# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pytest
from django.test import Client

from migration_panel.hosts.drain import submit
from tests.support.fake_clock import FakeClock
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
OFF = {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "OS-EXT-STS:power_state": 4}


def outcomes(answer):
    return Counter(instance["outcome"] for instance in answer.json()["instances"])


@pytest.fixture
def host(fake_cloud):
    """Return a host whose drain is in progress, with five instances that were not requested yet."""
    host = FakeHost(fake_cloud, 5)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return host


def test_state_of_a_run_costs_four_calls(admin_client, fake_cloud, host):
    admin_client.post(RUN, headers=JSON)
    fake_cloud.forget()
    answer = admin_client.get(RUN, headers=JSON)
    assert len(fake_cloud.panel_calls) == 4
    data = answer.json()
    assert (data["host"], data["direction"], data["total"], data["moved"], data["empty"]) == (
        "compute-01",
        "drain",
        5,
        0,
        False,
    )
    assert data["instances"][0] == {
        "id": uuid_of("vm-000"),
        "name": "vm-000",
        "outcome": "queued",
        "reason": None,
    }


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_run_answers_scripts_in_json(admin_client, host, accept):
    answer = admin_client.get(RUN, headers={"accept": accept})
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]


def test_run_answers_browsers_with_the_page(admin_client, host):
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert ">0 of 5 instances migrated.<" in page
    assert ">Not started: 5<" in page
    assert 'data-headline="0 of 5 instances migrated. Not started: 5"' in page
    assert "data-can-continue" in page
    assert "Started by admin" in page


def test_repeated_posts_request_each_instance_once(admin_client, host):
    for _ in range(5):
        admin_client.post(RUN, headers=JSON)
    assert Counter(host.requested) == Counter(host.servers.keys())


def test_several_users_who_start_at_once_request_each_instance_once(login, fake_cloud):
    host = FakeHost(fake_cloud, 20, delay=0.02)
    clients = [login(Client(), user=user, token=f"token-of-{user}") for user in ("alice", "bob", "carol", "dan")]
    barrier = Barrier(len(clients))

    def drain(client: Client) -> int:
        barrier.wait()
        return client.post(DRAIN, headers=JSON).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert set(pool.map(drain, clients)) == {202}
    clients[0].post(RUN, headers=JSON)
    assert Counter(host.requested) == Counter(host.servers.keys())


def test_outdated_list_of_instances_requests_no_second_migration(admin_client, fake_cloud, host):
    """Two users read the same instance at rest; the first migration ends before the second request."""
    before = [dict(server) for server in host.servers.values()]
    admin_client.post(RUN, headers=JSON)
    host.finish()
    host.migrations.clear()
    fake_cloud.on(
        "GET", f"{COMPUTE}/servers/detail", json={"servers": [server | {"name": "stale"} for server in before]}
    )
    for server in before:
        server["updated"] = "2026-11-20T08:00:10Z"
    admin_client.post(RUN, headers=JSON)
    assert Counter(host.requested) == Counter(host.servers.keys())


def test_post_continues_where_a_worker_died(admin_client, host):
    """Some instances were requested by a worker that died."""
    for name in ("vm-000", "vm-001"):
        lately = f"{datetime.now(timezone.utc):%FT%TZ}"
        host.servers[uuid_of(name)] |= {"OS-EXT-STS:task_state": "migrating", "updated": lately}
    answer = admin_client.post(RUN, headers=JSON)
    assert outcomes(answer) == {"queued": 5}
    assert sorted(host.requested) == sorted(map(uuid_of, ("vm-002", "vm-003", "vm-004")))


def test_failed_migrations_are_retried_only_by_an_action(admin_client, fake_cloud, host):
    admin_client.post(RUN, headers=JSON)
    host.finish("error")
    admin_client.post(RUN, headers=JSON)
    assert len(host.requested) == 5
    answer = admin_client.post(RUN, {"action": "retry"}, headers=JSON)
    assert (outcomes(answer), len(host.requested)) == ({"queued": 5}, 10)


def test_abort_stops_the_drain_for_all_pages(admin_client, fake_cloud, host):
    host.add("off", **OFF)
    host.service["disabled_reason"] = REASON.replace(" UTC", " UTC, shut off ones too")
    fake_cloud.on("DELETE", f"{COMPUTE}/servers/*/migrations/*", status=202)
    admin_client.post(RUN, headers=JSON)
    admin_client.post(RUN, {"action": "abort"}, headers=JSON)
    assert len(fake_cloud.made("DELETE", f"{COMPUTE}/servers/*/migrations/*")) == 5
    assert "UTC, stopped, shut off ones too by admin" in host.service["disabled_reason"]
    host.finish("cancelled")
    answer = admin_client.post(RUN, headers=JSON)
    assert (outcomes(answer), answer.json()["goes_on"]) == ({"left": 6}, False)
    assert {instance["reason"] for instance in answer.json()["instances"]} >= {"The migration was aborted."}


def test_stopped_drain_continues_after_resume(admin_client, host):
    host.service["disabled_reason"] = REASON.replace(" UTC", " UTC, stopped")
    assert outcomes(admin_client.post(RUN, headers=JSON)) == {"todo": 5}
    assert outcomes(admin_client.post(RUN, {"action": "resume"}, headers=JSON)) == {"queued": 5}
    assert host.service["disabled_reason"] == REASON


def test_confirm_all_leaves_resizes_alone(admin_client, fake_cloud, host):
    now = f"{datetime.now(timezone.utc):%FT%T.000000}"
    base = {"status": "finished", "source_compute": "compute-01", "dest_compute": "compute-02"}
    base |= {"created_at": now, "updated_at": None}
    for number, (name, kind) in enumerate([("vm-000", "migration"), ("vm-001", "resize")]):
        host.servers[uuid_of(name)]["OS-EXT-SRV-ATTR:host"] = "compute-02"
        host.migrations.append(
            LISTED
            | base
            | {"id": number, "uuid": uuid_of(str(number)), "instance_uuid": uuid_of(name), "migration_type": kind}
        )
    answer = admin_client.get(RUN, headers=JSON)
    assert outcomes(answer) == {"confirm": 2, "todo": 3}
    admin_client.post(RUN, {"action": "confirm"}, headers=JSON)
    assert [call.body for call in fake_cloud.made("POST", f"{COMPUTE}/servers/*/action")] == [{"confirmResize": None}]
    assert host.requested == [uuid_of("vm-000")]


@pytest.mark.parametrize("action", ["abort", "confirm"])
def test_browser_gets_a_question_before_an_action_that_cannot_be_undone(admin_client, fake_cloud, host, action):
    fields = {"action": action, "binding": binding_of(admin_client)}
    page = admin_client.post(RUN, fields, headers=HTML).content.decode()
    assert 'name="sure"' in page
    assert [call for call in fake_cloud.panel_calls if not call.startswith("GET")] == []


def test_unknown_action_is_refused(admin_client, host):
    assert admin_client.post(RUN, {"action": "explode"}, headers=JSON).status_code == 400


def test_host_that_goes_down_during_a_drain_starts_no_migration(admin_client, host):
    host.service["state"] = "down"
    answer = admin_client.post(RUN, headers=JSON)
    assert (outcomes(answer), host.requested) == ({"left": 5}, [])
    assert "is down" in answer.json()["instances"][0]["reason"]


@pytest.mark.parametrize(("status", "expected"), [(401, 401), (503, 503)])
def test_run_answers_with_the_status_of_novas_error(admin_client, fake_cloud, host, status, expected):
    admin_client.get(RUN, headers=JSON)
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json=fault("x", status, "No."), status=status)
    assert admin_client.get(RUN, headers=JSON).status_code == expected
    page = admin_client.get(RUN, headers=HTML)
    assert page.status_code == (302 if expected == 401 else expected)


def test_nova_that_fails_during_requests_leaves_work_to_continue(admin_client, fake_cloud, host):
    fake_cloud.on("POST", f"{COMPUTE}/servers/*/action", json=fault("x", 503, "No."), status=503)
    answer = admin_client.post(RUN, headers=JSON)
    assert (answer.status_code, outcomes(answer)) == (200, {"todo": 5})
    assert "Nova" in answer.json()["error"]
    assert answer.json()["goes_on"]


@pytest.mark.parametrize("reason", ["bad fan", None])
def test_host_without_a_drain_answers_404_and_offers_a_plan(admin_client, host, reason):
    host.service["disabled_reason"] = reason
    assert admin_client.get(RUN, headers=JSON).status_code == 404
    page = admin_client.get(RUN, headers=HTML)
    assert (page.status_code, "Plan a drain" in page.content.decode()) == (200, True)
    assert ("The host is disabled. Reason: “bad fan”" in page.content.decode()) is bool(reason)


def test_instance_on_a_host_whose_name_contains_this_name_is_not_requested(admin_client, host):
    host.servers[uuid_of("vm-000")]["OS-EXT-SRV-ATTR:host"] = "compute-010"
    admin_client.post(RUN, headers=JSON)
    assert uuid_of("vm-000") not in host.requested


def test_host_with_several_nodes_is_drained(admin_client, host):
    for number, server in enumerate(host.servers.values()):
        server["OS-EXT-SRV-ATTR:hypervisor_hostname"] = f"node-{number}"
    assert outcomes(admin_client.post(RUN, headers=JSON)) == {"queued": 5}


def test_drain_of_three_hundred_instances_needs_short_requests_only(admin_client, fake_cloud, monkeypatch):
    """Nova needs 0.1 s for each request, by the clock of the test, and returns lists in pages of 100."""
    clock = FakeClock()
    monkeypatch.setattr(submit, "time", clock)
    monkeypatch.setattr(submit, "TIME_LIMIT", 2.0)
    host = FakeHost(fake_cloud, 300)
    host.page = 100
    fake_cloud.on("POST", f"{COMPUTE}/servers/*/action", json=lambda call: clock.after(0.1, host._action(call)))
    took, start = [], clock.now
    admin_client.post(DRAIN, headers=JSON)
    took.append(clock.now - start)
    while admin_client.get(RUN, headers=JSON).json()["goes_on"]:
        start = clock.now
        admin_client.post(RUN, headers=JSON)
        took.append(clock.now - start)
    # Calls in progress at the limit still finish.
    assert max(took) < 5, took
    assert len(took) > 300 * 0.1 / 5
    assert Counter(host.requested) == Counter(host.servers.keys())
    host.finish()
    answer = admin_client.get(RUN, headers=JSON).json()
    assert (answer["moved"], answer["empty"]) == (300, True)


def test_drain_of_three_hundred_instances_stays_within_the_budget(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 300)
    admin_client.get(RUN, headers=JSON)
    fake_cloud.forget()
    admin_client.post(DRAIN, headers=JSON)
    assert Counter(host.requested) == Counter(host.servers.keys())
    assert len(fake_cloud.panel_calls) <= 300 + 4


def test_return_enables_the_host_and_requests_what_left(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 4)
    admin_client.post(DRAIN, headers=JSON)
    host.finish()
    gone = host.add("late", **{"OS-EXT-SRV-ATTR:host": "compute-02"})
    host.servers[uuid_of("vm-003")]["OS-EXT-SRV-ATTR:host"] = "compute-010"
    page = admin_client.get(RETURN, headers=HTML).content.decode()
    assert "3 instances will return." in page
    fake_cloud.forget()
    answer = admin_client.post(RETURN, headers=JSON)
    assert (answer.status_code, answer.json()["direction"]) == (202, "return")
    assert outcomes(answer) == {"queued": 3, "left": 1}
    assert host.service["status"] == "enabled"
    bodies = [call.body for call in fake_cloud.made("POST", f"{COMPUTE}/servers/*/action")]
    assert bodies == [{"os-migrateLive": {"host": "compute-01", "block_migration": "auto"}}] * 3
    assert gone not in host.requested
    host.finish()
    answer = admin_client.get(RUN, headers=JSON)
    assert (answer.json()["direction"], outcomes(answer)) == ("return", {"moved": 3, "left": 1})


def test_address_of_a_return_has_the_start_of_the_drain(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    answer = admin_client.post(RETURN, {"binding": binding_of(admin_client)}, headers=HTML)
    address, _, order = answer.headers["Location"].partition("&order=")
    assert (address, bool(order)) == (f"{RUN}?since=2026-11-22T14%3A00%3A05Z", True)


def test_host_that_was_enabled_by_hand_returns_no_instance_by_itself(admin_client, fake_cloud):
    """A page of the drain is still open, and continues to send requests."""
    host = FakeHost(fake_cloud, 2)
    admin_client.post(DRAIN, headers=JSON)
    host.finish()
    host.service |= {"status": "enabled", "disabled_reason": None}
    fake_cloud.forget()
    answer = admin_client.post(RUN, headers=JSON)
    assert (answer.json()["direction"], outcomes(answer)) == ("return", {"todo": 2})
    assert (answer.json()["goes_on"], host.requested) == (False, [])


@pytest.mark.parametrize(
    ("service", "fields", "status"),
    [
        ({"status": "disabled", "disabled_reason": "bad fan"}, {}, 409),
        ({"status": "disabled", "disabled_reason": "bad fan"}, {"replace": "1"}, 202),
        ({"status": "disabled", "disabled_reason": REASON, "state": "down"}, {}, 409),
        ({"status": "disabled", "disabled_reason": REASON}, {"since": "noon"}, 400),
    ],
    ids=record_id,
)
def test_refused_return_leaves_the_host_disabled(admin_client, fake_cloud, service, fields, status):
    host = FakeHost(fake_cloud, 1)
    host.service |= service
    assert admin_client.post(RETURN, fields, headers=JSON).status_code == status
    assert (host.service["status"] == "enabled") is (status == 202)


def test_new_drain_continues_although_all_migrations_of_an_earlier_drain_failed(admin_client, fake_cloud, monkeypatch):
    """The first request has no time for a migration. Failures from before the order do not count."""
    host = FakeHost(fake_cloud, 5)
    ended = f"{datetime.now(timezone.utc) - timedelta(minutes=20):%FT%T.000000}"
    own = {"status": "error", "source_compute": "compute-01", "created_at": ended, "updated_at": ended}
    for instance in host.servers:
        host.migrations.append(LISTED | own | {"uuid": uuid_of(f"old {instance}"), "instance_uuid": instance})
    monkeypatch.setattr(submit, "TIME_LIMIT", 0)
    assert outcomes(admin_client.post(DRAIN, headers=JSON)) == {"todo": 5}
    monkeypatch.setattr(submit, "TIME_LIMIT", 60)
    assert outcomes(admin_client.post(RUN, headers=JSON)) == {"queued": 5}
    # Failures of a clock that is behind count once they were requested.
    for migration in host.migrations[5:]:
        host.servers[migration["instance_uuid"]]["OS-EXT-STS:task_state"] = None
        migration |= {"status": "error", "created_at": ended, "updated_at": ended}
    assert outcomes(admin_client.post(RUN, headers=JSON)) == {"failed": 5}
    assert Counter(host.requested) == Counter(host.servers.keys())
