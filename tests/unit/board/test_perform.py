# SPDX-License-Identifier: Apache-2.0
"""Actions on a migration: the lists that are searched, the exact request, and a migration that has just finished."""

import asyncio

import pytest

from migration_panel.api import session
from migration_panel.api.models import Migration
from migration_panel.board.actions import ABORT, ACTIONS, CONFIRM, FORCE_COMPLETE, RESET_STATE, REVERT
from migration_panel.board.cache import pending_actions, store_post_copy
from migration_panel.board.lists import Query
from migration_panel.board.perform import API_CALLS, find_migration, perform
from migration_panel.exceptions import (
    AlreadyFinished,
    InvalidStatus,
    NotAllowed,
    NotFound,
    NothingToReset,
    RequestRejected,
    ServiceUnavailable,
    SessionExpired,
)
from tests.support.board_migrations import LIST
from tests.support.nova_answers import INSTANCE, MIGRATION, actions, fault, listed, server
from tests.support.user_requests import nova_of

OTHER = "11111111-2222-4333-8444-555555555555"
SERVER = f"/v2.1/servers/{INSTANCE}"
HERE = Query(instance_id=INSTANCE)
ANYWHERE = Query()

# Method, path and body of each request; below, the state of the migration in which Nova accepts it.
SENT = {
    ABORT: ("DELETE", f"{SERVER}/migrations/42", None),
    FORCE_COMPLETE: ("POST", f"{SERVER}/migrations/42/action", {"force_complete": None}),
    CONFIRM: ("POST", f"{SERVER}/action", {"confirmResize": None}),
    REVERT: ("POST", f"{SERVER}/action", {"revertResize": None}),
    RESET_STATE: ("POST", f"{SERVER}/action", {"os-resetState": {"state": "active"}}),
}
COPIES = {"status": "running"}
WAITS = {"status": "finished", "migration_type": "migration"}
READY = {ABORT: COPIES, FORCE_COMPLETE: COPIES, CONFIRM: WAITS, REVERT: WAITS, RESET_STATE: {"status": "error"}}

each_action = pytest.mark.parametrize("action", SENT, ids=lambda action: action.slug)
each_query = pytest.mark.parametrize("query", [HERE, ANYWHERE], ids=["hint", "no hint"])


@pytest.fixture
def nova(fake_cloud):
    """An administrator's Nova, which accepts every action; the instance is in Error and still running."""
    fake_cloud.on("GET", SERVER, json=server(status="ERROR"))
    fake_cloud.on("GET", f"{SERVER}/os-instance-actions", json=actions())
    for method, path, _body in SENT.values():
        fake_cloud.on(method, path, status=202)
    return nova_of(fake_cloud)


def serve_migrations(cloud, *states: dict) -> None:
    """Let each list return the migration in its next state, at the end in the last state; filter as Nova does."""
    looks = list(states)

    def matching(call):
        now = looks.pop(0) if len(looks) > 1 else looks[0]
        wanted = {name: call.query[name] for name in ("status", "instance_uuid") if name in call.query}
        records = listed({"id": 7, "uuid": OTHER, "status": "running"}, now)["migrations"]
        return {"migrations": [one for one in records if wanted.items() <= one.items()]}

    cloud.on("GET", LIST, json=matching)


def serve_migration(cloud, **state) -> None:
    """Let each list return the migration in the same state."""
    serve_migrations(cloud, state)


def list_queries(cloud) -> list[dict]:
    return [call.query for call in cloud.made("GET", LIST)]


def sent(cloud) -> list[tuple]:
    return [(call.method, call.path, call.body) for call in cloud.calls if call.method != "GET"]


def reject(cloud, action, status: int, message: str) -> None:
    method, path, _body = SENT[action]
    cloud.on(method, path, status=status, json=fault("someFault", status, message))


def test_every_action_has_a_call():
    assert set(API_CALLS) == set(ACTIONS.values()) == set(SENT)


@each_action
@each_query
def test_action_sends_exactly_one_request(fake_cloud, nova, action, query):
    serve_migration(fake_cloud, **READY[action])
    done = perform(nova, query, MIGRATION, action)
    assert (done.uuid, done.status) == (MIGRATION, READY[action]["status"])
    assert sent(fake_cloud) == [SENT[action]]


@each_action
def test_migration_of_a_given_instance_is_found_with_one_call(fake_cloud, nova, action):
    serve_migration(fake_cloud, **READY[action])
    perform(nova, HERE, MIGRATION, action)
    assert list_queries(fake_cloud) == [{"instance_uuid": INSTANCE}]


@each_action
def test_without_instance_only_the_statuses_of_the_action_are_read(fake_cloud, nova, action):
    serve_migration(fake_cloud, **READY[action])
    perform(nova, ANYWHERE, MIGRATION, action)
    assert sorted(query["status"] for query in list_queries(fake_cloud)) == sorted(action.statuses)


@each_action
def test_without_instance_all_statuses_are_requested_at_once(fake_cloud, nova, action):
    fake_cloud.on("GET", LIST, json=listed(READY[action]), together=len(action.statuses))
    assert find_migration(nova, ANYWHERE, MIGRATION, action).uuid == MIGRATION


@each_action
@each_query
def test_whole_table_is_never_read(fake_cloud, nova, action, query):
    serve_migrations(fake_cloud, READY[action], {"status": "cancelled"})
    reject(fake_cloud, action, 404, "gone")
    with pytest.raises((AlreadyFinished, NotFound)):
        perform(nova, query, MIGRATION, action)
    assert all("status" in query or "instance_uuid" in query for query in list_queries(fake_cloud))


@each_action
@each_query
def test_manager_searches_in_their_project(fake_cloud, nova, action, query):
    serve_migration(fake_cloud, **READY[action])
    perform(nova, Query(project_id="demo-id", instance_id=query.instance_id), MIGRATION, action)
    assert {look["project_id"] for look in list_queries(fake_cloud)} == {"demo-id"}


@each_action
@each_query
def test_unknown_migration_is_not_found_and_nothing_is_sent(fake_cloud, nova, action, query):
    serve_migration(fake_cloud, **READY[action])
    with pytest.raises(NotFound):
        perform(nova, query, "00000000-0000-4000-8000-000000000000", action)
    assert sent(fake_cloud) == []


@each_action
def test_migration_of_another_instance_is_not_found(fake_cloud, nova, action):
    serve_migration(fake_cloud, **READY[action])
    with pytest.raises(NotFound):
        perform(nova, Query(instance_id=OTHER), MIGRATION, action)
    assert list_queries(fake_cloud) == [{"instance_uuid": OTHER}]
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(
    ("action", "state"),
    [(action, {"status": status}) for action in (ABORT, FORCE_COMPLETE) for status in ("completed", "cancelled")]
    + [(action, WAITS | {"status": status}) for action in (CONFIRM, REVERT) for status in ("confirmed", "reverted")]
    + [(RESET_STATE, {"status": "completed"})],
)
def test_finished_migration_raises_and_nothing_is_sent(fake_cloud, nova, action, state):
    serve_migration(fake_cloud, **state)
    with pytest.raises(AlreadyFinished) as caught:
        perform(nova, HERE, MIGRATION, action)
    assert caught.value.reason == f"Status in Nova: {state['status']}"
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (ABORT, {"status": "accepted"}),
        (ABORT, {"status": "running (post-copy)"}),
        (ABORT, WAITS),
        (FORCE_COMPLETE, {"status": "queued"}),
        (FORCE_COMPLETE, {"status": "preparing"}),
        (CONFIRM, WAITS | {"status": "migrating"}),
        (CONFIRM, WAITS | {"status": "confirming"}),
        (REVERT, WAITS | {"status": "reverting"}),
        (REVERT, COPIES),
        (RESET_STATE, COPIES),
    ],
    ids=[
        "abort accepted",
        "abort in post-copy",
        "abort cold",
        "force queued",
        "force preparing",
        "confirm migrating",
        "confirm confirming",
        "revert reverting",
        "revert live",
        "reset running",
    ],
)
def test_migration_in_another_status_is_not_called_finished(fake_cloud, nova, action, state):
    serve_migration(fake_cloud, **state)
    with pytest.raises(InvalidStatus) as caught:
        perform(nova, HERE, MIGRATION, action)
    assert caught.value.reason == f"Status in Nova: {state['status']}"
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(("status", "message"), [(400, "is not running"), (404, "not found"), (409, "is in vm_state")])
@pytest.mark.parametrize(
    ("action", "end"),
    [(ABORT, "completed"), (FORCE_COMPLETE, "cancelled"), (CONFIRM, "reverted"), (REVERT, "confirmed")],
    ids=lambda value: getattr(value, "slug", ""),
)
@each_query
def test_migration_that_finished_a_moment_before_raises(fake_cloud, nova, action, end, query, status, message):
    looks = 1 if query.instance_id else len(action.statuses)
    serve_migrations(fake_cloud, *[READY[action]] * looks, READY[action] | {"status": end})
    reject(fake_cloud, action, status, message)
    with pytest.raises(AlreadyFinished) as caught:
        perform(nova, query, MIGRATION, action)
    assert caught.value.reason == f"Status in Nova: {end}"
    assert list_queries(fake_cloud)[-1] == {"instance_uuid": INSTANCE}
    assert len(list_queries(fake_cloud)) == looks + 1


def test_confirmed_by_someone_else_a_moment_before(fake_cloud, nova):
    serve_migrations(fake_cloud, WAITS, WAITS | {"status": "confirming"})
    reject(fake_cloud, CONFIRM, 400, "Instance has not been resized.")
    with pytest.raises(InvalidStatus) as caught:
        perform(nova, HERE, MIGRATION, CONFIRM)
    assert caught.value.reason == "Status in Nova: confirming"


@each_action
@each_query
@pytest.mark.parametrize("status", [400, 409])
def test_rejection_has_the_text_of_nova(fake_cloud, nova, action, query, status):
    serve_migration(fake_cloud, **READY[action])
    reject(fake_cloud, action, status, f"Instance {INSTANCE} is locked")
    with pytest.raises(RequestRejected) as caught:
        perform(nova, query, MIGRATION, action)
    assert caught.value.reason.startswith(f"Instance {INSTANCE} is locked")


def test_rejection_in_another_status_is_no_end(fake_cloud, nova):
    serve_migrations(fake_cloud, {"status": "queued"}, COPIES)
    reject(fake_cloud, ABORT, 409, f"Instance {INSTANCE} is locked")
    with pytest.raises(RequestRejected, match="is locked"):
        perform(nova, HERE, MIGRATION, ABORT)


@each_action
@pytest.mark.parametrize(("status", "error"), [(401, SessionExpired), (403, NotAllowed), (500, ServiceUnavailable)])
def test_other_errors_cost_no_further_call(fake_cloud, nova, action, status, error):
    serve_migration(fake_cloud, **READY[action])
    reject(fake_cloud, action, status, "no")
    with pytest.raises(error):
        perform(nova, HERE, MIGRATION, action)
    assert len(list_queries(fake_cloud)) == 1


@each_query
@pytest.mark.parametrize(("status", "error"), [(401, SessionExpired), (403, NotAllowed), (503, ServiceUnavailable)])
def test_nothing_is_sent_when_the_list_fails(fake_cloud, nova, query, status, error):
    fake_cloud.on("GET", LIST, status=status, json=fault("someFault", status, "no"))
    with pytest.raises(error):
        perform(nova, query, MIGRATION, ABORT)
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(
    "changes",
    [{"status": "ACTIVE"}, {"OS-EXT-STS:power_state": 4}, {"OS-EXT-SRV-ATTR:host": "compute-03"}],
    ids=["active", "shut down", "an unknown host"],
)
def test_state_of_a_healthy_instance_is_not_reset(fake_cloud, nova, changes):
    serve_migration(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(**{"status": "ERROR"} | changes))
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


@each_action
async def test_only_accepted_actions_without_effect_are_stored(fake_cloud, nova, action):
    serve_migration(fake_cloud, **READY[action])
    await asyncio.to_thread(perform, nova, HERE, MIGRATION, action)
    assert {one.action for one in pending_actions([MIGRATION]).values()} == {action.slug} & {
        "abort",
        "force-complete",
    }


@each_action
async def test_rejected_action_is_not_stored(fake_cloud, nova, action):
    serve_migration(fake_cloud, **READY[action])
    reject(fake_cloud, action, 409, "locked")
    with pytest.raises(RequestRejected):
        await asyncio.to_thread(perform, nova, HERE, MIGRATION, action)
    assert pending_actions([MIGRATION]) == {}


@pytest.mark.parametrize(
    ("version", "changes"),
    [
        ("2.93", {}),
        ("2.96", {"OS-EXT-SRV-ATTR:host": None}),
        ("2.96", {"OS-EXT-SRV-ATTR:host": "compute-02", "OS-EXT-STS:power_state": 4}),
    ],
    ids=["old Nova", "hidden host", "switched and off"],
)
def test_state_is_not_reset_when_the_host_of_the_guest_is_unknown(fake_cloud, nova, version, changes):
    serve_migration(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(status="ERROR", **changes))
    session._negotiated.clear()
    with pytest.raises(NothingToReset):
        perform(nova_of(fake_cloud, version), HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


def test_state_is_not_reset_after_post_copy(fake_cloud, nova):
    serve_migration(fake_cloud, status="error")
    store_post_copy([Migration.from_api(listed({"status": "running (post-copy)"})["migrations"][0])])
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


def test_state_of_an_instance_that_switched_is_reset(fake_cloud, nova):
    serve_migration(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(status="ERROR", **{"OS-EXT-SRV-ATTR:host": "compute-02"}))
    perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == [SENT[RESET_STATE]]


def test_state_is_not_reset_by_an_earlier_migration(fake_cloud, nova):
    newer = {"id": 3, "uuid": OTHER, "status": "failed", "created_at": "2026-11-22T13:00:00.000000"}
    fake_cloud.on("GET", LIST, json=listed(newer, {"status": "error"}))
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []
