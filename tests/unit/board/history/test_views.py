# SPDX-License-Identifier: Apache-2.0
"""The page of past migrations within Horizon's frame: filters and pages."""

import re

import pytest

from tests.support.board_migrations import LIST, instance, list_migrations, progress_path, record
from tests.support.history_pages import PAGE, link, list_ten_migrations, queries, row_numbers, text
from tests.support.nova_answers import INSTANCE, action, actions, fault, listed, live_progress, server

ODD = """<b>"Ops" & 'QA'</b>"""
ESCAPED = "&lt;b&gt;&quot;Ops&quot; &amp; &#x27;QA&#x27;&lt;/b&gt;"


@pytest.fixture
def nova(fake_cloud):
    return list_ten_migrations(fake_cloud)


@pytest.fixture
def by_three(settings):
    settings.API_RESULT_PAGE_SIZE = 3


def test_page_shows_rows_of_one_list(nova, admin_client):
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert row_numbers(response) == list(range(10, 0, -1))
    assert "vm-10" in text(response)
    assert [call.query for call in nova.made("GET", LIST)] == [{"limit": "21"}]


def test_rows_of_others_are_kept_out_by_the_script(nova, admin_client):
    assert " data-fixed " in text(admin_client.get(PAGE))
    assert "data-fixed" not in text(admin_client.get("/admin/migrations/"))


@pytest.mark.usefixtures("by_three")
def test_pages_lead_there_and_back(nova, admin_client):
    response, pages = admin_client.get(PAGE), []
    assert link(response, "Newer") is None
    while older := link(response, "Older"):
        pages.append(row_numbers(response))
        response = admin_client.get(older)
    assert [*pages, row_numbers(response)] == [[10, 9, 8], [7, 6, 5], [4, 3, 2], [1]]
    back = []
    while newer := link(response, "Newer"):
        response = admin_client.get(newer)
        back.append(row_numbers(response))
    assert back == pages[::-1]
    assert {call.query["limit"] for call in nova.made("GET", LIST)} == {"4"}


def test_page_without_rows_and_without_other_pages_says_so(nova, admin_client):
    list_migrations(nova)
    page = text(admin_client.get(PAGE, {"status": "error"}))
    assert re.search(r'<p class="migration-empty" >\s*No matching migrations\.', page)
    assert 'class="migration-pages"' not in page


def test_filters_have_plain_labels_and_the_zone_of_their_times(nova, admin_client):
    admin_client.cookies["django_timezone"] = "Asia/Tokyo"
    page = text(admin_client.get(PAGE))
    labels = re.findall(r'<label class="control-label" for="\w+">([^<]+)</label>', page)
    assert labels == [
        "Status",
        "Type",
        "Instance name or ID",
        "Source or destination host",
        "Project ID of the requester",
        "User ID of the requester",
        "Changed since",
        "Changed until",
    ]
    assert "Times are in the time zone Asia/Tokyo." in page
    assert '<option value="finished">Waiting for confirmation (finished)</option>' in page


@pytest.mark.usefixtures("by_three")
def test_filters_stay_from_page_to_page(nova, admin_client):
    typed = {"status": "completed", "host": "a&b", "user": "größe", "csrf": "x", "page": "9"}
    response = admin_client.get(PAGE, typed)
    response = admin_client.get(link(response, "Older"))
    response = admin_client.get(link(response, "Older"))
    response = admin_client.get(link(response, "Newer"))
    response = admin_client.get(link(response, "Newer"))
    assert row_numbers(response) == [10, 9, 8]
    assert queries(nova) == [{"status": "completed", "host": "a&b", "user_id": "größe"}] * 5
    assert "csrf" not in link(response, "Older")


@pytest.mark.usefixtures("by_three")
@pytest.mark.parametrize(
    "trail",
    ["x", ",,,", "<b>", "é", "../..", "x" * 2000],
    ids=["word", "commas", "markup", "not ASCII", "path", "long"],
)
def test_strange_trail_leads_back_to_the_first_page(nova, admin_client, trail):
    response = admin_client.get(PAGE, {"marker": instance(5), "trail": trail})
    assert row_numbers(response) == [4, 3, 2]
    assert row_numbers(admin_client.get(link(response, "Newer"))) == [10, 9, 8]


@pytest.mark.usefixtures("by_three")
def test_trail_does_not_grow_for_ever(nova, admin_client):
    trail = ",".join(instance(5) for _ in range(80))
    older = link(admin_client.get(PAGE, {"marker": instance(5), "trail": trail}), "Older")
    assert len(older) < 2500


@pytest.mark.parametrize(("size", "limit"), [(0, "2"), (-5, "2"), (1000, "1000"), (5000, "1000")])
def test_page_size_is_within_the_limit_of_nova(nova, admin_client, settings, size, limit):
    """Horizon's users choose the size of a page. Nova cuts a list at 1,000 records without an error."""
    settings.API_RESULT_PAGE_SIZE = size
    assert admin_client.get(PAGE).status_code == 200
    assert [call.query["limit"] for call in nova.made("GET", LIST)] == [limit]


@pytest.mark.parametrize("marker", ["x", "../..", "<b>", "7", f"{INSTANCE}0"])
def test_invalid_marker_leads_to_the_first_page(nova, admin_client, marker):
    response = admin_client.get(PAGE, {"marker": marker, "trail": instance(9), "status": "completed"})
    assert "The page does not exist. The list starts with the newest migrations." in text(response)
    assert row_numbers(response)[0] == 10
    assert link(response, "Newer") is None
    assert queries(nova) == [{"status": "completed"}]


@pytest.mark.usefixtures("by_three")
def test_unknown_marker_leads_to_the_first_page(nova, admin_client):
    gone = fault("badRequest", 400, "Marker is gone")
    nova.on("GET", LIST, query={"marker": INSTANCE}, status=400, json=gone)
    response = admin_client.get(PAGE, {"marker": INSTANCE, "status": "completed"})
    assert "Nova refused the request. Reason: “Marker is gone”" in text(response)
    assert row_numbers(response) == [10, 9, 8]
    assert queries(nova) == [{"status": "completed"}] * 2
    assert row_numbers(admin_client.get(link(response, "Older"))) == [7, 6, 5]


@pytest.mark.usefixtures("by_three")
def test_filter_that_nova_refuses_leads_to_the_unfiltered_page(nova, admin_client):
    nova.on("GET", LIST, query={"host": "odd"}, status=400, json=fault("badRequest", 400, "Odd host"))
    response = admin_client.get(PAGE, {"host": "odd"})
    assert "Nova refused the request. Reason: “Odd host”" in text(response)
    assert row_numbers(response) == [10, 9, 8]
    assert row_numbers(admin_client.get(link(response, "Older"))) == [7, 6, 5]


@pytest.mark.usefixtures("by_three")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"status": "rubbish"}, "Select a valid choice. rubbish is not one of the available choices."),
        ({"type": "live"}, "Select a valid choice. live is not one of the available choices."),
        ({"since": "2026-11-22T12:01", "until": "2026-11-22T12:00"}, "The end of the period is before its start."),
        ({"since": "yesterday"}, "Enter a valid date/time."),
        ({"instance": "web"}, "No instance matches. To find a deleted instance, enter its ID."),
    ],
    ids=["status", "type", "order", "date", "instance"],
)
def test_error_is_shown_at_the_field_above_the_unfiltered_page(nova, admin_client, typed, words):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": []})
    response = admin_client.get(PAGE, typed | {"marker": instance(5)})
    assert f'<span class="help-block" role="alert">{words}</span>' in text(response)
    assert row_numbers(response) == [10, 9, 8]
    assert queries(nova) == [{}]
    assert link(response, "Newer") is None
    assert row_numbers(admin_client.get(link(response, "Older"))) == [7, 6, 5]


def test_several_instances_are_named(nova, admin_client):
    both = [server(id=instance(number), name=ODD)["server"] for number in (1, 2)]
    nova.on("GET", "/v2.1/servers/detail", json={"servers": both})
    page = text(admin_client.get(PAGE, {"instance": "Ops"}))
    assert (
        f"Several instances match: {ESCAPED} ({instance(1)}), {ESCAPED} ({instance(2)}). Enter an instance ID."
    ) in page
    assert "<b>&quot;" not in page
    assert '<b>"' not in page


def test_name_is_searched_as_the_id(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [server(id=instance(4))["server"]]})
    response = admin_client.get(PAGE, {"instance": "web-03"})
    assert queries(nova) == [{"instance_uuid": instance(4)}]
    assert 'value="web-03"' in text(response)


@pytest.mark.parametrize("search", [{"marker": instance(1)}, {"status": "error"}], ids=["marker", "status"])
def test_page_without_matches_says_so(nova, admin_client, search):
    nova.on("GET", LIST, json=listed())
    response = admin_client.get(PAGE, search)
    assert row_numbers(response) == []
    assert re.search(r'<p class="migration-empty" >\s*No matching migrations\.', text(response))
    assert link(response, "Older") is None


def test_page_past_the_end_leads_back(nova, admin_client):
    response = admin_client.get(PAGE, {"marker": instance(1), "trail": instance(5)})
    assert row_numbers(response) == []
    assert row_numbers(admin_client.get(link(response, "Newer"))) == [4, 3, 2, 1]


@pytest.mark.parametrize("typed", [{}, {"instance": "web"}])
@pytest.mark.parametrize("status", [500, 503])
def test_error_of_nova_has_its_own_page(nova, admin_client, status, typed):
    for path in (LIST, "/v2.1/servers/detail"):
        nova.on("GET", path, status=status, json=fault("computeFault", status, "oops"))
    response = admin_client.get(PAGE, typed)
    assert response.status_code == 503
    assert "The compute service (Nova) returned no usable answer." in text(response)


@pytest.mark.parametrize(
    ("typed", "version", "words"),
    [
        ({"until": "2026-11-22T12:00"}, "2.65", "“Changed until” requires Compute API version 2.66 or newer."),
        ({"user": "alice-id"}, "2.79", "The filters for project and user require Compute API version 2.80 or newer."),
    ],
    ids=["end of period", "user"],
)
def test_filter_that_an_older_nova_lacks_is_explained(nova, admin_client, typed, version, words):
    nova.max_microversion = version
    assert row_numbers(admin_client.get(PAGE, {"status": "completed"})) == list(range(10, 0, -1))
    nova.forget()
    response = admin_client.get(PAGE, typed)
    assert response.status_code == 501
    assert words in text(response)
    assert nova.made("GET", LIST) == []


@pytest.mark.parametrize("field", ["status", "type", "instance", "host", "project", "user", "since", "until"])
def test_input_is_escaped(nova, admin_client, field):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": []})
    page = text(admin_client.get(PAGE, {field: ODD, "marker": ODD, "trail": ODD}))
    assert "<b>&quot;" not in page
    assert '<b>"' not in page
    assert ESCAPED in page


def test_names_are_escaped(nova, admin_client):
    nova.on("GET", "/v2.1/servers/*", json=server(name=ODD))
    page = text(admin_client.get(PAGE))
    assert "<b>&quot;" not in page
    assert '<b>"' not in page
    assert ESCAPED in page


def test_figures_and_reasons_are_on_the_page(nova, admin_client):
    list_migrations(nova, record(9, uuid=instance(90)), record(8, status="error", uuid=instance(80)))
    nova.on("GET", progress_path(9), json=live_progress(id=9, uuid=instance(90), server_uuid=instance(9)))
    nova.on("GET", f"/v2.1/servers/{instance(8)}/os-instance-actions", json=actions({}))
    nova.on("GET", f"/v2.1/servers/{instance(8)}/os-instance-actions/*", json=action({}))
    page = text(admin_client.get(PAGE))
    assert "25 %" in page
    assert "shared storage" in page


def test_polls_of_an_old_page_request_new_changes(nova, admin_client):
    """The poll does not request all changes since the old rows."""
    old = record(9, uuid=instance(9), status="completed", updated_at="2020-01-01T00:00:00")
    list_migrations(nova, old)
    cursor = re.search(r'data-cursor="([^"]+)"', text(admin_client.get(PAGE)))[1]
    nova.forget()
    admin_client.get("/admin/migrations/status/", {"cursor": cursor})
    [query] = queries(nova)
    assert query["changes-since"] > "2026"


@pytest.mark.parametrize("name", ["limit", "all_tenants", "instance_uuid", "hidden", "source_compute", "changes-since"])
def test_unknown_parameters_do_not_reach_nova(nova, admin_client, name):
    assert admin_client.get(PAGE, {name: "1"}).status_code == 200
    assert [call.query for call in nova.made("GET", LIST)] == [{"limit": "21"}]
