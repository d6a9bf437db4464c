# SPDX-License-Identifier: Apache-2.0
from datetime import datetime, timedelta, timezone

import pytest
import requests

from migration_panel.api import clock
from tests.support.fake_cloud import COMPUTE
from tests.support.nova_answers import listed
from tests.support.user_requests import nova_of

MARGIN = timedelta(seconds=3)


@pytest.mark.parametrize("ahead", [0, 30, -30, 7200, -7200])
def test_now_is_the_time_of_whoever_answered(fake_cloud, ahead):
    fake_cloud.ahead = ahead
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed())
    nova = nova_of(fake_cloud)
    nova.migrations()
    assert abs(nova.now() - datetime.now(timezone.utc) - timedelta(seconds=ahead)) < MARGIN


def test_clocks_of_two_servers_are_kept_apart():
    answer = requests.Response()
    answer.url = "http://one:8774/v2.1/servers"
    answer.headers["Date"] = "Sun, 22 Nov 2026 14:00:05 GMT"
    clock.note(answer)
    assert abs(clock.now("http://two:8774/v2.1") - datetime.now(timezone.utc)) < MARGIN
    assert abs(clock.now("http://one:8774/v2.1") - datetime(2026, 11, 22, 14, 0, 5, tzinfo=timezone.utc)) < MARGIN


@pytest.mark.parametrize("date", [None, "", "noon", "Sun, 99 Nov 2026 14:00:05 GMT"])
def test_answer_without_a_usable_date_leaves_the_clock_as_it_is(date):
    answer = requests.Response()
    answer.url = "http://one:8774/v2.1"
    if date is not None:
        answer.headers["Date"] = date
    clock.note(answer)
    assert abs(clock.now(answer.url) - datetime.now(timezone.utc)) < MARGIN
