# SPDX-License-Identifier: Apache-2.0
"""A rule that Horizon's policy engine cannot decide is refused, and administrators pass on every Horizon."""

import ast
import os
from pathlib import Path

import pytest
from oslo_policy.policy import Enforcer

from migration_panel.board.actions import ACTIONS
from migration_panel.migration_types import KINDS
from migration_panel.policy import FALLBACKS, allowed
from tests.support.nova_answers import INSTANCE, action, actions, fault, listed, ports, server
from tests.support.old_policies import (
    ADMINISTRATORS_ONLY,
    MANAGERS,
    UNKNOWN,
    policy_of_horizon_26,
    policy_settings,
    shipped_rules,
)
from tests.support.user_requests import request_of

ROOT = Path(__file__).parents[2] / "migration_panel"
PREFIX = "os_compute_api:"
ADMIN = ("admin", "manager", "member", "reader")
MANAGER = ("manager", "member", "reader")
MEMBER = ("member", "reader")
HTML = {"accept": "text/html"}
JSON = {"accept": "application/json"}


def rules_in_source():
    """Every whole rule that is written in the package."""
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PREFIX):
                yield node.value


def rules_used():
    # The beginning of the actions' rules.
    written = {rule for rule in rules_in_source() if not rule.endswith(":")}
    built = {rule for kind in KINDS.values() for rule in (kind.rule, kind.host_rule if kind.live else kind.rule)}
    return sorted(written | built | {one.rule for one in ACTIONS.values()})


def given(cloud, roles):
    request = request_of(cloud, *roles)
    return {rule for rule in rules_used() if allowed(request, rule)}


def test_there_are_rules():
    assert len(rules_used()) > 20


def test_each_rule_is_in_the_policy_files_of_the_installed_horizon():
    assert set(rules_used()) - {one["name"] for one in shipped_rules()} == set()


def test_each_rule_can_be_decided_on_the_oldest_horizon():
    known = {one["name"] for one in shipped_rules()} - UNKNOWN
    assert {one for rule in rules_used() for one in FALLBACKS.get(rule, (rule,))} - known == set()


def test_only_rules_that_an_older_horizon_lacks_have_a_fallback():
    assert set(FALLBACKS) == UNKNOWN & set(rules_used())


@pytest.fixture
def horizon_26(tmp_path):
    with policy_of_horizon_26(tmp_path, MANAGERS):
        yield


@pytest.fixture
def untouched_horizon_26(tmp_path):
    with policy_of_horizon_26(tmp_path):
        yield


def test_administrator_has_everything_on_an_old_horizon(untouched_horizon_26, fake_cloud):
    assert given(fake_cloud, ADMIN) == set(rules_used())


def test_administrator_has_everything_on_the_installed_horizon(fake_cloud):
    assert given(fake_cloud, ADMIN) == set(rules_used())


@pytest.mark.parametrize("roles", [MANAGER, MEMBER], ids=["manager", "member"])
def test_rules_unknown_to_an_old_horizon_are_refused(horizon_26, fake_cloud, roles):
    assert given(fake_cloud, roles) & UNKNOWN == set()


def test_manager_may_do_what_the_operator_allowed_on_an_old_horizon(horizon_26, fake_cloud):
    assert given(fake_cloud, MANAGER) >= ADMINISTRATORS_ONLY & set(rules_used())


def test_rule_that_an_operator_sets_on_an_old_horizon_needs_no_fallback(tmp_path, fake_cloud):
    rule = "os_compute_api:os-migrations:index:host"
    with policy_of_horizon_26(tmp_path, f'"{rule}": "role:manager"'):
        assert allowed(request_of(fake_cloud, *MANAGER), rule)


def test_unknown_rule_is_refused_even_to_administrators(fake_cloud):
    assert not allowed(request_of(fake_cloud, *ADMIN), "os_compute_api:os-migrations:invented")


def missing(folder):
    return {"DEFAULT_POLICY_FILES": {"compute": str(folder / "missing.yaml")}}


def malformed(folder):
    (folder / "own.yaml").write_text('"a": [')
    return {"POLICY_FILES": {"compute": str(folder / "own.yaml")}}


def without_engine(folder):
    return {"POLICY_CHECK_FUNCTION": None}


each_broken = pytest.mark.parametrize("changed", [missing, malformed, without_engine])


@each_broken
def test_nothing_is_allowed_when_the_engine_cannot_decide(tmp_path, fake_cloud, changed):
    with policy_settings(**changed(tmp_path)):
        assert given(fake_cloud, ADMIN) == set()


def test_nothing_is_allowed_when_the_policy_files_cannot_be_read(fake_cloud, monkeypatch):
    def denied(self, force_reload=False):
        raise PermissionError(13, "Permission denied")

    with policy_settings():
        monkeypatch.setattr(Enforcer, "load_rules", denied)
        assert given(fake_cloud, ADMIN) == set()


def test_policy_file_that_becomes_malformed_allows_nothing_and_breaks_no_page(tmp_path, fake_cloud):
    """oslo.policy raises once, and decides by the last rules that it could read from then on."""
    file = tmp_path / "own.yaml"
    file.write_text("{}")
    rule = "os_compute_api:os-migrations:index"
    request = request_of(fake_cloud, *ADMIN)
    with policy_settings(POLICY_FILES={"compute": str(file)}):
        assert allowed(request, rule)
        file.write_text('"a": [')
        os.utime(file, (0, 2**31))
        assert not allowed(request, rule)


@pytest.mark.parametrize("changed", [missing, without_engine])
def test_panels_are_closed_where_the_engine_cannot_decide(tmp_path, fake_cloud, viewer_client, changed):
    paths = ("/admin/migrations/status/", "/project/migrations/status/", "/admin/migrations/hosts/")
    with policy_settings(**changed(tmp_path)):
        assert {viewer_client.get(path, headers=JSON).status_code for path in paths} == {403}
        assert fake_cloud.panel_calls == []


@pytest.mark.parametrize("who", ["viewer_client", "helpdesk_client"])
def test_admin_panel_is_closed_on_an_old_horizon(horizon_26, request, fake_cloud, who):
    client = request.getfixturevalue(who)
    paths = ("", "status/", "history/", "instances/", "hosts/", "hosts/compute-01/drain/")
    assert {client.get(f"/admin/migrations/{path}", headers=HTML).status_code for path in paths} == {403}
    assert fake_cloud.panel_calls == []


def test_administrator_has_the_admin_panel_on_an_old_horizon(untouched_horizon_26, fake_cloud, admin_client):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    page = admin_client.get("/admin/migrations/")
    assert page.status_code == 200
    assert 'href="/admin/migrations/hosts/"' in page.content.decode()


def test_manager_reads_no_host_names_on_an_old_horizon(horizon_26, fake_cloud, helpdesk_client):
    secret = "compute-17.secret.example"
    fake_cloud.on("GET", "/v2.1/servers/*", json=server(**{"OS-EXT-SRV-ATTR:host": None}))
    fake_cloud.on("GET", "/network/v2.0/ports", json=ports("normal"))
    refused = fault("badRequest", 400, f"Compute host {secret} could not be found.")
    fake_cloud.on("POST", "/v2.1/servers/*/action", json=refused, status=400)
    page = helpdesk_client.post(f"/project/migrations/{INSTANCE}/live/", {"destination": ""})
    assert page.status_code == 200
    assert secret not in page.content.decode()


def test_manager_reads_no_host_names_in_reasons_on_an_old_horizon(horizon_26, fake_cloud, helpdesk_client):
    fake_cloud.on("GET", "/v2.1/servers/*", json=server(**{"OS-EXT-SRV-ATTR:host": None}))
    fake_cloud.on(
        "GET", "/v2.1/os-migrations", json=listed({"status": "error", "source_compute": None, "dest_compute": None})
    )
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    fake_cloud.on("GET", "/v2.1/servers/*/os-instance-actions", json=actions({}))
    fake_cloud.on("GET", "/v2.1/servers/*/os-instance-actions/*", json=action({}))
    answer = helpdesk_client.get("/project/migrations/status/", headers=JSON)
    assert len(answer.json()["migrations"]) == 1
    assert "compute-" not in answer.content.decode()
