# SPDX-License-Identifier: Apache-2.0
from datetime import datetime, timedelta, timezone

import pytest
import requests

from migration_panel.api.session import server_time, store_clock
from tests.support.fake_cloud import COMPUTE
from tests.support.nova_answers import listed
from tests.support.user_requests import nova_of

WHOLE_SECOND = timedelta(seconds=1)  # of a Date header


def utc_now():
    return datetime.now(timezone.utc)


@pytest.mark.parametrize("ahead", [0, 30, -30, 7200, -7200])
def test_now_is_the_time_of_the_server_that_answered(fake_cloud, ahead):
    fake_cloud.ahead = ahead
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed())
    nova, start = nova_of(fake_cloud), utc_now()
    nova.migrations()
    answered, time_at_nova, end = utc_now(), nova.now() - timedelta(seconds=ahead), utc_now()
    # The header is at most as old as the request.
    assert answered - (answered - start) - WHOLE_SECOND <= time_at_nova <= end


def test_clocks_of_two_servers_are_kept_apart():
    answer = requests.Response()
    answer.url = "http://one:8774/v2.1/servers"
    answer.headers["Date"] = "Sun, 22 Nov 2026 14:00:05 GMT"
    start = utc_now()
    store_clock(answer)
    there = server_time("http://one:8774/v2.1")
    assert start <= server_time("http://two:8774/v2.1") <= utc_now()
    noted = datetime(2026, 11, 22, 14, 0, 5, tzinfo=timezone.utc)
    assert noted <= there <= noted + (utc_now() - start)


@pytest.mark.parametrize("date", [None, "", "noon", "Sun, 99 Nov 2026 14:00:05 GMT"])
def test_answer_without_a_usable_date_leaves_the_clock_as_it_is(date):
    answer = requests.Response()
    answer.url = "http://one:8774/v2.1"
    if date is not None:
        answer.headers["Date"] = date
    store_clock(answer)
    start = utc_now()
    assert start <= server_time(answer.url) <= utc_now()
