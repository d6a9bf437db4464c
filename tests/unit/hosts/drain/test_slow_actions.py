# SPDX-License-Identifier: Apache-2.0
"""Actions on all instances of a run, in a cloud whose Nova answers slowly by the clock of the test."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from migration_panel.hosts.drain import submit
from tests.support.fake_clock import FakeClock
from tests.support.fake_cloud import COMPUTE, Call
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import LISTED
from tests.support.user_requests import binding_of

RUN = "/admin/migrations/hosts/compute-01/run/"
ACTION, ABORT = f"{COMPUTE}/servers/*/action", f"{COMPUTE}/servers/*/migrations/*"
JSON, HTML = {"accept": "application/json"}, {"accept": "text/html,application/xhtml+xml"}
STATES = {
    "abort": {"status": "running", "migration_type": "live-migration"},
    "confirm": {"status": "finished", "migration_type": "migration"},
    "retry": {"status": "error", "migration_type": "live-migration"},
}
Slow = Callable[[float], None]


@pytest.fixture
def slow(fake_cloud, monkeypatch) -> Slow:
    """Return a function that sets how long Nova needs for each request, s."""
    clock = FakeClock()
    monkeypatch.setattr(submit, "time", clock)
    monkeypatch.setattr(submit, "TIME_LIMIT", 2.0)

    def set_duration(seconds: float) -> None:
        def answer(call: Call) -> Any:
            return clock.after(seconds)

        fake_cloud.on("POST", ACTION, json=answer, status=202)
        fake_cloud.on("DELETE", ABORT, json=answer, status=202)

    return set_duration


@pytest.fixture(params=STATES)
def action(request, fake_cloud) -> str:
    """Return an action that applies to all five instances of a drain."""
    host = FakeHost(fake_cloud, 5)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    now = f"{datetime.now(timezone.utc):%FT%T.000000}"
    base = {"source_compute": "compute-01", "dest_compute": "compute-02", "created_at": now, "updated_at": now}
    for number, (instance, server) in enumerate(host.servers.items()):
        if request.param == "confirm":
            server["OS-EXT-SRV-ATTR:host"] = "compute-02"
        if request.param == "abort":
            server["OS-EXT-STS:task_state"] = "migrating"
        own = {"id": number, "uuid": uuid_of(str(number)), "instance_uuid": instance}
        host.migrations.append(LISTED | base | STATES[request.param] | own)
    return request.param


def processed(fake_cloud) -> int:
    return len(
        {
            call.path.split("/")[3]
            for method, path in (("POST", ACTION), ("DELETE", ABORT))
            for call in fake_cloud.made(method, path)
        }
    )


def test_action_is_carried_out_for_all_instances_although_nova_is_slow(admin_client, fake_cloud, action, slow):
    """The calls take longer in total than TIME_LIMIT, the limit of a request that the page repeats by itself."""
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
