# SPDX-License-Identifier: Apache-2.0
"""Actions on all instances of a run: by two users at once, with a slow Nova, and with a Nova that refuses requests."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from django.test import Client

from migration_panel.hosts.drain import submit
from tests.support.fake_clock import FakeClock
from tests.support.fake_cloud import COMPUTE, Call
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import LISTED, fault
from tests.support.user_requests import binding_of

RUN = "/admin/migrations/hosts/compute-01/run/"
ACTION, ABORT = f"{COMPUTE}/servers/*/action", f"{COMPUTE}/servers/*/migrations/*"
JSON, HTML = {"accept": "application/json"}, {"accept": "text/html,application/xhtml+xml"}
STATES = {
    "abort": {"status": "running", "migration_type": "live-migration"},
    "confirm": {"status": "finished", "migration_type": "migration"},
    "retry": {"status": "error", "migration_type": "live-migration"},
}
Slow = Callable[..., None]


@pytest.fixture
def slow(fake_cloud, monkeypatch) -> Slow:
    """``slow(3.0)``: Nova needs 3 s for each request.  Nova then also accepts requests for the named servers."""
    clock = FakeClock()
    monkeypatch.setattr(submit, "time", clock)
    monkeypatch.setattr(submit, "TIME_LIMIT", 2.0)

    def set_duration(seconds: float, *servers: str) -> None:
        def answer(call: Call) -> Any:
            return clock.after(seconds)

        for path in (ACTION, *(f"{COMPUTE}/servers/{server}/action" for server in servers)):
            fake_cloud.on("POST", path, json=answer, status=202)
        fake_cloud.on("DELETE", ABORT, json=answer, status=202)

    return set_duration


def record(host: FakeHost, instance: str, **changes: Any) -> None:
    """Add a migration of the instance from the host.  The migration was updated just now."""
    number, now = len(host.migrations), f"{datetime.now(timezone.utc):%FT%T.000000}"
    base = {"source_compute": "compute-01", "dest_compute": "compute-02", "created_at": now, "updated_at": now}
    own = {"id": number, "uuid": uuid_of(f"record {number}"), "instance_uuid": instance}
    host.migrations.append(LISTED | base | own | changes)


@pytest.fixture(params=STATES)
def action(request, fake_cloud) -> str:
    """Return an action that applies to all five instances of a drain."""
    host = FakeHost(fake_cloud, 5)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    for name, server in list(host.servers.items()):
        if request.param == "confirm":
            server["OS-EXT-SRV-ATTR:host"] = "compute-02"
        if request.param == "abort":
            server["OS-EXT-STS:task_state"] = "migrating"
        record(host, name, **STATES[request.param])
    return request.param


def processed(fake_cloud) -> int:
    return len(
        {
            call.path.split("/")[3]
            for method, path in (("POST", ACTION), ("DELETE", ABORT))
            for call in fake_cloud.made(method, path)
        }
    )


@pytest.mark.parametrize("action", ["abort", "confirm"], indirect=True)
def test_abort_and_confirm_are_carried_out_for_all_instances_although_nova_is_slow(
    admin_client, fake_cloud, action, slow
):
    """The calls take longer in total than TIME_LIMIT, the limit of a request that starts migrations."""
    slow(1.0)
    answer = admin_client.post(RUN, {"action": action}, headers=JSON).json()
    assert (processed(fake_cloud), "error" in answer) == (5, False)


def test_page_reports_the_number_of_unprocessed_instances(admin_client, fake_cloud, action, slow):
    slow(30.0)
    fields = {"action": action, "binding": binding_of(admin_client), "sure": "1"}
    page = admin_client.post(RUN, fields, headers=HTML, follow=True).content.decode()
    assert processed(fake_cloud) == 1
    name = {"abort": "Abort all", "confirm": "Confirm all", "retry": "Retry"}[action]
    assert f"4 instances were not processed in time. Click “{name}” again." in page


def test_json_reports_the_number_of_unprocessed_instances(admin_client, fake_cloud, action, slow):
    slow(30.0)
    answer = admin_client.post(RUN, {"action": action}, headers=JSON).json()
    assert processed(fake_cloud) == 1
    assert answer["error"].startswith("4 instances were not processed in time.")


def test_resume_reports_no_error_when_the_page_continues_the_run(admin_client, fake_cloud, slow):
    host = FakeHost(fake_cloud, 5)
    slow(30.0)
    host.service |= {"status": "disabled", "disabled_reason": REASON.replace(" UTC", " UTC, stopped")}
    answer = admin_client.post(RUN, {"action": "resume"}, headers=JSON).json()
    assert (processed(fake_cloud), answer["goes_on"], "error" in answer) == (1, True, False)


@pytest.fixture
def host(fake_cloud) -> FakeHost:
    """A host whose drain is in progress, without instances."""
    host = FakeHost(fake_cloud)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return host


def outcomes(answer: Any) -> Counter[str]:
    return Counter(instance["outcome"] for instance in answer["instances"])


@pytest.mark.parametrize("action", ["retry", "reset-retry"])
def test_two_users_who_retry_at_the_same_time_request_each_instance_once(admin_client, host, monkeypatch, action):
    """The second user clicks while Nova answers the first requests of the first user."""
    for number in range(6):
        error = {"status": "ERROR", "OS-EXT-STS:vm_state": "error"} if action == "reset-retry" else {}
        record(host, host.add(f"vm-{number}", **error), **STATES["retry"])
    second: list[Any] = []
    real = submit._request_migration

    def request(nova: Any, run: Any, step: Any) -> Any:
        if not second:
            second.append(0)
            other = Client()
            other.cookies = admin_client.cookies
            answer = other.post(RUN, {"action": action}, headers=JSON)
            second.extend([answer.status_code, answer.json().get("error")])
        return real(nova, run, step)

    monkeypatch.setattr(submit, "_request_migration", request)
    admin_client.post(RUN, {"action": action}, headers=JSON)
    migrated = [call.path.split("/")[3] for call in host.cloud.made("POST", ACTION) if "os-migrateLive" in call.body]
    assert second[:2] == [0, 200]
    assert "instances were skipped because their states changed" in second[2]
    assert Counter(migrated) == Counter(host.servers.keys())


@pytest.mark.parametrize(
    "now",
    [{"status": "ACTIVE", "OS-EXT-STS:vm_state": "active"}, {"OS-EXT-STS:task_state": "migrating"}],
    ids=["active", "migrating"],
)
def test_reset_and_retry_skips_an_instance_whose_state_has_changed(admin_client, host, now):
    """Nova would end the task of the migration that the other user started."""
    instance = host.add("vm", status="ERROR", **{"OS-EXT-STS:vm_state": "error"})
    record(host, instance, **STATES["retry"])
    host.cloud.on("GET", f"{COMPUTE}/servers/{instance}", json={"server": host.servers[instance] | now})
    answer = admin_client.post(RUN, {"action": "reset-retry"}, headers=JSON).json()
    assert (host.requested, outcomes(answer)) == ([], {"failed": 1})
    assert (
        answer["error"]
        == "1 instance was skipped because its state changed or another request is processing the instance."
    )


def test_cold_migrations_beyond_the_wave_are_reported(admin_client, host):
    host.service["disabled_reason"] = REASON.replace(" UTC", " UTC, shut off ones too")
    for number in range(10):
        off = {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "OS-EXT-STS:power_state": 4}
        record(host, host.add(f"vm-{number}", **off), status="error", migration_type="migration")
    answer = admin_client.post(RUN, {"action": "retry"}, headers=JSON).json()
    assert outcomes(answer)["queued"] == len(host.requested) < 10
    number = 10 - len(host.requested)
    assert answer["error"].startswith(
        f"{number} cold migrations were not requested because other cold migrations are in progress."
    )


def test_wave_has_room_for_the_retry_of_a_stopped_drain(admin_client, host):
    """Other cold migrations have not been requested, and are not in progress."""
    host.service["disabled_reason"] = REASON.replace(" UTC", " UTC, stopped, shut off ones too")
    off = {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "OS-EXT-STS:power_state": 4}
    for number in range(10):
        host.add(f"vm-{number}", **off)
    failed = host.add("zz-failed", **off)
    record(host, failed, status="error", migration_type="migration")
    answer = admin_client.post(RUN, {"action": "retry"}, headers=JSON).json()
    assert (host.requested, "error" in answer) == ([failed], False)


def test_refused_instances_that_a_retry_did_not_reach_can_be_retried(admin_client, host, slow):
    for number in range(5):
        host.refuse(f"vm-{number}", "Not now.")
        host.add(f"vm-{number}")
    assert outcomes(admin_client.post(RUN, headers=JSON).json()) == {"failed": 5}
    slow(30.0, *host.servers)
    answer = admin_client.post(RUN, {"action": "retry"}, headers=JSON).json()
    assert answer["error"].startswith("4 instances were not processed in time.")
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert "Retry (4)" in page


def test_refused_instance_can_be_retried_at_once(admin_client, host):
    host.add("vm")
    host.refuse("vm", "Not now.")
    admin_client.post(RUN, headers=JSON)
    for _ in range(2):
        assert outcomes(admin_client.post(RUN, {"action": "retry"}, headers=JSON).json()) == {"failed": 1}
    admin_client.post(RUN, headers=JSON)
    assert len(host.requested) == 3


@pytest.mark.parametrize("action", ["abort", "confirm"], indirect=True)
def test_refusals_of_an_action_are_reported_with_their_reason(admin_client, fake_cloud, action):
    for method, path in (("POST", ACTION), ("DELETE", ABORT)):
        fake_cloud.on(method, path, json=fault("conflictingRequest", 409, "The host is <b>busy</b>."), status=409)
    answer = admin_client.post(RUN, {"action": action}, headers=JSON).json()
    assert answer["error"] == "Nova refused 5 requests. First reason: “The host is <b>busy</b>.”"
    fields = {"action": action, "binding": binding_of(admin_client), "sure": "1"}
    page = admin_client.post(RUN, fields, headers=HTML, follow=True).content.decode()
    assert "Nova refused 5 requests. First reason: “The host is &lt;b&gt;busy&lt;/b&gt;.”" in page


def test_retry_while_another_request_holds_the_claims_is_reported(admin_client, host, monkeypatch):
    record(host, host.add("vm"), **STATES["retry"])
    monkeypatch.setattr("migration_panel.cache.claim", lambda name, seconds: False)
    answer = admin_client.post(RUN, {"action": "retry"}, headers=JSON).json()
    assert answer["error"].startswith("1 instance was not processed in time.")
