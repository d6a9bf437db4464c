# SPDX-License-Identifier: Apache-2.0
"""The reader's input becomes filters for Nova, or an error beside its field."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from migration_panel.board.history.forms import HistoryForm
from migration_panel.board.history.query import Filters
from migration_panel.board.status import PHASES
from migration_panel.exceptions import ServiceUnavailable
from tests.support.board_migrations import instance
from tests.support.nova_answers import INSTANCE, fault, server
from tests.support.user_requests import nova_of

SEARCH = "/v2.1/servers/detail"
UTC_NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
TOKYO = timezone(timedelta(hours=9))
NEW_YORK = timezone(timedelta(hours=-5))


def form(cloud, own_project=None, **data):
    return HistoryForm(data, nova=nova_of(cloud), own_project=own_project)


def filters(cloud, own_project=None, **data):
    bound = form(cloud, own_project, **data)
    assert bound.is_valid(), bound.errors
    return bound.filters()


def serve_instances(cloud, *servers):
    cloud.on("GET", SEARCH, json={"servers": [server(**one)["server"] for one in servers]})


def test_empty_form_has_no_filters(fake_cloud):
    assert filters(fake_cloud) == Filters()
    assert fake_cloud.calls == []


def test_each_field_has_its_filter(fake_cloud):
    assert filters(
        fake_cloud,
        status="error",
        type="live-migration",
        host=" compute-01 ",
        project="p",
        user="u",
        since="2026-11-22T10:00",
        until="2026-11-22T12:00:00",
    ) == Filters(
        status="error",
        type="live-migration",
        host="compute-01",
        project_id="p",
        user_id="u",
        changed_since=UTC_NOON - timedelta(hours=2),
        changed_before=UTC_NOON,
    )


def test_every_status_and_type_of_nova_can_be_chosen(fake_cloud):
    choices = form(fake_cloud).fields
    assert {value for value, _ in choices["status"].choices} == {"", *PHASES}
    assert {value for value, _ in choices["type"].choices} == {
        "", "live-migration", "migration", "resize", "evacuation",
    }  # fmt: skip


@pytest.mark.parametrize("field", ["status", "type"])
@pytest.mark.parametrize("value", ["rubbish", "live", "<b>", "error,failed"])
def test_unknown_choice_is_rejected(fake_cloud, field, value):
    bound = form(fake_cloud, **{field: value})
    assert list(bound.errors) == [field]
    assert "is not one of the available choices" in bound.errors[field][0]


@pytest.mark.parametrize(
    ("zone", "typed"),
    [(TOKYO, "2026-11-22T21:00"), (NEW_YORK, "2026-11-22T07:00"), (timezone.utc, "2026-11-22T12:00")],
    ids=["Tokyo", "New York", "UTC"],
)
def test_dates_are_in_the_readers_time(fake_cloud, zone, typed):
    with django_timezone.override(zone):
        assert filters(fake_cloud, since=typed).changed_since == UTC_NOON


def test_end_before_start_is_rejected(fake_cloud):
    bound = form(fake_cloud, since="2026-11-22T12:01", until="2026-11-22T12:00")
    assert dict(bound.errors) == {"until": ["The end of the period is before its start."]}


def test_start_and_end_may_be_equal(fake_cloud):
    moment = "2026-11-22T12:00"
    assert filters(fake_cloud, since=moment, until=moment).changed_before == UTC_NOON


@pytest.mark.parametrize("field", ["since", "until"])
@pytest.mark.parametrize("value", ["yesterday", "2026-13-01T00:00", "22.11.2026", "<b>"])
def test_text_that_is_no_date_is_rejected(fake_cloud, field, value):
    assert list(form(fake_cloud, **{field: value}).errors) == [field]


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
@pytest.mark.parametrize("value", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_earliest_and_latest_dates_are_converted_or_rejected(fake_cloud, zone, value):
    with django_timezone.override(zone):
        assert list(form(fake_cloud, since=value).errors) == ["since"]


def test_name_becomes_the_instance_id(fake_cloud):
    serve_instances(fake_cloud, {})
    assert filters(fake_cloud, instance=" web-03 ").instance_id == INSTANCE
    [call] = fake_cloud.calls
    assert (call.path, call.query["name"], call.query["all_tenants"]) == (SEARCH, "web-03", "1")


def test_part_of_a_name_is_enough_for_a_single_match(fake_cloud):
    serve_instances(fake_cloud, {})
    assert filters(fake_cloud, instance="eb-0").instance_id == INSTANCE


def test_exact_name_wins_over_longer_names(fake_cloud):
    serve_instances(fake_cloud, {"name": "web-03-old", "id": instance(1)}, {"name": "web-03", "id": instance(2)})
    assert filters(fake_cloud, instance="web-03").instance_id == instance(2)


def test_several_matches_are_listed_and_rejected(fake_cloud):
    serve_instances(fake_cloud, {"id": instance(1)}, {"id": instance(2)}, {"id": instance(3), "name": "web-030"})
    errors = form(fake_cloud, instance="web-03").errors["instance"]
    assert errors == [f"Several instances match: web-03 ({instance(1)}), web-03 ({instance(2)}). Enter an instance ID."]


def test_at_most_five_matches_are_listed(fake_cloud):
    serve_instances(fake_cloud, *({"id": instance(number), "name": f"web-{number}"} for number in range(1, 9)))
    [error] = form(fake_cloud, instance="web").errors["instance"]
    assert error.count("web-") == 5


def test_unknown_name_is_rejected(fake_cloud):
    serve_instances(fake_cloud)
    errors = form(fake_cloud, instance="web-03").errors["instance"]
    assert errors == ["No instance matches. To find a deleted instance, enter its ID."]


@pytest.mark.parametrize("text", [INSTANCE, INSTANCE.upper(), INSTANCE.replace("-", ""), f" {INSTANCE} "])
def test_uuid_is_normalized_without_a_search(fake_cloud, text):
    """The instance may be deleted, so a search would not find it."""
    assert filters(fake_cloud, instance=text).instance_id == INSTANCE
    assert fake_cloud.calls == []


def test_manager_searches_within_their_project(fake_cloud):
    serve_instances(fake_cloud, {})
    assert filters(fake_cloud, "demo-id", instance="web-03").instance_id == INSTANCE
    assert "all_tenants" not in fake_cloud.calls[0].query


def test_project_of_a_manager_cannot_be_chosen(fake_cloud):
    bound = form(fake_cloud, "demo-id", project="other-id", host="compute-01", status="error")
    assert "host" not in bound.fields
    assert "project" not in bound.fields
    assert bound.is_valid()
    assert bound.filters() == Filters(status="error", project_id="demo-id")


def test_failed_search_raises_the_error(fake_cloud):
    fake_cloud.on("GET", SEARCH, status=503, json=fault("computeFault", 503, "down"))
    with pytest.raises(ServiceUnavailable):
        form(fake_cloud, instance="web-03").is_valid()


@pytest.mark.parametrize("field", ["instance", "host", "project", "user"])
def test_long_text_is_rejected(fake_cloud, field):
    assert list(form(fake_cloud, **{field: "x" * 256}).errors) == [field]
    assert fake_cloud.calls == []
