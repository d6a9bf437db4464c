# SPDX-License-Identifier: Apache-2.0
"""The four forms, the choice of the type, and the checks."""

import re

import pytest
from django.test import AsyncClient, Client

from migration_panel.exceptions import ServiceUnavailable
from migration_panel.migrate import views
from migration_panel.preflight.text import MISSING
from tests.support.case_ids import case_id
from tests.support.nova_answers import (
    INSTANCE,
    SIX_HOSTS,
    candidates,
    fault,
    hypervisors,
    listed,
    ports,
    server,
    services,
)

ACTION = f"/v2.1/servers/{INSTANCE}/action"
KINDS = ["cold", "live", "cold-block", "live-block"]
COLD = ["cold", "cold-block"]
LIVE = ["live", "live-block"]
BOARD = "/admin/migrations/"
NAMES = [host["host"] for host in SIX_HOSTS]


def form(kind, dashboard="admin"):
    return f"/{dashboard}/migrations/{INSTANCE}/{kind}/"


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def select_of(response):
    return re.search(r"<select[^>]*name=\"destination\".*?</select>", text_of(response)).group()


@pytest.fixture
def nova(fake_cloud):
    """web-03, active on compute-01, and six hosts; Nova accepts every migration."""
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", "/v2.1/os-services", json=services(*SIX_HOSTS))
    fake_cloud.on("GET", "/v2.1/os-hypervisors/detail", json=hypervisors(*NAMES))
    fake_cloud.on("GET", "/placement/allocation_candidates", json=candidates(*NAMES))
    fake_cloud.on("GET", "/network/v2.0/ports", json=ports("normal"))
    fake_cloud.on("POST", ACTION, status=202)
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    return fake_cloud


def sent(nova):
    return [call.body for call in nova.made("POST", ACTION)]


@pytest.mark.parametrize("kind", KINDS)
def test_form_opens_and_changes_nothing(nova, admin_client, kind):
    response = admin_client.get(form(kind))
    assert response.status_code == 200
    assert "Active · on compute-01" in text_of(response)
    assert "on compute-01" in text_of(response)
    assert sent(nova) == []


@pytest.mark.parametrize("kind", LIVE)
def test_destination_is_enabled_for_live_kinds(nova, admin_client, kind):
    select = select_of(admin_client.get(form(kind)))
    assert not re.search(r"<select[^>]*\bdisabled\b", select)
    assert re.findall(r'<option value="([^"]*)"', select) == [
        "", "compute-02", "compute-03", "compute-10", "compute-01", "compute-05", "compute-06",
    ]  # fmt: skip
    assert re.findall(r'<option value="([^"]*)"[^>]* disabled>', select) == ["compute-01", "compute-05", "compute-06"]
    assert re.findall(r'<optgroup label="([^"]*)"', select) == ["Fits", "Does not fit"]
    assert "disabled: “bad fan”" in select


@pytest.mark.parametrize("kind", COLD)
def test_destination_is_disabled_for_cold_kinds(nova, admin_client, kind):
    response = admin_client.get(form(kind))
    assert re.search(r"<select[^>]*\bdisabled\b", select_of(response))
    assert "Cold migrations: the scheduler chooses the host" in text_of(response)


@pytest.mark.parametrize("kind", LIVE)
def test_destination_is_disabled_for_a_manager_without_reading_hosts(nova, helpdesk_client, kind):
    response = helpdesk_client.get(form(kind, "project"))
    assert re.search(r"<select[^>]*\bdisabled\b", select_of(response))
    assert "Your role cannot choose the host" in text_of(response)
    assert nova.made("GET", "/v2.1/os-services") == []


@pytest.mark.parametrize(
    ("kind", "destination", "body"),
    [
        ("cold", "", {"migrate": {}}),
        ("cold-block", "", {"migrate": {}}),
        ("live", "", {"os-migrateLive": {"host": None, "block_migration": False}}),
        ("live", "compute-02", {"os-migrateLive": {"host": "compute-02", "block_migration": False}}),
        ("live-block", "", {"os-migrateLive": {"host": None, "block_migration": True}}),
        ("live-block", "compute-02", {"os-migrateLive": {"host": "compute-02", "block_migration": True}}),
    ],
    ids=case_id,
)
def test_submission_sends_the_action_and_redirects_to_the_board(nova, admin_client, kind, destination, body):
    response = admin_client.post(form(kind), {"destination": destination})
    assert response.status_code == 302
    assert response["Location"] == BOARD
    assert sent(nova) == [body]


@pytest.mark.parametrize(
    ("kind", "destination", "reason"),
    [
        *((kind, "compute-02", "Cold migrations: the scheduler chooses the host") for kind in COLD),
        *((kind, "compute-77", "Compute host “compute-77” does not exist") for kind in LIVE),
        *((kind, "compute-01", "is already on compute-01") for kind in LIVE),
        *((kind, "compute-05", "compute-05 is down") for kind in LIVE),
        *((kind, "compute-06", "compute-06 is disabled: “bad fan”") for kind in LIVE),
        *((kind, "a b;<i>c</i>", "“a b;&lt;i&gt;c&lt;/i&gt;” is not a valid host name") for kind in LIVE),
        *((kind, "x" * 256, "at most 255 characters") for kind in LIVE),
    ],
    ids=case_id,
)
def test_impossible_destination_is_a_field_error(nova, admin_client, kind, destination, reason):
    response = admin_client.post(form(kind), {"destination": destination})
    assert response.status_code == 200
    assert reason in re.search(r'has-error">.*', text_of(response)).group()
    assert sent(nova) == []


def test_forged_destination_of_a_manager_is_refused(nova, helpdesk_client):
    response = helpdesk_client.post(form("live", "project"), {"destination": "compute-02"})
    assert "Your role cannot choose the host: the scheduler chooses the host." in text_of(response)
    assert sent(nova) == []


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (409, "conflictingRequest", f"Instance {INSTANCE} is locked"),
        (409, "conflictingRequest", f"Cannot 'migrate' instance {INSTANCE} while it is in task_state migrating"),
        (400, "badRequest", "Compute host nope could not be found."),
        (403, "forbidden", "Policy doesn't allow os_compute_api:os-migrate-server:migrate_live to be performed."),
    ],
)
def test_refusal_shows_the_form_again_with_novas_text(nova, admin_client, status, kind, message):
    nova.on("POST", ACTION, status=status, json=fault(kind, status, message))
    response = admin_client.post(form("live"), {"destination": "compute-02"})
    assert response.status_code == 200
    assert message.replace("'", "&#x27;") in text_of(response)
    assert re.search(r'value="compute-02"[^>]* selected>', select_of(response))


def test_form_after_a_refusal_says_why_capacity_is_unknown(nova, admin_client, monkeypatch):
    """Nova refuses the migration, and does not answer the look-up for the form either."""

    async def unavailable(*args, **kwargs):
        raise ServiceUnavailable()

    monkeypatch.setattr(views, "read_case", unavailable)
    nova.on("POST", ACTION, status=409, json=fault("conflictingRequest", 409, "Not now."))
    response = admin_client.post(form("live"), {"destination": "compute-02"})
    assert response.status_code == 200
    assert str(MISSING["not-needed"]) in text_of(response)


def with_newer_source(nova):
    """The hypervisor of compute-01, where the instance is, is newer than all the others."""
    newer = [{"host": name, "hypervisor_version": 9002000 if name == "compute-01" else 8002000} for name in NAMES]
    nova.on("GET", "/v2.1/os-hypervisors/detail", json=hypervisors(*newer))


@pytest.mark.parametrize("kind", LIVE)
def test_hosts_with_older_hypervisors_are_offered_with_a_warning(nova, admin_client, kind):
    """An operator may have switched Nova's check off, which its API does not show."""
    with_newer_source(nova)
    response = admin_client.get(form(kind))
    assert re.search(r'<option value="compute-02"(?![^>]* disabled)[^>]*>[^<]*older hypervisor', select_of(response))
    assert not re.search(r"data-migrate disabled", text_of(response))
    body = admin_client.get(form(kind) + "check/", {"destination": "compute-02"}).json()
    levels = {finding["code"]: finding["level"] for finding in body["findings"]}
    assert levels["destination-older"] == "warning"
    assert "error" not in levels.values()


@pytest.mark.parametrize("destination", ["", "compute-02"])
def test_nova_decides_on_hosts_with_older_hypervisors(nova, admin_client, destination):
    with_newer_source(nova)
    assert admin_client.post(form("live"), {"destination": destination}).status_code == 302
    assert sent(nova) == [{"os-migrateLive": {"host": destination or None, "block_migration": False}}]


HINT = "compute-02 may be in another cell"


@pytest.mark.parametrize(
    ("destination", "message", "hinted"),
    [
        ("compute-02", "Compute host compute-02 could not be found.", True),
        ("compute-02", "Instance is locked", False),
        ("", "Compute host compute-02 could not be found.", False),
    ],
)
def test_host_that_nova_lists_and_does_not_find_may_be_in_another_cell(
    nova, admin_client, destination, message, hinted
):
    nova.on("POST", ACTION, status=400, json=fault("badRequest", 400, message))
    response = admin_client.post(form("live"), {"destination": destination})
    assert (HINT in text_of(response)) is hinted


def test_novas_text_is_escaped(nova, admin_client):
    nova.on("POST", ACTION, status=409, json=fault("conflictingRequest", 409, "<script>alert(1)</script>"))
    assert "<script>alert(1)" not in admin_client.post(form("live")).content.decode()


def test_second_submission_of_a_form_is_not_sent(nova, admin_client):
    seen = re.search(r'name="seen" value="([^"]+)"', text_of(admin_client.get(form("live")))).group(1)
    assert admin_client.post(form("live"), {"destination": "", "seen": seen}).status_code == 302
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(updated="2026-11-22T12:00:01Z"))
    again = admin_client.post(form("live"), {"destination": "", "seen": seen})
    assert "has changed since this form was opened" in text_of(again)
    assert 'name="seen" value="2026-11-22T12:00:01Z"' in text_of(again)
    assert len(sent(nova)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_instance_is_horizons_404_page(nova, admin_client, kind):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    for response in (admin_client.get(form(kind)), admin_client.post(form(kind))):
        assert response.status_code == 404
        assert "navbar" in text_of(response)


@pytest.mark.parametrize("path", ["nonsense/cold/", f"{INSTANCE}/warm/", "cold/"])
def test_unknown_address_is_404(nova, admin_client, path):
    assert admin_client.get(BOARD + path).status_code == 404
    assert nova.panel_calls == []


def test_post_without_csrf_token_is_refused(nova, login):
    client = login(Client(enforce_csrf_checks=True))
    response = client.post(form("live"))
    assert "/auth/login/?csrf_failure" in response["Location"]
    assert nova.panel_calls == []


def test_role_without_the_rule_gets_403(nova, login):
    response = login(Client(), roles=("reader",)).get(form("live", "project"))
    assert response.status_code == 403


def test_page_shows_that_nova_is_down(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=503, json=fault("computeFault", 503, "oops"))
    response = admin_client.get(form("live"))
    assert response.status_code == 503
    assert "The compute service (Nova) returned no usable answer." in text_of(response)


def test_unreadable_hosts_leave_the_choice_to_the_scheduler(nova, admin_client):
    nova.on("GET", "/v2.1/os-services", status=500, json=fault("computeFault", 500, "oops"))
    assert re.findall(r'<option value="([^"]*)"', select_of(admin_client.get(form("live")))) == [""]
    assert admin_client.post(form("live"), {"destination": ""}).status_code == 302


def test_template_syntax_in_a_name_stays_text(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(name="{{ 7|add:35 }}{% now 'Y' %}"))
    text = text_of(admin_client.get(form("live")))
    assert "{{ 7|add:35 }}{% now &#x27;Y&#x27; %}" in text
    assert "42" not in re.search(r"<h1.*?</h1>", text).group()


def test_modal_contains_only_the_form(nova, admin_client):
    response = admin_client.get(form("live"), headers={"X-Requested-With": "XMLHttpRequest"})
    assert "modal-content" in text_of(response)
    assert "<body" not in text_of(response)


def test_other_types_keep_the_destination(nova, admin_client):
    text = text_of(admin_client.get(form("cold"), {"destination": "compute-02"}))
    for kind in KINDS:
        assert f'href="{form(kind)}?destination=compute-02"' in text


def test_form_makes_five_calls_and_submission_three(nova, admin_client):
    admin_client.get(form("live"))
    nova.forget()
    admin_client.get(form("live-block"))
    assert sorted(nova.panel_calls) == [
        "GET /network/v2.0/ports", "GET /placement/allocation_candidates", "GET /v2.1/os-hypervisors/detail",
        "GET /v2.1/os-services", f"GET /v2.1/servers/{INSTANCE}",
    ]  # fmt: skip
    nova.forget()
    admin_client.post(form("live-block"), {"destination": "compute-02"})
    assert sorted(nova.panel_calls) == [
        "GET /v2.1/os-services", f"GET /v2.1/servers/{INSTANCE}", f"POST {ACTION}",
    ]  # fmt: skip


def test_check_returns_findings_and_command(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(locked=True, **{"OS-EXT-STS:task_state": "rebooting"}))
    body = admin_client.get(form("live-block") + "check/", {"destination": "compute-05"}).json()
    assert {(finding["level"], finding["code"]) for finding in body["findings"]} == {
        ("error", "task-state"), ("error", "destination-down"), ("warning", "locked"), ("info", "copied"),
        ("info", "rules-untold"),
    }  # fmt: skip
    assert body["command"] == (
        f"openstack server migrate --live-migration --block-migration --host compute-05 {INSTANCE}"
    )


async def test_check_is_served_by_asgi_too(nova, login):
    response = await login(AsyncClient()).get(form("cold") + "check/")
    duration = "Estimated duration: Less than a minute, at an assumed rate of 100 MiB/s (setting BANDWIDTH)."
    copied = {"level": "info", "code": "copied", "message": f"No data is copied. {duration}", "remedy": duration}
    assert response.json() == {"findings": [copied], "command": f"openstack server migrate {INSTANCE}"}


def test_check_of_an_unknown_instance_is_404(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    response = admin_client.get(form("live") + "check/")
    assert response.status_code == 404
    assert "not found" in response.json()["error"]


def test_choice_shows_all_four_types_with_their_errors(nova, admin_client):
    shut_off = server(status="SHUTOFF", **{"OS-EXT-STS:vm_state": "stopped"})
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=shut_off)
    text = text_of(admin_client.get(f"{BOARD}instances/{INSTANCE}/"))
    assert all(form(kind) in text for kind in KINDS)
    assert text.count("live migration requires an active or paused instance") == 2


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        (
            {},
            (
                "If not, choose live or live block. If yes, all types are possible.",
                "Probably. Choose live block or cold block, which copy the disk.",
                "Recommended type: Live block.",
            ),
        ),
        (
            {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "image": ""},
            (
                "The instance is already shut off. Choose cold or cold block.",
                "No, the disk is on a volume. Choose live or cold, which copy no disk.",
                "Recommended type: Cold.",
            ),
        ),
        (
            {"status": "PAUSED", "OS-EXT-STS:vm_state": "paused"},
            ("The instance is paused. Choose live or live block.", "Probably.", "Recommended type: Live block."),
        ),
        (
            {"status": "SUSPENDED", "OS-EXT-STS:vm_state": "suspended"},
            (
                "The status of the instance is Suspended.",
                "Probably.",
                "No type is recommended.</strong> Each type shows what blocks the migration.",
            ),
        ),
    ],
    ids=["running", "shut off", "paused", "suspended"],
)
def test_choice_has_two_questions_and_one_answer(nova, admin_client, changes, answers):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(**changes))
    text = text_of(admin_client.get(f"{BOARD}instances/{INSTANCE}/"))
    lines = re.findall(r"<li>.*?</li>", re.search(r'<section class="migration-which".*?</section>', text).group())
    assert len(lines) == 3
    assert all(answer in line for answer, line in zip(answers, lines, strict=True))


@pytest.mark.parametrize(
    ("state", "image", "recommended"),
    [("active", "image", "live-block"), ("active", "", "live"), ("stopped", "", "cold")],
    ids=["local disk", "volume", "shut off"],
)
def test_choice_leads_on_to_the_recommended_type(nova, admin_client, state, image, recommended):
    changes = {"OS-EXT-STS:vm_state": state, "image": {"id": image} if image else ""}
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(**changes))
    response = admin_client.get(f"{BOARD}instances/{INSTANCE}/?recommended")
    assert (response.status_code, response.headers["Location"]) == (302, form(recommended))


def test_choice_is_shown_if_no_type_is_recommended(nova, admin_client):
    suspended = server(status="SUSPENDED", **{"OS-EXT-STS:vm_state": "suspended"})
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=suspended)
    response = admin_client.get(f"{BOARD}instances/{INSTANCE}/?recommended")
    assert response.status_code == 200
    assert all(form(kind) in text_of(response) for kind in KINDS)


OTHER = "11111111-0000-4000-8000-000000000001"


def evacuated(nova, *instances, host="compute-02"):
    """nova-compute on the host has not been restarted since the instances were evacuated from it."""
    own = {"migration_type": "evacuation", "status": "done", "source_compute": host}
    nova.on(
        "GET", "/v2.1/os-migrations", json=listed(*(own | {"instance_uuid": instance_id} for instance_id in instances))
    )


@pytest.mark.parametrize(
    ("instance_id", "code", "reason"),
    [
        (
            OTHER,
            "destination-evacuated",
            "deletes all evacuated instances (1) there",
        ),
        (INSTANCE, "destination-evacuated-itself", "The instance was evacuated from compute-02"),
    ],
    ids=case_id,
)
@pytest.mark.parametrize("kind", LIVE)
def test_host_not_restarted_since_an_evacuation_is_refused(nova, admin_client, kind, instance_id, code, reason):
    """The next restart of nova-compute deletes an instance that returned."""
    evacuated(nova, instance_id)
    select = select_of(admin_client.get(form(kind)))
    assert re.search(r'<option value="compute-02"[^>]* disabled>', select)
    body = admin_client.get(form(kind) + "check/", {"destination": "compute-02"}).json()
    assert ("error", code) in {(finding["level"], finding["code"]) for finding in body["findings"]}
    response = admin_client.post(form(kind), {"destination": "compute-02"})
    assert reason in re.search(r'has-error">.*', text_of(response)).group()
    assert sent(nova) == []


def test_submission_of_a_script_reads_evacuations(nova, admin_client):
    """The script does not open a form before."""
    evacuated(nova, INSTANCE)
    admin_client.post(form("live"), {"destination": "compute-02"})
    assert sent(nova) == []


@pytest.mark.parametrize("kind", KINDS)
def test_check_warns_when_the_scheduler_may_choose_the_evacuated_host(nova, admin_client, kind):
    evacuated(nova, INSTANCE)
    body = admin_client.get(form(kind) + "check/").json()
    assert ("warning", "evacuated-from") in {(finding["level"], finding["code"]) for finding in body["findings"]}


@pytest.mark.parametrize(
    ("role", "remedy"), [("admin", "first; administrators can also migrate"), ("manager", "or ask an")]
)
def test_remedy_is_for_the_users_role(nova, login, role, remedy):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(locked=True))
    client = login(Client(), roles=(role, "member", "reader"))
    [locked] = [
        found
        for found in client.get(form("live", "project") + "check/").json()["findings"]
        if found["code"] == "locked"
    ]
    assert remedy in locked["remedy"]
    assert remedy in text_of(client.get(form("live", "project")))


def test_manager_sees_no_evacuations(nova, helpdesk_client):
    evacuated(nova, INSTANCE)
    body = helpdesk_client.get(form("live", "project") + "check/").json()
    assert not {finding["code"] for finding in body["findings"]} & {"evacuated-from", "evacuations-unknown"}
    assert nova.made("GET", "/v2.1/os-migrations") == []


def test_check_does_not_suggest_evacuation_from_a_cell_that_is_down(nova, admin_client):
    """Nova reports only the name of a service in the cell, not its state."""
    record = {"binary": "nova-compute", "host": "compute-01", "status": "UNKNOWN"}
    nova.on("GET", "/v2.1/os-services", json={"services": [record, *services({"host": "compute-02"})["services"]]})
    body = admin_client.get(form("live") + "check/").json()
    codes = {finding["code"] for finding in body["findings"]}
    assert "cell-down" in codes
    assert not codes & {"source-down", "source-disabled"}
    assert "evacuate" not in str(body["findings"])


@pytest.mark.parametrize("kind", KINDS)
def test_bare_metal_is_not_migrated(nova, admin_client, kind):
    metal = [{"host": name, "hypervisor_type": "ironic"} for name in NAMES]
    nova.on("GET", "/v2.1/os-hypervisors/detail", json=hypervisors(*metal))
    body = admin_client.get(form(kind) + "check/").json()
    assert ("error", "driver") in {(finding["level"], finding["code"]) for finding in body["findings"]}
