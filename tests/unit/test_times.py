# SPDX-License-Identifier: Apache-2.0
"""Times for readers, in their time zone, and for machines, in UTC."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from migration_panel.times import parse_time, readers_zone, same_second, time_element, time_text, utc_text
from tests.support.user_requests import request_of

MOMENT = datetime(2026, 11, 22, 14, 0, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T14:00:05Z",
        "2026-11-22T14:00:05z",
        "2026-11-22T14:00:05+00:00",
        "2026-11-22T14:00:05",
        "2026-11-22 14:00:05",
        " 2026-11-22T19:00:05+05:00 ",
        "2026-11-22T03:00:05-11:00",
    ],
)
def test_parsed_time_is_in_utc(text):
    moment = parse_time(text)
    assert (moment, moment.tzinfo, utc_text(moment)) == (MOMENT, timezone.utc, "2026-11-22T14:00:05Z")


def test_empty_text_is_no_time():
    assert parse_time("  ") is None


@pytest.mark.parametrize(
    "text",
    [
        "noon", "Z", "2026", "2026-13-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00", "3000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-22T14:00:05 JST",
    ],
)  # fmt: skip
def test_text_that_is_no_time_raises_value_error(text):
    with pytest.raises(ValueError, match=r"isoformat|month|year"):
        parse_time(text)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00+14:00", "2999-12-31T23:59:59-14:00"])
def test_every_parsed_time_can_be_shown_in_every_zone(text):
    moment = parse_time(text)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with django_timezone.override(zone):
            assert time_text(moment)


def test_text_is_in_the_readers_zone_and_attribute_in_utc():
    with django_timezone.override("Asia/Tokyo"):
        assert time_text(MOMENT) == "2026-11-22 23:00:05 JST"
        assert time_element(MOMENT) == '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>'
        assert utc_text(django_timezone.localtime(MOMENT)) == "2026-11-22T14:00:05Z"


def test_times_are_compared_without_fractions_of_a_second():
    assert same_second(MOMENT, MOMENT + timedelta(microseconds=999_999))
    assert not same_second(MOMENT, MOMENT + timedelta(seconds=1))


@pytest.mark.parametrize(
    "name", ["Nowhere/Town", "", "Europe", "../../etc/passwd", "/etc/passwd", "\x00", "größer"], ids=repr
)
def test_unknown_zone_is_ignored(fake_cloud, name):
    request = request_of(fake_cloud, "admin")
    request.COOKIES["django_timezone"] = name
    with readers_zone(request):
        assert time_text(MOMENT) == "2026-11-22 14:00:05 UTC"


def test_zone_of_the_session_has_priority_over_the_cookie(fake_cloud):
    request = request_of(fake_cloud, "admin")
    request.COOKIES["django_timezone"] = "Europe/Berlin"
    request.session["django_timezone"] = "Asia/Tokyo"
    with readers_zone(request):
        assert time_text(MOMENT) == "2026-11-22 23:00:05 JST"
