# SPDX-License-Identifier: Apache-2.0
"""How a user's calls reach Nova: microversion, token, and number of negotiations."""

import re

import pytest
from novaclient import API_MAX_VERSION

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.exceptions import (
    NoSuchService,
    NotAllowed,
    ProjectRequired,
    ServiceUnavailable,
    SessionExpired,
    TooOld,
    user_message,
)
from tests.support.nova_answers import INSTANCE, fault, listed
from tests.support.user_requests import access, request_of

LIST = "/v2.1/os-migrations"


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", LIST, json=listed({}))
    return fake_cloud


def negotiations(nova) -> int:
    return len(nova.made("GET", "/v2.1")) + len(nova.made("GET", "/v2.1/"))


def test_microversion_is_negotiated_once_for_all_users(nova):
    for token in ("alice", "bob", "carol"):
        for _ in range(2):
            Nova(access(nova, token=token)).migrations()
    assert negotiations(nova) == 1
    assert len(nova.made("GET", LIST)) == 6


def test_each_endpoint_has_its_own_version(nova):
    nova.on("GET", "/v2.1/other", json={"version": {"min_version": "2.1", "version": "2.79"}})
    nova.on("GET", "/v2.1/other/os-migrations", json=listed())
    other = Access(f"{nova.nova_url}/other", "demo-id", frozenset(), "token")
    Nova(access(nova)).migrations()
    Nova(other).migrations()
    assert [call.microversion for call in nova.made("GET", "*/os-migrations")] == ["2.96", "2.79"]


@pytest.mark.parametrize(
    ("offered", "used"),
    [
        ("2.60", "2.60"),
        ("2.79", "2.79"),
        ("2.96", API_MAX_VERSION.get_string()),
        ("2.104", API_MAX_VERSION.get_string()),
        ("2.1000", API_MAX_VERSION.get_string()),
    ],
)
def test_calls_use_the_newest_microversion_that_both_sides_support(nova, offered, used):
    nova.max_microversion = offered
    one = Nova(access(nova))
    one.migrations()
    one.migrations()
    for call in nova.made("GET", LIST):
        assert call.headers["openstack-api-version"] == f"compute {used}"
        assert call.headers["x-openstack-nova-api-version"] == used


@pytest.mark.parametrize("offered", ["2.1", "2.53", "2.59"])
def test_nova_older_than_2_60_is_too_old(nova, offered):
    nova.max_microversion = offered
    with pytest.raises(TooOld) as caught:
        Nova(access(nova))
    assert caught.value.reason == f"The API version of the service is {offered}, but 2.60 is required."


@pytest.mark.parametrize("offered", ["", "latest", None, [2, 96]], ids=["empty", "word", "null", "list"])
def test_unreadable_version_is_an_unavailable_service(nova, offered):
    nova.max_microversion = offered
    with pytest.raises(ServiceUnavailable):
        Nova(access(nova))


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, SessionExpired), (500, ServiceUnavailable), (503, ServiceUnavailable), (404, ServiceUnavailable)],
)
def test_failed_negotiation_is_reported_and_not_stored(nova, status, error):
    nova.on("GET", "/v2.1", status=status, json=fault("someFault", status, "not now"))
    with pytest.raises(error):
        Nova(access(nova))
    nova.on("GET", "/v2.1", json={"version": {"min_version": "2.1", "version": "2.90"}})
    Nova(access(nova)).migrations()
    assert nova.made("GET", LIST)[0].microversion == "2.90"


def test_version_that_nova_no_longer_accepts_is_negotiated_again(nova):
    Nova(access(nova)).migrations()
    nova.max_microversion = "2.90"
    nova.on("GET", LIST, status=406, json=fault("computeFault", 406, "Version 2.96 is not supported"))
    with pytest.raises(ServiceUnavailable, match=r"HTTP 406: Version 2\.96 is not supported"):
        Nova(access(nova)).migrations()
    nova.on("GET", LIST, json=listed())
    assert Nova(access(nova)).migrations() == []
    assert nova.made("GET", LIST)[-1].microversion == "2.90"
    assert negotiations(nova) == 2


def older_behind_the_same_endpoint(nova, offered, *, says_so):
    """Let one of Nova's APIs accept no version newer than ``offered``; another API has reported a newer version."""
    real = nova.answer

    def answered(call):
        if call.path != LIST:
            return real(call)
        nova.calls.append(call)
        version = call.microversion
        if [int(part) for part in version.split(".")] <= [int(part) for part in offered.split(".")]:
            return 200, {}, listed({})
        maximum = f" Minimum is 2.1 and maximum is {offered}." if says_so else ""
        return 406, {}, fault("computeFault", 406, f"Version {version} is not supported by the API.{maximum}")

    nova.answer = answered


def versions_used(nova):
    return [call.microversion for call in nova.made("GET", LIST)]


def test_406_during_an_upgrade_is_not_shown(nova):
    older_behind_the_same_endpoint(nova, "2.90", says_so=True)
    one = Nova(access(nova))
    assert [len(one.migrations()) for _ in range(2)] == [1, 1]
    assert versions_used(nova) == ["2.96", "2.90", "2.90"]


def test_406_without_a_version_is_not_shown(nova):
    one = Nova(access(nova))
    older_behind_the_same_endpoint(nova, "2.90", says_so=False)
    nova.max_microversion = "2.90"
    assert len(one.migrations()) == 1
    assert versions_used(nova) == ["2.96", "2.90"]


def test_next_request_uses_the_newest_version_again(nova):
    older_behind_the_same_endpoint(nova, "2.90", says_so=True)
    Nova(access(nova)).migrations()
    Nova(access(nova)).migrations()
    assert versions_used(nova) == ["2.96", "2.90"] * 2


def test_call_is_not_repeated_at_a_version_that_would_ignore_a_filter(nova):
    """Before 2.80, Nova would list the migrations of all projects."""
    older_behind_the_same_endpoint(nova, "2.79", says_so=True)
    with pytest.raises(ServiceUnavailable, match="HTTP 406"):
        Nova(access(nova)).migrations(project_id="demo-id")
    assert versions_used(nova) == ["2.96"]


def test_call_is_not_repeated_at_a_version_that_is_too_old(nova):
    older_behind_the_same_endpoint(nova, "2.59", says_so=True)
    with pytest.raises(ServiceUnavailable, match="HTTP 406"):
        Nova(access(nova)).migrations()
    assert versions_used(nova) == ["2.96"]


def test_change_that_is_refused_with_406_is_made_once(nova):
    path = f"/v2.1/servers/{INSTANCE}/action"
    refused = fault(
        "computeFault", 406, "Version 2.96 is not supported by the API. Minimum is 2.1 and maximum is 2.90."
    )
    nova.on("POST", path, status=202, json={})
    real = nova.answer

    def answered(call):
        status, headers, body = real(call)
        return (406, {}, refused) if call.path == path and call.microversion == "2.96" else (status, headers, body)

    nova.answer = answered
    Nova(access(nova)).migrate(INSTANCE)
    assert [call.microversion for call in nova.made("POST", path)] == ["2.96", "2.90"]


def test_endpoint_of_the_api_before_microversions_is_named(nova):
    nova.max_microversion = ""
    with pytest.raises(TooOld) as caught:
        Nova(access(nova))
    assert caught.value.reason == (
        "The API of the service has no microversions, but 2.60 is required. The service catalog may list "
        "an old endpoint."
    )


def test_version_problem_is_not_reported_as_a_missing_role(nova, helpdesk_client):
    nova.max_microversion = "2.79"
    answer = helpdesk_client.get("/project/migrations/status/", headers={"Accept": "application/json"})
    assert answer.status_code == 501
    assert answer.json()["error"] == (
        "The API version of the compute service (Nova) does not support this request. The filters for "
        "project and user require Compute API version 2.80 or newer."
    )


def test_refusal_of_a_token_without_a_project_says_so(nova):
    nova.on("GET", LIST, status=403, json=fault("forbidden", 403, "No."))
    with pytest.raises(ProjectRequired):
        Nova(access(nova, project_id="")).migrations()
    with pytest.raises(NotAllowed) as caught:
        Nova(access(nova)).migrations()
    assert type(caught.value) is NotAllowed


@pytest.mark.parametrize("path", ["status/", "history/", "hosts/"])
def test_page_asks_a_user_without_a_project_to_select_one(nova, client, login, path):
    nova.on("GET", "/v2.1/*", status=403, json=fault("forbidden", 403, "Policy doesn't allow it to be performed."))
    login(client, roles=("admin",), project_id="")
    answer = client.get(f"/admin/migrations/{path}", headers={"Accept": "text/html"})
    text = answer.content.decode()
    assert "The compute service (Nova) requires a project. Select a project first." in text
    assert "Your role does not permit" not in text


def test_each_call_has_the_token_of_its_user(nova):
    users = {token: Nova(access(nova, token=token)) for token in ("alice", "bob")}
    nova.forget()
    for token in ("alice", "bob", "bob", "alice"):
        users[token].migrations()
    assert [call.headers["x-auth-token"] for call in nova.calls] == ["alice", "bob", "bob", "alice"]


def test_cookies_are_not_stored(nova):
    nova.on("GET", LIST, json=listed({}), headers={"Set-Cookie": "node=a; Path=/"})
    for token in ("alice", "alice", "bob"):
        Nova(access(nova, token=token)).migrations()
    assert not [call for call in nova.calls if "cookie" in call.headers]


def test_keystone_gets_no_call(nova):
    Nova(access(nova)).migrations()
    assert {call.path for call in nova.calls} == {"/v2.1", LIST}


def test_token_is_not_in_the_text_of_an_access(fake_cloud):
    assert "secret" not in repr(access(fake_cloud, token="secret"))


def test_access_comes_from_the_users_session(fake_cloud):
    request = request_of(fake_cloud, "manager", "member", project_id="p1", token="t1")
    assert Access.of(request) == Access(
        fake_cloud.nova_url, "p1", frozenset({"manager", "member"}), "t1", sees_hosts=False
    )


def test_catalog_without_nova_is_reported(fake_cloud):
    request = request_of(fake_cloud, "admin")
    request.user.service_catalog = []
    with pytest.raises(NoSuchService):
        Access.of(request)


@pytest.mark.parametrize("service", ["compute", "placement"])
def test_catalog_without_the_interface_is_reported(fake_cloud, settings, service):
    """The catalog as Horizon's own request leaves it, see https://bugs.launchpad.net/horizon/+bug/2134580."""
    settings.OPENSTACK_ENDPOINT_TYPE = "internalURL"
    request = request_of(fake_cloud, "admin")
    for one in request.user.service_catalog:
        one["endpoints"] = [endpoint for endpoint in one["endpoints"] if endpoint["interface"] == "public"]
    with pytest.raises(NoSuchService) as caught:
        Access.of(request, service)
    assert user_message(caught.value) == (
        "Your service catalog lacks an endpoint. The service catalog lists no “internalURL” endpoint for "
        f"the service type “{service}” in region “RegionOne”."
    )


def test_cache_scope_is_equal_for_equal_rights(fake_cloud):
    alice = access(fake_cloud, token="alice", roles=("reader", "member"))
    bob = access(fake_cloud, token="bob", roles=("member", "reader"))
    assert alice.cache_scope == bob.cache_scope


def test_cache_scope_contains_no_secret(fake_cloud):
    assert re.fullmatch("[0-9a-f]{32}", access(fake_cloud).cache_scope)


@pytest.mark.parametrize(
    "other",
    [{"project_id": "other-id"}, {"roles": ("admin", "reader")}, {"roles": ()}],
    ids=["project", "more roles", "no role"],
)
def test_cache_scopes_differ_by_project_and_roles(fake_cloud, other):
    assert access(fake_cloud).cache_scope != access(fake_cloud, **other).cache_scope


def test_cache_scopes_differ_by_endpoint():
    here, there = (Access(f"http://{region}/v2.1", "p", frozenset(), "t") for region in ("a", "b"))
    assert here.cache_scope != there.cache_scope


def test_lists_write_nothing_into_the_home_directory(nova, monkeypatch, tmp_path):
    """novaclient would write all names and IDs there, for its shell."""
    monkeypatch.setenv("NOVACLIENT_UUID_CACHE_DIR", str(tmp_path))
    Nova(access(nova)).migrations()
    assert list(tmp_path.iterdir()) == []
