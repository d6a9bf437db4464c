# SPDX-License-Identifier: Apache-2.0
"""Names of instances: one call each, and never shown in another scope of the cloud."""

import pytest
from django.test import override_settings

from migration_panel.board.build import fetch_instance
from migration_panel.board.cache import InstanceSummary, store_instances, stored_instances
from migration_panel.cache import Shelf
from migration_panel.exceptions import SessionExpired
from tests.support.nova_answers import INSTANCE, fault, server
from tests.support.user_requests import nova_of

OTHER = "11111111-2222-4333-8444-555555555555"
WEB = InstanceSummary("web-03", 4096, "demo-id")
PATH = f"/v2.1/servers/{INSTANCE}"


def test_instance_has_name_memory_and_project(fake_cloud):
    fake_cloud.on("GET", PATH, json=server())
    assert fetch_instance(nova_of(fake_cloud), INSTANCE) == WEB


@pytest.mark.parametrize(
    ("vm_state", "paused"), [("active", False), ("paused", True), ("stopped", False), ("resized", False)]
)
def test_instance_is_paused_by_its_vm_state(fake_cloud, vm_state, paused):
    fake_cloud.on("GET", PATH, json=server(**{"OS-EXT-STS:vm_state": vm_state}))
    assert fetch_instance(nova_of(fake_cloud), INSTANCE).paused is paused


def test_deleted_instance_is_known_to_have_no_name(fake_cloud):
    assert fetch_instance(nova_of(fake_cloud), INSTANCE) == InstanceSummary(None, None)


@pytest.mark.parametrize("status", [400, 403, 409, 429, 500, 503])
def test_instance_is_none_while_nova_does_not_answer(fake_cloud, status):
    nova = nova_of(fake_cloud)
    fake_cloud.on("GET", PATH, status=status, json=fault("someFault", status, "not now"))
    assert fetch_instance(nova, INSTANCE) is None


def test_expired_session_raises(fake_cloud):
    nova = nova_of(fake_cloud)
    fake_cloud.on("GET", PATH, status=401, json=fault("unauthorized", 401, "expired"))
    with pytest.raises(SessionExpired):
        fetch_instance(nova, INSTANCE)


def test_each_instance_is_one_call(fake_cloud):
    nova = nova_of(fake_cloud)
    fake_cloud.on("GET", PATH, json=server())
    assert [fetch_instance(nova, one) for one in (INSTANCE, OTHER)] == [WEB, InstanceSummary()]
    assert fake_cloud.panel_calls == [f"GET {PATH}", f"GET /v2.1/servers/{OTHER}"]


async def test_stored_instances_cost_no_call(fake_cloud):
    nova = nova_of(fake_cloud)
    await store_instances(nova, [(INSTANCE, WEB)])
    assert await stored_instances(nova, [INSTANCE, OTHER, INSTANCE]) == {INSTANCE: WEB}
    assert fake_cloud.calls == []


async def test_missing_answer_is_not_stored(fake_cloud):
    nova = nova_of(fake_cloud)
    assert await store_instances(nova, [(INSTANCE, WEB), (OTHER, None)]) == {INSTANCE: WEB}
    assert await stored_instances(nova, [INSTANCE, OTHER]) == {INSTANCE: WEB}


async def test_deletion_is_stored(fake_cloud):
    nova = nova_of(fake_cloud)
    await store_instances(nova, [(INSTANCE, InstanceSummary())])
    assert await stored_instances(nova, [INSTANCE]) == {INSTANCE: InstanceSummary()}


async def test_empty_lists_need_no_cache(fake_cloud):
    nova = nova_of(fake_cloud)
    assert await store_instances(nova, []) == {}
    assert await stored_instances(nova, []) == {}


async def test_another_user_with_the_same_rights_shares_it(fake_cloud):
    await store_instances(nova_of(fake_cloud, token="alice", roles=("a", "b")), [(INSTANCE, WEB)])
    assert await stored_instances(nova_of(fake_cloud, token="bob", roles=("b", "a")), [INSTANCE]) == {INSTANCE: WEB}


@pytest.mark.parametrize(
    "other",
    [{"project_id": "other-id"}, {"roles": ("member",)}, {"roles": ("admin", "member")}, {"roles": ()}],
    ids=["project", "role", "more roles", "no role"],
)
async def test_other_scopes_have_other_entries(fake_cloud, other):
    await store_instances(nova_of(fake_cloud), [(INSTANCE, WEB)])
    assert await stored_instances(nova_of(fake_cloud, **other), [INSTANCE]) == {}


async def test_deletion_in_one_scope_hides_no_name_in_another(fake_cloud):
    stranger = nova_of(fake_cloud, project_id="other-id", roles=("member",))
    await store_instances(nova_of(fake_cloud), [(INSTANCE, WEB)])
    await store_instances(stranger, [(INSTANCE, InstanceSummary())])
    assert await stored_instances(nova_of(fake_cloud), [INSTANCE]) == {INSTANCE: WEB}
    assert await stored_instances(stranger, [INSTANCE]) == {INSTANCE: InstanceSummary()}


async def test_instance_id_cannot_reach_another_scope(fake_cloud):
    nova = nova_of(fake_cloud)
    await store_instances(nova, [(INSTANCE, WEB)])
    stranger = nova_of(fake_cloud, roles=("member",))
    forged = f"{nova.access.cache_scope}:{INSTANCE}"
    assert await stored_instances(stranger, [forged]) == {}


async def test_names_are_kept_for_as_long_as_configured(fake_cloud, monkeypatch):
    kept = []
    monkeypatch.setattr(Shelf, "put", lambda self, values, seconds: kept.append(seconds))
    await store_instances(nova_of(fake_cloud), [(INSTANCE, WEB)])
    with override_settings(MIGRATION_PANEL={"NAME_TTL": 7}):
        await store_instances(nova_of(fake_cloud), [(INSTANCE, WEB)])
    assert kept == [300, 7]
