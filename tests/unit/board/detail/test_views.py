# SPDX-License-Identifier: Apache-2.0
"""The page of one migration within Horizon's frame."""

import re
from html import unescape
from threading import Barrier

import pytest

from migration_panel.migrate.sent import SentRequest
from tests.support.board_actions import page_text
from tests.support.board_migrations import LIST
from tests.support.nova_answers import (
    EVENT,
    INSTANCE,
    MIGRATION,
    REQUEST,
    action,
    actions,
    fault,
    listed,
    live_progress,
    server,
    without_admin_fields,
)

PAGE = f"/admin/migrations/{MIGRATION}/"
OWN = f"/project/migrations/{MIGRATION}/"
HINT = {"instance": INSTANCE}
ACTIONS = f"/v2.1/servers/{INSTANCE}/os-instance-actions"
FIGURES = f"/v2.1/servers/{INSTANCE}/migrations"
OTHER = "11111111-2222-4333-8444-555555555555"
GOOD = {"event": "compute_live_migration", "result": "Success", "details": None}


@pytest.fixture
def nova(fake_cloud):
    """One live migration of web-03 that every host refused."""
    fake_cloud.on("GET", LIST, json=listed({"status": "error"}))
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", ACTIONS, json=actions({}))
    fake_cloud.on("GET", f"{ACTIONS}/{REQUEST}", json=action({}))
    return fake_cloud


def running(nova, **figures):
    nova.on("GET", LIST, json=listed({"status": "running"}))
    nova.on("GET", FIGURES, json=live_progress(**figures))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action(GOOD))


def shown(client, address=PAGE, **query):
    response = client.get(address, HINT | query)
    assert response.status_code == 200
    return page_text(response)


def test_page_shows_status_reason_properties_steps_and_commands(nova, admin_client):
    page = shown(admin_client)
    assert "Migration of web-03" in page
    assert f'id="migration-{MIGRATION}"' in page
    assert "is not on shared storage" in page
    for fact in ("compute-01", "compute-02", REQUEST, "42 s", "error"):
        assert f"<dd>{fact}</dd>" in page
    assert 'title="Event in Nova: compute_check_can_live_migrate_source"' in page
    assert "Check by the source host" in page
    assert f"openstack server event show {INSTANCE} {REQUEST}" in page
    assert f'href="/admin/instances/{INSTANCE}/detail"' in page
    assert 'href="/admin/hypervisors/"' in page


def test_page_of_a_running_migration_costs_five_calls(nova, admin_client):
    running(nova)
    admin_client.get("/admin/migrations/status/")
    nova.forget()
    shown(admin_client)
    assert sorted(nova.panel_calls) == sorted(
        [f"GET {LIST}", f"GET /v2.1/servers/{INSTANCE}", f"GET {ACTIONS}", f"GET {ACTIONS}/{REQUEST}", f"GET {FIGURES}"]
    )


def test_independent_calls_run_at_once(nova, admin_client):
    admin_client.get("/admin/migrations/status/")
    waiting = Barrier(3)

    def together(answer):
        return lambda call: waiting.wait(60) is not None and answer

    nova.on("GET", LIST, json=together(listed({"status": "error"})))
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=together(server()))
    nova.on("GET", ACTIONS, json=together(actions({})))
    shown(admin_client)


def test_page_polls_its_instance_only(nova, admin_client):
    page = admin_client.get(PAGE, HINT).content.decode()
    board = re.search(r"<div[^>]*data-migration-board.*?>", page, re.DOTALL).group()
    assert "data-fixed" in board
    assert f'data-instance="{INSTANCE}"' in board


def test_other_migrations_of_the_instance_are_left_out(nova, admin_client):
    newer = {"id": 43, "uuid": OTHER, "created_at": "2026-11-22T12:05:00.000000"}
    nova.on("GET", LIST, json=listed(newer, {"status": "error"}))
    page = shown(admin_client)
    assert OTHER not in page
    assert ">Retry<" not in page


def test_figures_become_a_chart(nova, admin_client):
    mib = 1024 * 1024
    for second, left in (("12", 3072), ("22", 1024)):
        running(nova, memory_remaining_bytes=left * mib, updated_at=f"2026-11-22T12:00:{second}.000000")
        page = shown(admin_client, part="1")
    assert 'points="0,0 600,80"' in page
    summary = "From 3 GiB to 1 GiB in 10 s. 1 pass."
    assert f'role="img" aria-label="Memory left to copy. {summary}"' in page
    assert "style=" not in page


def test_chart_has_axes_passes_and_a_table(nova, admin_client):
    mib = 1024 * 1024
    for second, left in (("00", 3072), ("10", 1024), ("20", 1536)):
        running(nova, memory_remaining_bytes=left * mib, updated_at=f"2026-11-22T12:00:{second}.000000")
        page = shown(admin_client, part="1")
    assert "<span>3 GiB</span><span>1.5 GiB</span><span>0 B</span>" in page
    assert "<span>12:00:00</span><span>12:00:10</span><span>12:00:20</span>" in page
    assert "Time in UTC." in page
    assert "2 passes. The last pass started with 1.5 GiB left." in page
    assert '<line class="migration-pass" x1="100.0%" x2="100.0%" y1="0" y2="100%" /> <text x="100.0%"' in page
    assert "<tr><td>12:00:20</td><td>1.5 GiB</td><td>2</td></tr>" in page


def test_copy_without_figures_is_not_available_yet(nova, admin_client):
    nova.on("GET", LIST, json=listed({"status": "preparing", "updated_at": "2026-11-22T12:00:50.000000"}))
    page = shown(admin_client)
    chart = page.partition('data-part="chart"')[2].partition('data-part="steps"')[0]
    assert "Not available yet" in chart
    assert "<svg" not in chart


def test_times_of_the_chart_are_in_the_readers_zone(nova, admin_client):
    admin_client.cookies["django_timezone"] = "Asia/Tokyo"
    for second in ("12", "22"):
        running(nova, memory_remaining_bytes=int(second), updated_at=f"2026-11-22T12:00:{second}.000000")
        page = shown(admin_client, part="1")
    assert "<span>21:00:12</span>" in page
    assert "Time in JST." in page


def test_values_that_nova_will_have_later_are_not_available_yet(nova, admin_client):
    nova.on("GET", LIST, json=listed({"status": "accepted", "dest_compute": None, "updated_at": None}))
    page = shown(admin_client)
    for label in ("Destination host", "Ended", "Duration"):
        assert f"<dt>{label}</dt><dd>Not available yet</dd>" in page


def test_details_have_no_row_without_a_value(nova, admin_client):
    nova.on("GET", ACTIONS, status=403, json=fault("fault", 403, "no"))
    facts = shown(admin_client).partition('data-part="facts"')[2].partition("</dl>")[0]
    assert "Request ID" not in facts
    assert "Requested by" not in facts
    assert "Reference" not in facts
    assert "<dd></dd>" not in facts
    assert "\N{EN DASH}" not in facts


def test_type_and_reference_are_those_of_the_request(nova, admin_client, monkeypatch):
    """Nova does not record block migration."""
    monkeypatch.setattr(
        "migration_panel.board.detail.views.sent_request",
        lambda _request, instance, request_id: {(INSTANCE, REQUEST): SentRequest("live-block", "<b>4711</b>")}.get(
            (instance, request_id)
        ),
    )
    page = shown(admin_client)
    assert "<dt>Type</dt><dd>Live block</dd>" in page
    assert "<dt>Reference</dt><dd>&lt;b&gt;4711&lt;/b&gt;</dd>" in page
    summary = page.partition('data-part="summary"')[2].partition("</pre>")[0]
    assert "Type: Live block" in summary
    assert "Reference: &lt;b&gt;4711&lt;/b&gt;" in summary


def test_part_is_the_page_below_the_row(nova, admin_client):
    response = admin_client.get(PAGE, HINT | {"part": "1"})
    assert "no-store" in response["Cache-Control"]
    # After it comes a comment of random length, Django's guard against BREACH.
    part = page_text(response).partition("<!--")[0].strip()
    assert part in shown(admin_client)
    assert "navbar" not in part


def test_address_without_instance_searches_the_lists_of_the_board(nova, admin_client):
    response = admin_client.get(PAGE)
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}?instance={INSTANCE}")
    assert [call for call in nova.panel_calls if call != "GET /v2.1"] == [f"GET {LIST}"] * 2


@pytest.mark.parametrize("hint", [{}, HINT, {"instance": "x"}], ids=["no instance", "instance", "no UUID"])
def test_unknown_migration_is_a_404_page_of_horizon(nova, admin_client, hint):
    nova.on("GET", LIST, json=listed())
    response = admin_client.get(PAGE, hint)
    assert response.status_code == 404
    assert "The instance or migration was not found." in page_text(response)
    assert "navbar" in page_text(response)


def test_page_reports_an_error_of_nova(nova, admin_client):
    nova.on("GET", LIST, status=503, json=fault("serviceUnavailable", 503, "down"))
    response = admin_client.get(PAGE, HINT)
    assert response.status_code == 503
    assert "The compute service (Nova) returned no usable answer." in page_text(response)
    assert admin_client.get(PAGE, HINT | {"part": "1"}).status_code == 503


def steps_of(page):
    return page.partition('data-part="steps"')[2].partition("</section>")[0]


def test_reason_beside_the_status_is_not_repeated_in_the_timeline(nova, admin_client):
    check = "compute_check_can_live_migrate_destination"
    first = {"event": check, "details": "Unacceptable CPU info", "finish_time": "2026-11-22T12:00:02.000000"}
    wrapped = {"event": check, "details": f"Migration pre-check error: {EVENT['details']}"}
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action(first, wrapped, {}))
    page = shown(admin_client)
    assert f"Nova refused the migration: “{EVENT['details']}”" in page
    steps = steps_of(page)
    assert steps.count('<span class="migration-outcome">Failed</span>') == 3
    assert "is not on shared storage" not in steps
    # An earlier attempt failed for another reason.
    assert "Unacceptable CPU info" in steps


def test_error_of_nova_is_a_quotation(nova, admin_client):
    nova.on("GET", ACTIONS, status=503, json=fault("fault", 503, "no"))
    assert "Reason: “HTTP 503: no”" in steps_of(shown(admin_client))


def test_page_redirects_to_login_when_session_expired(nova, admin_client):
    for path in (LIST, f"/v2.1/servers/{INSTANCE}", ACTIONS):
        nova.on("GET", path, status=401, json={"error": {"code": 401, "message": "expired"}})
    response = admin_client.get(PAGE, HINT)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


@pytest.mark.parametrize("status", [403, 500, 503])
def test_page_is_shown_without_steps(nova, admin_client, status):
    nova.on("GET", ACTIONS, status=status, json=fault("fault", status, "no"))
    page = shown(admin_client)
    assert "The timeline could not be loaded." in page
    assert "Failed" in page


def test_manager_sees_neither_hosts_nor_error_texts(nova, helpdesk_client):
    nova.on("GET", LIST, json=listed({"status": "error", "source_compute": None, "dest_compute": None}))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=without_admin_fields(action({})))
    page = shown(helpdesk_client, OWN)
    assert "compute-0" not in page
    assert "is not on shared storage" not in page
    assert page.count("Only administrators can see the hosts and the error texts.") == 1
    assert "Only administrators can see the reason." in page
    facts = page.partition('data-part="facts"')[2].partition("</dl>")[0]
    assert "host" not in facts
    assert "/admin/" not in page
    assert {call.query["project_id"] for call in nova.made("GET", LIST)} == {"demo-id"}


def test_administrator_is_not_referred_to_administrators(nova, admin_client):
    """Before 2.62, Nova returns no host with an event; a migration that waits for a host has no destination."""
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action({"host": None}))
    nova.on("GET", LIST, json=listed({"status": "error", "source_compute": None, "dest_compute": None}))
    assert "Only administrators" not in shown(admin_client)


def test_error_text_of_nova_is_a_quotation_in_place_of_the_timeline(nova, admin_client):
    nova.on("GET", ACTIONS, status=503, json=fault("fault", 503, "Database is down."))
    assert "returned no usable answer. Reason: “HTTP 503: Database is down.”" in shown(admin_client)


def test_manager_hands_over_ids_and_time_after_a_failure(nova, helpdesk_client):
    nova.on("GET", LIST, json=listed({"status": "error", "source_compute": None, "dest_compute": None}))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=without_admin_fields(action({})))
    handed = shown(helpdesk_client, OWN).partition('data-part="summary"')[2].partition("</pre>")[0]
    assert "Ask an administrator, and hand over this summary." in handed
    assert "the request ID and the time." in handed
    for value in (INSTANCE, REQUEST, "2026-11-22 12:00:42 UTC"):
        assert value in handed


def test_manager_hands_over_what_is_known(nova, helpdesk_client):
    nova.on("GET", LIST, json=listed({"status": "error", "source_compute": None, "dest_compute": None}))
    nova.on("GET", ACTIONS, status=503, json=fault("fault", 503, "no"))
    assert "It contains the instance ID and the time." in shown(helpdesk_client, OWN)


def test_page_sends_no_manager_to_a_log(nova, helpdesk_client):
    nova.on("GET", LIST, json=listed({"status": "error", "source_compute": None, "dest_compute": None}))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=without_admin_fields(action({})))
    part = shown(helpdesk_client, OWN, part="1")
    assert re.search(r"\blogs?\b", part) is None


@pytest.mark.parametrize("status", ["error", "completed"])
def test_administrator_has_nothing_to_hand_over(nova, admin_client, status):
    nova.on("GET", LIST, json=listed({"status": status}))
    assert "hand over" not in shown(admin_client)


def test_manager_has_nothing_to_hand_over_after_a_success(nova, helpdesk_client):
    nova.on("GET", LIST, json=listed({"source_compute": None, "dest_compute": None}))
    assert "hand over" not in shown(helpdesk_client, OWN)


def test_viewer_is_refused(nova, viewer_client):
    assert viewer_client.get(OWN, HINT).status_code == 403
    assert nova.panel_calls == []


def test_deleted_instance_is_shown_by_its_id(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    assert f"Migration of {INSTANCE}" in shown(admin_client)


def test_names_and_texts_are_never_html_nor_templates(nova, admin_client):
    name = """<b>"Ops" & '{{ scope }}'</b>"""
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(name=name))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action({"details": name, "host": name, "event": name}))
    page = admin_client.get(PAGE, HINT).content.decode()
    assert '<b>"Ops"' not in page
    assert f"Migration of {name}" in unescape(page)


def test_rows_of_the_board_lead_to_it(nova, admin_client):
    page = admin_client.get("/admin/migrations/").content.decode()
    assert f'<a href="{PAGE}?instance={INSTANCE}"' in page


STATUS = "/admin/migrations/status/"
IN_ERROR = {"status": "ERROR"}
CANCEL = {"action": "live_migration_cancel", "start_time": "2026-11-22T12:00:41.000000"}


@pytest.mark.parametrize(
    ("record", "instance", "requests", "words"),
    [
        (
            {"status": "error"},
            IN_ERROR | {"OS-EXT-SRV-ATTR:host": "compute-02"},
            [{}],
            "Check the guest on compute-02.",
        ),
        ({"status": "error"}, IN_ERROR, [CANCEL, {}], "aborted the migration. Nova set the instance to Error"),
        ({"status": "error"}, IN_ERROR, [{}], "the guest is still running on compute-01"),
        (
            {"status": "running", "updated_at": "2026-11-20T12:00:00.000000"},
            {},
            [{}],
            "and the instance has no task in progress",
        ),
    ],
    ids=["switched", "aborted", "unharmed", "stale"],
)
def test_page_and_board_show_the_same_row(nova, admin_client, record, instance, requests, words):
    nova.on("GET", LIST, json=listed(record))
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(**instance))
    nova.on("GET", FIGURES, json={"migrations": []})
    nova.on("GET", ACTIONS, json=actions(*requests))
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action(GOOD))
    page = unescape(shown(admin_client))
    [one] = admin_client.get(STATUS).json()["migrations"]
    assert words in one["reason"]
    # In the row, and in the summary for the ticket.
    assert page.count(one["reason"]) == 2


def test_page_of_a_deleted_instance_has_no_link_to_the_instance(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    page = shown(admin_client)
    assert "Failed, the instance was deleted later" in page
    assert f'href="/admin/instances/{INSTANCE}' not in page
    assert ">Retry<" not in page


@pytest.mark.parametrize(
    ("finished", "took"),
    [("2026-11-22T12:03:00.000000", "<dt>Duration</dt><dd>3 min 0 s</dd>"), (None, "")],
    ids=["known", "unknown"],
)
def test_duration_of_an_evacuation_ends_with_the_rebuild(nova, admin_client, finished, took):
    """The record changes again when the host comes back."""
    evacuation = {"migration_type": "evacuation", "status": "completed", "updated_at": "2026-11-25T12:00:00.000000"}
    nova.on("GET", LIST, json=listed(evacuation))
    nova.on("GET", ACTIONS, json=actions({"action": "evacuate"}))
    rebuilt = {"event": "compute_rebuild_instance", "result": "Success", "finish_time": finished}
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=action(rebuilt, action="evacuate"))
    page = shown(admin_client)
    assert took in page
    assert ("<dt>Duration</dt>" in page) is bool(took)
    assert "72 h" not in page
