# SPDX-License-Identifier: Apache-2.0
"""Rules that Horizon's policy engine cannot decide are refused; administrators pass on every Horizon."""

import ast
import json
import os
from functools import cache
from pathlib import Path

import pytest
from openstack_dashboard import policy
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
    """Yield each constant of the package that starts like a rule."""
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PREFIX):
                yield node.value


@cache
def rules_used():
    # A constant that ends with a colon is the prefix of the rules of actions.
    written = {rule for rule in rules_in_source() if not rule.endswith(":")}
    built = {rule for kind in KINDS.values() for rule in (kind.rule, kind.host_rule if kind.live else kind.rule)}
    return sorted(written | built | {action.rule for action in ACTIONS.values()})


def allowed_rules(cloud, roles):
    """Return the rules of the panel that the roles pass."""
    request = request_of(cloud, *roles)
    return {rule for rule in rules_used() if allowed(request, rule)}


def test_rules_of_the_panel_are_found():
    assert len(rules_used()) > 20


def test_each_rule_is_in_the_policy_files_of_the_installed_horizon():
    assert set(rules_used()) - {rule["name"] for rule in shipped_rules()} == set()


def test_each_rule_can_be_decided_on_the_oldest_horizon():
    known = {rule["name"] for rule in shipped_rules()} - UNKNOWN
    assert {name for rule in rules_used() for name in FALLBACKS.get(rule, (rule,))} - known == set()


def test_only_rules_that_an_older_horizon_lacks_have_a_fallback():
    assert set(FALLBACKS) == UNKNOWN & set(rules_used())


@pytest.fixture
def horizon_26(tmp_path):
    with policy_of_horizon_26(tmp_path, MANAGERS):
        yield


@pytest.fixture
def default_horizon_26(tmp_path):
    with policy_of_horizon_26(tmp_path):
        yield


def test_administrator_passes_all_rules_on_an_old_horizon(default_horizon_26, fake_cloud):
    assert allowed_rules(fake_cloud, ADMIN) == set(rules_used())


def test_administrator_passes_all_rules_on_the_installed_horizon(fake_cloud):
    assert allowed_rules(fake_cloud, ADMIN) == set(rules_used())


@pytest.mark.parametrize("roles", [MANAGER, MEMBER], ids=["manager", "member"])
def test_rules_unknown_to_an_old_horizon_are_refused(horizon_26, fake_cloud, roles):
    assert allowed_rules(fake_cloud, roles) & UNKNOWN == set()


def test_manager_passes_the_rules_that_the_operator_opened_on_an_old_horizon(horizon_26, fake_cloud):
    assert allowed_rules(fake_cloud, MANAGER) >= ADMINISTRATORS_ONLY & set(rules_used())


def test_rule_set_by_the_operator_needs_no_fallback_on_an_old_horizon(tmp_path, fake_cloud):
    rule = "os_compute_api:os-migrations:index:host"
    with policy_of_horizon_26(tmp_path, f'"{rule}": "role:manager"'):
        assert allowed(request_of(fake_cloud, *MANAGER), rule)


def test_unknown_rule_is_refused_even_to_administrators(fake_cloud):
    assert not allowed(request_of(fake_cloud, *ADMIN), "os_compute_api:os-migrations:invented")


def used_rules_only(folder):
    """Return settings with only the rules that the panel needs: a broken engine loads all of them at each check."""
    rules = [rule for rule in shipped_rules() if rule["name"] in rules_used() or not rule["name"].startswith(PREFIX)]
    (folder / "used.yaml").write_text(json.dumps(rules))
    return {"DEFAULT_POLICY_FILES": {"compute": str(folder / "used.yaml")}}


def missing_file(folder):
    return {"DEFAULT_POLICY_FILES": {"compute": str(folder / "missing.yaml")}}


def malformed_file(folder):
    (folder / "own.yaml").write_text('"a": [')
    return {"POLICY_FILES": {"compute": str(folder / "own.yaml")}}


def without_engine(folder):
    return {"POLICY_CHECK_FUNCTION": None}


each_broken_policy = pytest.mark.parametrize(
    "changed", [missing_file, malformed_file, without_engine], ids=lambda change: change.__name__
)


@each_broken_policy
def test_nothing_is_allowed_when_the_engine_cannot_decide(tmp_path, fake_cloud, changed):
    with policy_settings(**used_rules_only(tmp_path) | changed(tmp_path)):
        assert allowed_rules(fake_cloud, ADMIN) == set()


def test_all_used_rules_are_allowed_before_the_engine_breaks(tmp_path, fake_cloud):
    with policy_settings(**used_rules_only(tmp_path)):
        assert allowed_rules(fake_cloud, ADMIN) == set(rules_used())


def test_nothing_is_allowed_when_the_policy_files_cannot_be_read(tmp_path, fake_cloud, monkeypatch):
    def deny(self, force_reload=False):
        raise PermissionError(13, "Permission denied")

    with policy_settings(**used_rules_only(tmp_path)):
        monkeypatch.setattr(Enforcer, "load_rules", deny)
        assert allowed_rules(fake_cloud, ADMIN) == set()


@pytest.mark.changed_policy_files
def test_policy_file_that_becomes_malformed_refuses_the_rule(tmp_path, fake_cloud):
    """oslo.policy raises one error, and then decides by the last rules that it could read."""
    file = tmp_path / "own.yaml"
    file.write_text("{}")
    rule = "os_compute_api:os-migrations:index"
    with policy_settings(POLICY_FILES={"compute": str(file)}):
        assert allowed(request_of(fake_cloud, *ADMIN), rule)
        file.write_text('"a": [')
        os.utime(file, (0, 2**31))
        assert not allowed(request_of(fake_cloud, *ADMIN), rule)


def test_engine_checks_each_rule_once_per_request_and_project(fake_cloud, monkeypatch):
    checked = []
    real = policy.check
    monkeypatch.setattr(policy, "check", lambda rules, *rest: checked.append(rules) or real(rules, *rest))
    rules = [ACTIONS[slug].rule for slug in ("abort", "confirm") for _row in range(20)]
    for roles in (ADMIN, MEMBER):
        request = request_of(fake_cloud, *roles)
        decided = [allowed(request, rule, project) for project in ("p1", "p2") for rule in rules]
        assert len(checked) == 4
        assert [allowed(request_of(fake_cloud, *roles), rule, "p1") for rule in rules] == decided[:40]
        checked.clear()


@pytest.mark.parametrize("changed", [missing_file, without_engine], ids=lambda change: change.__name__)
def test_panels_are_closed_when_the_engine_cannot_decide(tmp_path, fake_cloud, viewer_client, changed):
    paths = ("/admin/migrations/status/", "/project/migrations/status/", "/admin/migrations/hosts/")
    with policy_settings(**changed(tmp_path)):
        assert {viewer_client.get(path, headers=JSON).status_code for path in paths} == {403}
        assert fake_cloud.panel_calls == []


@pytest.mark.parametrize("user_client", ["viewer_client", "helpdesk_client"])
def test_admin_panel_is_closed_on_an_old_horizon(horizon_26, request, fake_cloud, user_client):
    client = request.getfixturevalue(user_client)
    paths = ("", "status/", "history/", "instances/", "hosts/", "hosts/compute-01/drain/")
    assert {client.get(f"/admin/migrations/{path}", headers=HTML).status_code for path in paths} == {403}
    assert fake_cloud.panel_calls == []


def test_admin_panel_is_open_to_administrators_on_an_old_horizon(default_horizon_26, fake_cloud, admin_client):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    page = admin_client.get("/admin/migrations/")
    assert page.status_code == 200
    assert 'href="/admin/migrations/hosts/"' in page.content.decode()


def test_error_shown_to_a_manager_names_no_host_on_an_old_horizon(horizon_26, fake_cloud, helpdesk_client):
    secret = "compute-17.secret.example"
    fake_cloud.on("GET", "/v2.1/servers/*", json=server(**{"OS-EXT-SRV-ATTR:host": None}))
    fake_cloud.on("GET", "/network/v2.0/ports", json=ports("normal"))
    refused = fault("badRequest", 400, f"Compute host {secret} could not be found.")
    fake_cloud.on("POST", "/v2.1/servers/*/action", json=refused, status=400)
    page = helpdesk_client.post(f"/project/migrations/{INSTANCE}/live/", {"destination": ""})
    assert page.status_code == 200
    assert secret not in page.content.decode()


def test_failure_reason_shown_to_a_manager_names_no_host_on_an_old_horizon(horizon_26, fake_cloud, helpdesk_client):
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
