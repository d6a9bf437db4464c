# SPDX-License-Identifier: Apache-2.0
"""Acting on a migration: found where it must be, sent exactly, and right when it ended a moment before."""

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

# What is sent, where, and its body; and the state in which Nova takes it.
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
    """Nova as an admin has it; it takes every action, and the instance runs on in error."""
    fake_cloud.on("GET", SERVER, json=server(status="ERROR"))
    fake_cloud.on("GET", f"{SERVER}/os-instance-actions", json=actions())
    for method, path, _body in SENT.values():
        fake_cloud.on(method, path, status=202)
    return nova_of(fake_cloud)


def table(cloud, *states: dict) -> None:
    """What the migration is at each look, the last one for good; filters work as Nova's do."""
    looks = list(states)

    def matching(call):
        now = looks.pop(0) if len(looks) > 1 else looks[0]
        wanted = {name: call.query[name] for name in ("status", "instance_uuid") if name in call.query}
        records = listed({"id": 7, "uuid": OTHER, "status": "running"}, now)["migrations"]
        return {"migrations": [one for one in records if wanted.items() <= one.items()]}

    cloud.on("GET", LIST, json=matching)


def steady(cloud, **state) -> None:
    """The same, whoever looks however often."""
    table(cloud, state)


def looked(cloud) -> list[dict]:
    return [call.query for call in cloud.made("GET", LIST)]


def sent(cloud) -> list[tuple]:
    return [(call.method, call.path, call.body) for call in cloud.calls if call.method != "GET"]


def refuse(cloud, action, status: int, message: str) -> None:
    method, path, _body = SENT[action]
    cloud.on(method, path, status=status, json=fault("someFault", status, message))


def test_every_action_has_its_call():
    assert set(API_CALLS) == set(ACTIONS.values()) == set(SENT)


@each_action
@each_query
def test_exactly_this_is_sent(fake_cloud, nova, action, query):
    steady(fake_cloud, **READY[action])
    done = perform(nova, query, MIGRATION, action)
    assert (done.uuid, done.status) == (MIGRATION, READY[action]["status"])
    assert sent(fake_cloud) == [SENT[action]]


@each_action
def test_hint_of_the_instance_finds_it_with_one_call(fake_cloud, nova, action):
    steady(fake_cloud, **READY[action])
    perform(nova, HERE, MIGRATION, action)
    assert looked(fake_cloud) == [{"instance_uuid": INSTANCE}]


@each_action
def test_without_hint_only_the_actions_statuses_are_read(fake_cloud, nova, action):
    steady(fake_cloud, **READY[action])
    perform(nova, ANYWHERE, MIGRATION, action)
    assert sorted(query["status"] for query in looked(fake_cloud)) == sorted(action.statuses)


@each_action
def test_without_hint_all_statuses_are_asked_for_at_once(fake_cloud, nova, action):
    fake_cloud.on("GET", LIST, json=listed(READY[action]), together=len(action.statuses))
    assert find_migration(nova, ANYWHERE, MIGRATION, action).uuid == MIGRATION


@each_action
@each_query
def test_whole_table_is_never_read(fake_cloud, nova, action, query):
    table(fake_cloud, READY[action], {"status": "cancelled"})
    refuse(fake_cloud, action, 404, "gone")
    with pytest.raises((AlreadyFinished, NotFound)):
        perform(nova, query, MIGRATION, action)
    assert all("status" in query or "instance_uuid" in query for query in looked(fake_cloud))


@each_action
@each_query
def test_manager_looks_in_his_own_project(fake_cloud, nova, action, query):
    steady(fake_cloud, **READY[action])
    perform(nova, Query(project_id="demo-id", instance_id=query.instance_id), MIGRATION, action)
    assert {look["project_id"] for look in looked(fake_cloud)} == {"demo-id"}


@each_action
@each_query
def test_unknown_one_is_not_found_and_nothing_is_sent(fake_cloud, nova, action, query):
    steady(fake_cloud, **READY[action])
    with pytest.raises(NotFound):
        perform(nova, query, "00000000-0000-4000-8000-000000000000", action)
    assert sent(fake_cloud) == []


@each_action
def test_hint_of_another_instance_finds_nothing_and_touches_neither(fake_cloud, nova, action):
    steady(fake_cloud, **READY[action])
    with pytest.raises(NotFound):
        perform(nova, Query(instance_id=OTHER), MIGRATION, action)
    assert looked(fake_cloud) == [{"instance_uuid": OTHER}]
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(
    ("action", "state"),
    [(action, {"status": status}) for action in (ABORT, FORCE_COMPLETE) for status in ("completed", "cancelled")]
    + [(action, WAITS | {"status": status}) for action in (CONFIRM, REVERT) for status in ("confirmed", "reverted")]
    + [(RESET_STATE, {"status": "completed"})],
)
def test_ended_one_is_told_and_nothing_is_sent(fake_cloud, nova, action, state):
    steady(fake_cloud, **state)
    with pytest.raises(AlreadyFinished) as caught:
        perform(nova, HERE, MIGRATION, action)
    assert caught.value.reason == state["status"]
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
)
def test_one_that_goes_on_is_not_told_to_have_ended(fake_cloud, nova, action, state):
    steady(fake_cloud, **state)
    with pytest.raises(InvalidStatus) as caught:
        perform(nova, HERE, MIGRATION, action)
    assert caught.value.reason == state["status"]
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(("status", "message"), [(400, "is not running"), (404, "not found"), (409, "is in vm_state")])
@pytest.mark.parametrize(
    ("action", "end"),
    [(ABORT, "completed"), (FORCE_COMPLETE, "cancelled"), (CONFIRM, "reverted"), (REVERT, "confirmed")],
    ids=lambda value: getattr(value, "slug", ""),
)
@each_query
def test_one_that_ended_a_moment_before_is_told(fake_cloud, nova, action, end, query, status, message):
    looks = 1 if query.instance_id else len(action.statuses)
    table(fake_cloud, *[READY[action]] * looks, READY[action] | {"status": end})
    refuse(fake_cloud, action, status, message)
    with pytest.raises(AlreadyFinished) as caught:
        perform(nova, query, MIGRATION, action)
    assert caught.value.reason == end
    assert looked(fake_cloud)[-1] == {"instance_uuid": INSTANCE}
    assert len(looked(fake_cloud)) == looks + 1


def test_confirmed_by_someone_else_a_moment_before(fake_cloud, nova):
    table(fake_cloud, WAITS, WAITS | {"status": "confirming"})
    refuse(fake_cloud, CONFIRM, 400, "Instance has not been resized.")
    with pytest.raises(InvalidStatus) as caught:
        perform(nova, HERE, MIGRATION, CONFIRM)
    assert caught.value.reason == "confirming"


@each_action
@each_query
@pytest.mark.parametrize("status", [400, 409])
def test_novas_refusal_comes_in_its_text(fake_cloud, nova, action, query, status):
    steady(fake_cloud, **READY[action])
    refuse(fake_cloud, action, status, f"Instance {INSTANCE} is locked")
    with pytest.raises(RequestRejected) as caught:
        perform(nova, query, MIGRATION, action)
    assert caught.value.reason.startswith(f"Instance {INSTANCE} is locked")


def test_refusal_is_no_end_because_the_status_has_moved_on(fake_cloud, nova):
    table(fake_cloud, {"status": "queued"}, COPIES)
    refuse(fake_cloud, ABORT, 409, f"Instance {INSTANCE} is locked")
    with pytest.raises(RequestRejected, match="is locked"):
        perform(nova, HERE, MIGRATION, ABORT)


@each_action
@pytest.mark.parametrize(("status", "error"), [(401, SessionExpired), (403, NotAllowed), (500, ServiceUnavailable)])
def test_other_trouble_is_not_looked_into(fake_cloud, nova, action, status, error):
    steady(fake_cloud, **READY[action])
    refuse(fake_cloud, action, status, "no")
    with pytest.raises(error):
        perform(nova, HERE, MIGRATION, action)
    assert len(looked(fake_cloud)) == 1


@each_query
@pytest.mark.parametrize(("status", "error"), [(401, SessionExpired), (403, NotAllowed), (503, ServiceUnavailable)])
def test_nothing_is_sent_where_the_list_cannot_be_had(fake_cloud, nova, query, status, error):
    fake_cloud.on("GET", LIST, status=status, json=fault("someFault", status, "no"))
    with pytest.raises(error):
        perform(nova, query, MIGRATION, ABORT)
    assert sent(fake_cloud) == []


@pytest.mark.parametrize(
    "changes", [{"status": "ACTIVE"}, {"OS-EXT-STS:power_state": 4}, {"OS-EXT-SRV-ATTR:host": "compute-03"}]
)
def test_nothing_is_mended_that_is_not_broken(fake_cloud, nova, changes):
    steady(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(**{"status": "ERROR"} | changes))
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


@each_action
async def test_only_what_was_taken_and_not_done_yet_is_remembered(fake_cloud, nova, action):
    steady(fake_cloud, **READY[action])
    await asyncio.to_thread(perform, nova, HERE, MIGRATION, action)
    assert {one.action for one in (await pending_actions([MIGRATION])).values()} == {action.slug} & {
        "abort",
        "force-complete",
    }


@each_action
async def test_what_was_refused_is_not_remembered(fake_cloud, nova, action):
    steady(fake_cloud, **READY[action])
    refuse(fake_cloud, action, 409, "locked")
    with pytest.raises(RequestRejected):
        await asyncio.to_thread(perform, nova, HERE, MIGRATION, action)
    assert await pending_actions([MIGRATION]) == {}


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
    steady(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(status="ERROR", **changes))
    session._negotiated.clear()
    with pytest.raises(NothingToReset):
        perform(nova_of(fake_cloud, version), HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


def test_state_is_not_reset_after_post_copy(fake_cloud, nova):
    steady(fake_cloud, status="error")
    store_post_copy([Migration.from_api(listed({"status": "running (post-copy)"})["migrations"][0])])
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []


def test_state_of_an_instance_that_switched_is_reset(fake_cloud, nova):
    steady(fake_cloud, status="error")
    fake_cloud.on("GET", SERVER, json=server(status="ERROR", **{"OS-EXT-SRV-ATTR:host": "compute-02"}))
    perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == [SENT[RESET_STATE]]


def test_state_is_not_reset_by_an_earlier_migration(fake_cloud, nova):
    newer = {"id": 3, "uuid": OTHER, "status": "failed", "created_at": "2026-11-22T13:00:00.000000"}
    fake_cloud.on("GET", LIST, json=listed(newer, {"status": "error"}))
    with pytest.raises(NothingToReset):
        perform(nova, HERE, MIGRATION, RESET_STATE)
    assert sent(fake_cloud) == []
