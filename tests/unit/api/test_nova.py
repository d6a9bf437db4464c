# SPDX-License-Identifier: Apache-2.0
"""One method, one HTTP call: the exact requests, at each microversion that changes them."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.host_models import ServerGroup
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.api.nova_servers import escape_regex
from migration_panel.exceptions import NotFound, TooOld
from tests.support.nova_answers import INSTANCE, LISTED, MIGRATION, listed, live_progress, server
from tests.support.user_requests import nova_of

VERSIONS = ["2.60", "2.66", "2.67", "2.68", "2.79", "2.80", "2.96"]
ACTION = f"/v2.1/servers/{INSTANCE}/action"
REQUEST_ID = "req-0a7f6c1e-4f9b-4f9b-9bd6-1d2c3b4a5f60"
LIVE = f"/v2.1/servers/{INSTANCE}/migrations"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=timezone.utc)


def request_made(fake_cloud):
    """Return the only request that was made, as "GET /path" and its arguments."""
    [call] = fake_cloud.calls
    return f"{call.method} {call.path}", call.query


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, {}),
        ({"limit": 20}, {"limit": "20"}),
        ({"changed_since": NOON}, {"changes-since": "2026-11-22T12:00:00Z"}),
        ({"instance_id": INSTANCE}, {"instance_uuid": INSTANCE}),
        ({"status": "running (post-copy)"}, {"status": "running (post-copy)"}),
        ({"type": "live-migration"}, {"migration_type": "live-migration"}),
        ({"host": "compute-01"}, {"host": "compute-01"}),
        ({"limit": 21, "marker": MIGRATION}, {"limit": "21", "marker": MIGRATION}),
        (
            {"limit": 5, "changed_since": NOON, "instance_id": INSTANCE},
            {"limit": "5", "changes-since": "2026-11-22T12:00:00Z", "instance_uuid": INSTANCE},
        ),
    ],
    ids=["bare", "limit", "since", "instance", "status", "type", "host", "marker", "all"],
)
def test_migrations_sends_its_filters(fake_cloud, version, filters, query):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed({}, {"id": 41, "uuid": INSTANCE}))
    assert [one.id for one in nova.migrations(**filters)] == [42, 41]
    assert request_made(fake_cloud) == ("GET /v2.1/os-migrations", query)
    assert fake_cloud.calls[0].microversion == version


@pytest.mark.parametrize("version", ["2.80", "2.96"])
def test_migrations_sends_the_project(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed())
    assert nova.migrations(project_id="demo-id", limit=20) == []
    assert request_made(fake_cloud) == ("GET /v2.1/os-migrations", {"project_id": "demo-id", "limit": "20"})


@pytest.mark.parametrize("version", ["2.80", "2.96"])
def test_migrations_sends_the_user(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed())
    assert nova.migrations(user_id="alice-id", project_id="demo-id") == []
    assert request_made(fake_cloud)[1] == {"user_id": "alice-id", "project_id": "demo-id"}


@pytest.mark.parametrize("version", ["2.66", "2.79", "2.80", "2.96"])
@pytest.mark.parametrize("hours", [0, 9, -5])
def test_migrations_sends_times_in_utc(fake_cloud, version, hours):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed())
    elsewhere = NOON.astimezone(timezone(timedelta(hours=hours)))
    assert nova.migrations(changed_since=elsewhere, changed_before=elsewhere) == []
    moment = "2026-11-22T12:00:00Z"
    assert request_made(fake_cloud)[1] == {"changes-since": moment, "changes-before": moment}


@pytest.mark.parametrize("version", ["2.60", "2.66", "2.79"])
@pytest.mark.parametrize("requester", [{"project_id": "demo-id"}, {"user_id": "alice-id"}], ids=["project", "user"])
def test_migrations_of_a_requester_need_2_80(fake_cloud, version, requester):
    nova = nova_of(fake_cloud, version)
    with pytest.raises(TooOld, match=r"2\.80 or newer"):
        nova.migrations(**requester)
    assert fake_cloud.calls == []


@pytest.mark.parametrize("version", ["2.60", "2.65"])
def test_migrations_before_a_time_need_2_66(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    with pytest.raises(TooOld, match=r"2\.66 or newer"):
        nova.migrations(changed_before=NOON)
    assert fake_cloud.calls == []


@pytest.mark.parametrize("version", VERSIONS)
def test_live_migrations_is_one_call(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}/migrations", json=live_progress())
    assert [one.uuid for one in nova.live_migrations(INSTANCE)] == [MIGRATION]
    assert request_made(fake_cloud) == (f"GET /v2.1/servers/{INSTANCE}/migrations", {})


@pytest.mark.parametrize("version", VERSIONS)
def test_server_is_one_call(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    assert nova.server(INSTANCE).name == "web-03"
    assert request_made(fake_cloud) == (f"GET /v2.1/servers/{INSTANCE}", {})


def test_server_that_was_deleted_is_not_found(fake_cloud):
    with pytest.raises(NotFound):
        nova_of(fake_cloud).server(INSTANCE)


@pytest.mark.parametrize(
    ("search", "query"),
    [
        ({"all_projects": True, "limit": 25}, {"all_tenants": "1", "limit": "25"}),
        ({"all_projects": False, "limit": 25}, {"limit": "25"}),
        ({"all_projects": False, "limit": 1, "name": "web.03"}, {"limit": "1", "name": r"web\.03"}),
        ({"all_projects": False, "limit": 1, "name": "größe & co"}, {"limit": "1", "name": "größe & co"}),
        ({"all_projects": False, "limit": 1, "address": "10.0.0.3"}, {"limit": "1", "ip": "10.0.0.3"}),
        ({"all_projects": False, "limit": 1, "address": "fd00::3"}, {"limit": "1", "ip6": "fd00::3"}),
        (
            {"all_projects": True, "limit": 1, "name": "web", "address": "10.0.0.3"},
            {"all_tenants": "1", "limit": "1", "name": "web", "ip": "10.0.0.3"},
        ),
    ],
    ids=["project and user", "own project", "name", "odd name", "address", "IPv6 address", "both"],
)
@pytest.mark.parametrize("version", ["2.60", "2.96"])
def test_servers_sends_its_filters(fake_cloud, version, search, query):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": [server()["server"]], "servers_links": []})
    assert [one.id for one in nova.servers(**search).records] == [INSTANCE]
    assert request_made(fake_cloud) == ("GET /v2.1/servers/detail", query)


@pytest.mark.parametrize("version", VERSIONS)
def test_migrate_sends_no_host(fake_cloud, version):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("POST", ACTION, status=202, headers={"X-Openstack-Request-Id": REQUEST_ID})
    assert nova.migrate(INSTANCE) == REQUEST_ID
    assert request_made(fake_cloud) == (f"POST {ACTION}", {})
    assert fake_cloud.calls[0].body == {"migrate": {}}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("host", [None, "compute-02"])
@pytest.mark.parametrize("block", [True, False])
def test_live_migrate_never_forces(fake_cloud, version, host, block):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("POST", ACTION, status=202, headers={"X-Openstack-Request-Id": REQUEST_ID})
    assert nova.live_migrate(INSTANCE, host=host, block=block) == REQUEST_ID
    assert request_made(fake_cloud) == (f"POST {ACTION}", {})
    assert fake_cloud.calls[0].body == {"os-migrateLive": {"host": host, "block_migration": block}}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("method", "line", "body"),
    [
        (Nova.abort, f"DELETE {LIVE}/42", None),
        (Nova.force_complete, f"POST {LIVE}/42/action", {"force_complete": None}),
        (Nova.confirm, f"POST {ACTION}", {"confirmResize": None}),
        (Nova.revert, f"POST {ACTION}", {"revertResize": None}),
        (Nova.reset_to_active, f"POST {ACTION}", {"os-resetState": {"state": "active"}}),
    ],
    ids=["abort", "force-complete", "confirm", "revert", "reset"],
)
def test_action_on_a_migration_is_one_call(fake_cloud, version, method, line, body):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on(*line.split(), status=202)
    assert method(nova, Migration.from_api(LISTED)) is None
    assert request_made(fake_cloud) == (line, {})
    assert fake_cloud.calls[0].body == body
    assert fake_cloud.calls[0].microversion == version


@pytest.mark.parametrize(
    ("version", "queued", "details"),
    [("2.64", False, False), ("2.65", True, False), ("2.83", True, False), ("2.84", True, True), ("2.96", True, True)],
)
def test_properties_of_the_version_need_no_call(fake_cloud, version, queued, details):
    nova = nova_of(fake_cloud, version)
    assert (nova.can_abort_queued, nova.has_event_details) == (queued, details)
    assert fake_cloud.calls == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("web-03", "web-03"),
        ("10.0.0.3", r"10\.0\.0\.3"),
        ("a\\b", r"a\\b"),
        ("^$*+?", r"\^\$\*\+\?"),
        ("()[]{}|", r"\(\)\[\]\{\}\|"),
        ("größe 100%_'\"", "größe 100%_'\""),
        ("", ""),
    ],
)
def test_escape_regex_escapes_patterns(text, pattern):
    assert escape_regex(text) == pattern


GROUP = {"id": "g", "name": "web", "members": [INSTANCE, "other"]}


@pytest.mark.parametrize(
    ("version", "policy", "most"),
    [
        ("2.60", {"policies": ["anti-affinity"], "metadata": {}}, 1),
        ("2.64", {"policy": "anti-affinity", "rules": {}}, 1),
        ("2.96", {"policy": "anti-affinity", "rules": {"max_server_per_host": 3}}, 3),
    ],
    ids=["list of policies", "policy", "policy with rules"],
)
def test_server_group_is_read_at_each_microversion(fake_cloud, version, policy, most):
    nova = nova_of(fake_cloud, version)
    fake_cloud.on("GET", "/v2.1/os-server-groups/g", json={"server_group": GROUP | policy})
    assert nova.server_group("g") == ServerGroup("g", "web", "anti-affinity", (INSTANCE, "other"), most)
    assert request_made(fake_cloud) == ("GET /v2.1/os-server-groups/g", {})


def test_server_group_without_policy_or_members():
    assert ServerGroup.from_api({"id": "g", "policies": []}) == ServerGroup("g", "", "")


@pytest.fixture
def paged(fake_cloud):
    """A cloud with five migrations, in pages of two."""
    records = listed(*({"uuid": f"00000000-0000-4000-8000-{number:012x}", "id": number} for number in range(5)))

    def answer(call):
        uuids = [one["uuid"] for one in records["migrations"]]
        start = 1 + uuids.index(call.query["marker"]) if "marker" in call.query else 0
        page = records["migrations"][start : start + 2]
        link = {"rel": "next", "href": f"http://nova.example/os-migrations?marker={page[-1]['uuid']}"}
        return {"migrations": page} | ({"migrations_links": [link]} if len(page) == 2 else {})

    fake_cloud.on("GET", "/v2.1/os-migrations", json=answer)
    return nova_of(fake_cloud)


@pytest.mark.parametrize(
    ("how", "found", "complete", "calls"),
    [
        ({}, [0, 1, 2, 3, 4], True, 3),
        ({"most": 3}, [0, 1, 2, 3], False, 2),
        ({"most": 200}, [0, 1, 2, 3, 4], True, 3),
        ({"pages": 1}, [0, 1], False, 1),
        ({"pages": 2, "status": "error"}, [0, 1, 2, 3], False, 2),
    ],
    ids=["all", "newest", "more than there are", "one page", "two pages"],
)
def test_migration_list_follows_novas_links(fake_cloud, paged, how, found, complete, calls):
    listing = paged.migration_list(**how)
    assert ([one.id for one in listing.records], listing.complete) == (found, complete)
    sent = fake_cloud.made("GET", "/v2.1/os-migrations")
    assert len(sent) == calls
    assert {call.query.get("status") for call in sent} == {how.get("status")}


def test_an_answer_without_a_request_id_is_accepted(fake_cloud):
    nova = nova_of(fake_cloud, "2.96")
    fake_cloud.on("POST", ACTION, status=202)
    assert nova.migrate(INSTANCE) == ""
