# SPDX-License-Identifier: Apache-2.0
"""Actions on instances: the requests, the records, and the right to read them."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Event, InstanceAction
from migration_panel.exceptions import NotAllowed, NotFound, RequestRejected, ServiceUnavailable, SessionExpired
from tests.support.nova_answers import ACTION, EVENT, INSTANCE, REQUEST, action, actions, fault, without_admin_fields
from tests.support.user_requests import nova_of

VERSIONS = ["2.60", "2.62", "2.66", "2.83", "2.84", "2.96"]
ACTIONS = f"/v2.1/servers/{INSTANCE}/os-instance-actions"
REQUESTED = f"{ACTIONS}/{REQUEST}"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
BEGUN = NOON - timedelta(seconds=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_actions_makes_one_call_and_returns_no_events(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", ACTIONS, json=actions({}, {"action": "create", "request_id": "req-0"}))
    assert nova.actions(INSTANCE) == [
        InstanceAction("live-migration", REQUEST, BEGUN, "alice-id"),
        InstanceAction("create", "req-0", BEGUN, "alice-id"),
    ]
    [call] = fake_cloud.calls
    assert (f"{call.method} {call.path}", call.query, call.microversion) == (f"GET {ACTIONS}", {}, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_action_makes_one_call_and_returns_its_events(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", REQUESTED, json=action({}, {"event": "conductor_live_migrate_instance", "details": None}))
    found = nova.action(INSTANCE, REQUEST)
    assert [(event.name, event.details) for event in found.events] == [
        (EVENT["event"], EVENT["details"]),
        ("conductor_live_migrate_instance", None),
    ]
    [call] = fake_cloud.calls
    assert (f"{call.method} {call.path}", call.query, call.microversion) == (f"GET {REQUESTED}", {}, version)


@pytest.mark.parametrize(("version", "supported"), [("2.60", False), ("2.83", False), ("2.84", True), ("2.96", True)])
def test_event_details_are_supported_from_2_84_on(fake_cloud, version, supported):
    assert nova_of(fake_cloud, version).has_event_details is supported


def test_event_for_an_administrator_has_host_and_details():
    assert Event.from_api(EVENT) == Event(
        name="compute_check_can_live_migrate_source",
        result="Error",
        host="compute-01",
        details=EVENT["details"],
        started_at=NOON + timedelta(seconds=40),
        finished_at=NOON + timedelta(seconds=41),
    )


def test_event_for_other_users_has_neither_host_nor_details():
    [event] = InstanceAction.from_api(without_admin_fields(action({}))["instanceAction"]).events
    assert (event.result, event.details, event.host) == ("Error", None, None)


def test_event_that_was_never_finished_has_nulls():
    event = Event.from_api(EVENT | {"finish_time": None, "result": None, "details": None})
    assert (event.finished_at, event.result, event.details) == (None, None, None)


@pytest.mark.parametrize("events", [{}, {"events": None}, {"events": []}], ids=["none", "null", "empty"])
def test_action_may_have_no_events(events):
    assert InstanceAction.from_api(ACTION | events).events == ()


def test_old_action_may_lack_user_and_time():
    bare = InstanceAction.from_api({"action": "migrate", "request_id": "req-0", "start_time": None})
    assert bare == InstanceAction("migrate", "req-0", None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, SessionExpired),
        (403, NotAllowed),
        (404, NotFound),
        (409, RequestRejected),
        (500, ServiceUnavailable),
        (503, ServiceUnavailable),
    ],
)
def test_errors_of_actions_are_translated(fake_cloud, status, error):
    nova = nova_of(fake_cloud)
    for path in (ACTIONS, REQUESTED):
        fake_cloud.on("GET", path, status=status, json=fault("someFault", status, "no"))
    with pytest.raises(error):
        nova.actions(INSTANCE)
    with pytest.raises(error):
        nova.action(INSTANCE, REQUEST)


def test_answer_without_an_action_is_an_unavailable_service(fake_cloud):
    nova = nova_of(fake_cloud)
    fake_cloud.on("GET", REQUESTED, json={"instanceAction": {}})
    with pytest.raises(ServiceUnavailable):
        nova.action(INSTANCE, REQUEST)
