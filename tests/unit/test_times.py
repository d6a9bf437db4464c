# SPDX-License-Identifier: Apache-2.0
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
def test_time_is_utc_whatever_its_offset(text):
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
def test_other_text_is_an_error(text):
    with pytest.raises(ValueError, match=r"isoformat|month|year"):
        parse_time(text)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00+14:00", "2999-12-31T23:59:59-14:00"])
def test_every_time_that_is_read_can_be_shown_in_every_zone(text):
    moment = parse_time(text)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with django_timezone.override(zone):
            assert time_text(moment)


def test_times_for_readers_have_the_zones_name_and_times_for_machines_are_utc():
    with django_timezone.override("Asia/Tokyo"):
        assert time_text(MOMENT) == "2026-11-22 23:00:05 JST"
        assert time_element(MOMENT) == '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>'
        assert utc_text(django_timezone.localtime(MOMENT)) == "2026-11-22T14:00:05Z"


def test_fractions_of_a_second_are_lost_in_an_address():
    assert same_second(MOMENT, MOMENT + timedelta(microseconds=999_999))
    assert not same_second(MOMENT, MOMENT + timedelta(seconds=1))


@pytest.mark.parametrize("name", ["Nowhere/Town", "", "Europe", "../../etc/passwd", "/etc/passwd", "\x00", "größer"])
def test_unknown_zone_is_ignored(fake_cloud, name):
    request = request_of(fake_cloud, "admin")
    request.COOKIES["django_timezone"] = name
    with readers_zone(request):
        assert time_text(MOMENT) == "2026-11-22 14:00:05 UTC"


def test_zone_of_the_session_comes_before_the_cookies(fake_cloud):
    request = request_of(fake_cloud, "admin")
    request.COOKIES["django_timezone"] = "Europe/Berlin"
    request.session["django_timezone"] = "Asia/Tokyo"
    with readers_zone(request):
        assert time_text(MOMENT) == "2026-11-22 23:00:05 JST"
