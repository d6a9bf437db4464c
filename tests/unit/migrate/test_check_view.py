# SPDX-License-Identifier: Apache-2.0
"""The findings of a form: groups, refresh, and errors that block the submission."""

import re
from html import unescape

import pytest

from tests.support.case_ids import case_id
from tests.support.nova_answers import INSTANCE, SIX_HOSTS, server, services

ACTION = f"/v2.1/servers/{INSTANCE}/action"
BUSY = {"OS-EXT-STS:task_state": "rebooting"}
SUSPENDED = {"OS-EXT-STS:vm_state": "suspended", "status": "SUSPENDED"}
NO_HOST = "the host does not exist"


def form(kind="live", dashboard="admin"):
    return f"/{dashboard}/migrations/{INSTANCE}/{kind}/"


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", "/v2.1/os-services", json=services(*SIX_HOSTS))
    fake_cloud.on("POST", ACTION, status=202)
    return fake_cloud


def change_instance(nova, **changes):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(**changes))


def text_of(response):
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def may_submit(response):
    """Return whether the button is enabled.  The text beside it must agree."""
    text = text_of(response)
    button = re.search(r"<button[^>]*data-migrate[^>]*>", text).group()
    why = re.search(r'<span id="migration-blocked"[^>]*>', text).group()
    assert ("disabled" in button) == ('aria-describedby="migration-blocked"' in button) == ("hidden" not in why)
    return "disabled" not in button


@pytest.mark.parametrize("kind", ["cold", "live", "cold-block", "live-block"])
@pytest.mark.parametrize(
    ("changes", "free"), [({}, True), (BUSY, False), (SUSPENDED, False), ({"locked": True}, True)], ids=case_id
)
def test_button_is_disabled_by_errors_and_not_by_warnings(nova, admin_client, kind, changes, free):
    change_instance(nova, **changes)
    assert may_submit(admin_client.get(form(kind))) is free


def test_lock_disables_the_button_when_policy_does_not_override_it(nova, helpdesk_client):
    change_instance(nova, locked=True)
    assert not may_submit(helpdesk_client.get(form("live", "project")))


@pytest.mark.parametrize(
    ("kind", "destination", "free"),
    [
        ("live", "compute-02", True),
        ("live", "compute-05", False),
        ("live", "compute-01", False),
        ("live", "compute-77", False),
        ("live-block", "a b", False),
        ("cold", "compute-05", True),
        ("cold-block", "compute-77", True),
    ],
)
def test_destination_in_the_address_is_checked_when_the_field_is_enabled(nova, admin_client, kind, destination, free):
    response = admin_client.get(form(kind), {"destination": destination})
    assert may_submit(response) is free
    if kind.startswith("live"):
        assert re.search(f'<option value="{destination}"[^>]* selected>', response.content.decode())
    else:
        assert NO_HOST not in text_of(response)


@pytest.mark.parametrize("destination", ["compute-05", "compute-77"])
def test_chosen_option_stays_selected_when_the_host_does_not_fit(nova, admin_client, destination):
    """A browser does not send a disabled option: the scheduler would choose instead."""
    page = admin_client.get(form(), {"destination": destination}).content.decode()
    [option] = re.findall(f'<option value="{destination}"[^>]*>', page)
    assert "selected" in option
    assert "disabled" not in option


def test_findings_are_grouped_by_level(nova, admin_client):
    change_instance(nova, locked=True, **BUSY)
    text = text_of(admin_client.get(form()))
    groups = re.findall(
        r'<div class="migration-finding-(\w+)"> <h3[^>]*><span[^>]*aria-hidden[^>]*></span> ([^<]+)<', text
    )
    assert groups == [
        ("error", "Blocked by"), ("warning", "Warnings"), ("info", "Notes"),
    ]  # fmt: skip


def test_page_and_check_show_the_same_findings(nova, admin_client):
    change_instance(nova, **BUSY)
    body = admin_client.get(form() + "check/", {"html": "1"}).json()
    page = text_of(admin_client.get(form()))
    assert unescape(re.sub(r"\s+", " ", body["html"])).strip() in page
    assert body["blocked"] is True
    warnings = sum(finding["level"] == "warning" for finding in body["findings"])
    assert body["summary"] == f"Check finished. 1 error. {warnings} warnings."
    assert body["seen"] == "2026-11-20T08:00:10Z"


def test_check_returns_only_the_contract_to_scripts_and_renders_no_template(nova, admin_client):
    response = admin_client.get(form() + "check/")
    assert set(response.json()) == {"findings", "command"}
    assert response.templates == []


def test_names_in_a_finding_are_escaped(nova, admin_client):
    change_instance(nova, locked=True, locked_reason="<b>x</b>")
    assert "<b>x</b>" not in admin_client.get(form() + "check/", {"html": "1"}).json()["html"]


@pytest.mark.parametrize("kind", ["cold", "live-block"])
def test_submission_with_an_error_sends_nothing(nova, admin_client, kind):
    change_instance(nova, **BUSY)
    response = admin_client.post(form(kind), {"destination": ""})
    assert "Nothing was changed. The instance is busy with a task (Rebooting)" in text_of(response)
    assert nova.made("POST", ACTION) == []


def test_check_again_without_javascript_sends_nothing_and_keeps_the_choice(nova, admin_client):
    change_instance(nova, **BUSY)
    given = {"check": "1", "destination": "compute-03", "seen": "2026-11-20T08:00:10Z"}
    assert not may_submit(admin_client.post(form(), given))
    change_instance(nova, updated="2026-11-22T12:00:01Z")
    response = admin_client.post(form(), given)
    assert may_submit(response)
    assert 'name="seen" value="2026-11-22T12:00:01Z"' in text_of(response)
    assert re.search('<option value="compute-03"[^>]* selected>', response.content.decode())
    assert "has changed since" not in text_of(response)
    assert nova.made("POST", ACTION) == []


@pytest.mark.parametrize(
    ("kind", "destination", "note"),
    [
        ("live", "", ""),
        ("live", "compute-02", "--os-compute-api-version 2.30"),
        ("cold", "", "This form never names a host"),
        ("cold-block", "", "Cold block migration has no option of its own"),
    ],
)
def test_command_note_shows_how_the_command_differs(nova, admin_client, kind, destination, note):
    body = admin_client.get(form(kind) + "check/", {"destination": destination, "html": "1"}).json()
    assert note in body["note"]
    assert bool(note) == bool(body["note"])
    page = text_of(admin_client.get(form(kind), {"destination": destination}))
    assert f"data-command-note>{body['note']}<" in page


def test_failed_host_is_carried_to_other_types_and_after_a_refusal(nova, admin_client):
    page = text_of(admin_client.get(form(), {"failed": "compute-02", "destination": "compute-03"}))
    for kind in ("cold", "live", "cold-block", "live-block"):
        assert f'href="{form(kind)}?destination=compute-03&failed=compute-02"' in page
    [action] = re.findall(r'action="([^"]*/live/[^"]*)"', page)
    assert action == f"{form()}?failed=compute-02"
    again = text_of(admin_client.post(action, {"destination": "compute-05"}))
    assert "the last attempt failed on this host" in again
    assert f'action="{action}"' in again
