# SPDX-License-Identifier: Apache-2.0
"""Abort, force complete, confirm and revert through the views on the real Nova, until the migration is finished."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from novaclient import client as novaclient
from novaclient.exceptions import ClientException

from tests.support.embedded_cloud import eventually
from tests.support.follow_status import follow_migration

LIVE_ONES = ["force-complete", "abort"]
COLD_ONES = ["confirm", "revert"]

# Requests to Nova itself, without the panel.
DIRECTLY = {
    "abort": lambda nova, one: nova.server_migrations.live_migration_abort(one["instance"]["id"], one["id"]),
    "force-complete": lambda nova, one: nova.server_migrations.live_migrate_force_complete(
        one["instance"]["id"], one["id"]
    ),
    "confirm": lambda nova, one: nova.servers.confirm_resize(one["instance"]["id"]),
    "revert": lambda nova, one: nova.servers.revert_resize(one["instance"]["id"]),
}


@dataclass
class Person:
    """A user of the panel; ``boot`` creates an instance in their project."""

    client: Client
    board: str
    boot: Callable

    def begin(self, server, kind: str = "live") -> None:
        assert self.client.post(f"{self.board}{server.id}/{kind}/").status_code == 302

    def see(self, server, until: str = "", every: float | None = None) -> list[dict]:
        return follow_migration(self.client, server, self.board, until=until, every=every)

    def do(self, action: str, one: dict, **fields: str):
        path = f"{self.board}{one['uuid']}/{action}/"
        return self.client.post(path, fields, headers={"Accept": "application/json"})

    def done(self, action: str, one: dict) -> None:
        answer = self.do(action, one, instance=one["instance"]["id"])
        assert answer.status_code == 202, answer.content
        assert answer.json()["migration"]["uuid"] == one["uuid"]


@pytest.fixture
def admin(cloud_client, instance) -> Person:
    return Person(cloud_client("admin"), "/admin/migrations/", instance)


@pytest.fixture
def helpdesk(cloud_client, instance, nova_as) -> Person:
    def boot(storage: str, **metadata: str):
        # Only an administrator may choose the host of a new instance.
        return instance(storage, nova=nova_as("admin", "demo"), **metadata)

    return Person(cloud_client("helpdesk"), "/project/migrations/", boot)


@pytest.fixture(params=["admin", "helpdesk"])
def person(request) -> Person:
    return request.getfixturevalue(request.param)


def release(nova: novaclient.Client, server) -> None:
    """Let a migration continue that `sim_hold` keeps in one status."""
    nova.servers.delete_meta(server, ["sim_hold"])


def host_of(nova, server) -> str:
    return getattr(nova.servers.get(server.id), "OS-EXT-SRV-ATTR:host")


def idle(nova: novaclient.Client, server) -> bool:
    return getattr(nova.servers.get(server.id), "OS-EXT-STS:task_state") is None


def test_running_migration_is_aborted(person, admin_nova):
    server = person.boot("shared", host="compute-02", sim_converge="never")
    person.begin(server)
    one = person.see(server, until="running")[-1]
    assert one["actions"] == LIVE_ONES
    person.done("abort", one)
    last = person.see(server)[-1]
    assert (last["uuid"], last["status"], last["phase"], last["actions"]) == (one["uuid"], "cancelled", "cancelled", [])
    assert host_of(admin_nova, server) == "compute-02"
    again = person.do("abort", one, instance=server.id)
    assert again.status_code == 409
    assert "already finished" in again.json()["error"]


def test_running_migration_is_found_without_its_instance(person):
    server = person.boot("shared", sim_converge="never")
    person.begin(server)
    one = person.see(server, until="running")[-1]
    assert person.do("abort", one).status_code == 202
    assert person.see(server)[-1]["status"] == "cancelled"
    assert person.do("abort", one).status_code == 404


def test_queued_migration_is_aborted_and_the_running_migration_continues(admin):
    first, second = (admin.boot("shared", host="compute-03", sim_converge="never") for _ in range(2))
    admin.begin(first)
    before = admin.see(first, until="running")[-1]
    admin.begin(second)
    one = admin.see(second, until="queued")[-1]
    assert one["actions"] == ["abort"]
    admin.done("abort", one)
    assert admin.see(second)[-1]["status"] == "cancelled"
    assert admin.see(first, until="running")[-1]["actions"] == LIVE_ONES
    admin.done("abort", before)
    assert admin.see(first)[-1]["status"] == "cancelled"


def test_preparing_migration_is_aborted(admin, admin_nova):
    server = admin.boot("shared", host="compute-02", sim_hold="preparing", sim_converge="never")
    admin.begin(server)
    one = admin.see(server, until="preparing")[-1]
    assert one["actions"] == ["abort"]
    admin.done("abort", one)
    assert "Abort requested" in admin.see(server, until="preparing")[-1]["html"]
    # Nova performs the abort when the preparation is finished.
    release(admin_nova, server)
    # Often, so that a copy that started nevertheless would be seen.
    seen = admin.see(server, every=0.25)
    assert seen[-1]["status"] == "cancelled"
    assert "running" not in {state["status"] for state in seen}


def test_migration_that_never_converges_is_force_completed(person, admin_nova):
    server = person.boot("shared", host="compute-03", sim_converge="never", sim_pause_finish="0", sim_hold="running")
    person.begin(server)
    one = person.see(server, until="running")[-1]
    person.done("force-complete", one)
    assert "Force complete requested." in person.see(server, until="running")[0]["html"]
    release(admin_nova, server)
    seen = person.see(server)
    assert (seen[-1]["status"], seen[-1]["actions"]) == ("completed", [])
    assert "finishing" not in seen[-1]["html"]
    assert host_of(admin_nova, server) != "compute-03"


@pytest.mark.parametrize(("action", "end"), [("confirm", "confirmed"), ("revert", "reverted")])
def test_cold_migration_is_confirmed_or_reverted(person, admin_nova, action, end):
    server = person.boot("shared", sim_seconds="1")
    person.begin(server, "cold")
    one = person.see(server)[-1]
    assert (one["status"], one["actions"]) == ("finished", COLD_ONES)
    new_host = host_of(admin_nova, server)
    assert new_host != "compute-01"
    person.done(action, one)
    last = person.see(server, until=end)[-1]
    assert (last["uuid"], last["phase"], last["actions"]) == (one["uuid"], "done", [])
    # Nova writes the end of a revert before the guest has started again.
    eventually(lambda: admin_nova.servers.get(server.id).status == "ACTIVE" and idle(admin_nova, server))
    assert host_of(admin_nova, server) == (new_host if action == "confirm" else "compute-01")
    for again in COLD_ONES:
        answer = person.do(again, one, instance=server.id)
        assert (answer.status_code, "already finished" in answer.json()["error"]) == (409, True)


def accepted_by(nova: novaclient.Client, one: dict) -> list[str]:
    """Return the actions that are not offered although Nova accepts them."""
    taken = []
    for slug, directly in DIRECTLY.items():
        try:
            if slug not in one["actions"]:
                directly(nova, one)
                taken.append(slug)
        except ClientException as error:
            if error.code not in (400, 404, 409):
                raise
    return taken


def test_nova_refuses_actions_that_are_not_offered_for_a_live_migration(admin, admin_nova):
    blocker = admin.boot("shared", sim_converge="never")
    server = admin.boot("shared", sim_hold="preparing", sim_converge="never", sim_pause_finish="0")
    admin.begin(blocker)
    admin.see(blocker, until="running")
    admin.begin(server)
    queued = admin.see(server, until="queued")[-1]
    assert accepted_by(admin_nova, queued) == []
    admin.done("abort", admin.see(blocker, until="running")[-1])
    preparing = admin.see(server, until="preparing")[-1]
    assert accepted_by(admin_nova, preparing) == []
    release(admin_nova, server)
    running = admin.see(server, until="running")[-1]
    assert accepted_by(admin_nova, running) == []
    admin.done("force-complete", running)
    completed = admin.see(server)[-1]
    assert accepted_by(admin_nova, completed) == []
    assert [one["actions"] for one in (queued, preparing, running, completed)] == [["abort"], ["abort"], LIVE_ONES, []]
    assert accepted_by(admin_nova, admin.see(blocker)[-1]) == []


def test_nova_refuses_actions_that_are_not_offered_for_a_cold_migration(admin, admin_nova):
    server = admin.boot("local", sim_hold="migrating")
    admin.begin(server, "cold-block")
    migrating = admin.see(server, until="migrating")[-1]
    assert accepted_by(admin_nova, migrating) == []
    release(admin_nova, server)
    finished = admin.see(server)[-1]
    assert accepted_by(admin_nova, finished) == []
    admin.done("confirm", finished)
    confirmed = admin.see(server, until="confirmed")[-1]
    assert accepted_by(admin_nova, confirmed) == []
    assert [one["actions"] for one in (migrating, finished, confirmed)] == [[], COLD_ONES, []]


def test_panel_refuses_actions_that_are_not_offered(admin, admin_nova):
    server = admin.boot("shared", host="compute-02", sim_hold="preparing", sim_converge="never")
    admin.begin(server)
    one = admin.see(server, until="preparing")[-1]
    for action in ("force-complete", *COLD_ONES):
        answer = admin.do(action, one, instance=server.id)
        assert answer.status_code == 409
        assert "Nothing was changed" in answer.json()["error"]
        assert "already finished" not in answer.json()["error"]
    admin.done("abort", one)
    release(admin_nova, server)
    assert admin.see(server)[-1]["status"] == "cancelled"


def test_action_on_a_locked_instance_is_refused_with_novas_text(helpdesk, nova_as):
    server = helpdesk.boot("shared", host="compute-02", sim_converge="never")
    helpdesk.begin(server)
    one = helpdesk.see(server, until="running")[-1]
    admin_here = nova_as("admin", "demo")
    admin_here.servers.lock(server.id)
    answer = helpdesk.do("abort", one, instance=server.id)
    assert answer.status_code == 409
    # Nova's text does not mention the lock here.
    assert answer.json()["error"] == (
        f"Nova refused the request. Reason: “Instance {server.id} is in an invalid state for 'abort live migration'”"
    )
    admin_here.servers.unlock(server.id)
    helpdesk.done("abort", one)
    assert helpdesk.see(server)[-1]["status"] == "cancelled"


def test_instance_in_error_whose_guest_runs_is_reset(admin, admin_nova):
    server = admin.boot("shared", host="compute-03", sim_converge="never", sim_flip="true")
    admin.begin(server)
    admin.done("abort", admin.see(server, until="running")[-1])
    eventually(lambda: admin_nova.servers.get(server.id).status == "ERROR" and idle(admin_nova, server))
    one = eventually(lambda: repairable(admin.see(server)[-1]))
    admin.done("reset-state", one)
    assert admin_nova.servers.get(server.id).status == "ACTIVE"
    assert admin.do("reset-state", one, instance=server.id).status_code == 409


def repairable(one: dict) -> dict | None:
    return one if f"{one['uuid']}/reset-state/" in one["html"] else None
