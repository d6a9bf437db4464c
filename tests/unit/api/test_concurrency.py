# SPDX-License-Identifier: Apache-2.0
"""Calls to Nova go out at once, however few cores there are."""

import asyncio
import threading
from functools import partial

import pytest
import requests
from django.test import override_settings

from migration_panel.api import concurrency
from migration_panel.api.concurrency import QUICK, gather, gather_groups, gather_paced, next_width
from migration_panel.exceptions import RequestRejected


def get(url: str) -> int:
    return requests.get(url, timeout=60).status_code


def refuse() -> None:
    raise RequestRejected("no")


@pytest.mark.parametrize("number", [1, 2, 7, 20, 32])
async def test_as_many_calls_as_are_configured_are_under_way_together(fake_cloud, number):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=number)
    urls = [f"{fake_cloud.nova_url}/servers/{one}" for one in range(number)]
    assert await gather(partial(get, url) for url in urls) == [200] * number


@override_settings(MIGRATION_PANEL={"CONCURRENCY": 2})
async def test_no_more_are_under_way_than_configured():
    busy, most = set(), []
    first_two = threading.Barrier(2)

    def call(number: int) -> None:
        busy.add(number)
        most.append(len(busy))
        first_two.wait(60)
        busy.discard(number)

    await gather(partial(call, number) for number in range(6))
    assert max(most) == 2


async def test_results_come_in_the_order_of_the_calls():
    later = threading.Event()

    def first() -> str:
        assert later.wait(60)
        return "first"

    def second() -> str:
        later.set()
        return "second"

    assert await gather([first, second]) == ["first", "second"]


async def test_nothing_to_call():
    assert await gather([]) == []


async def test_error_of_one_call_is_raised():
    with pytest.raises(RequestRejected, match="no"):
        await gather([lambda: 1, refuse, lambda: 3])


async def test_error_ends_the_wait_for_the_others():
    over, waited = threading.Event(), []
    try:
        with pytest.raises(RequestRejected):
            await gather([lambda: waited.append(over.wait(60)), refuse])
        assert waited == []
    finally:
        over.set()


async def test_calls_after_an_error_are_served():
    with pytest.raises(RequestRejected):
        await gather([refuse])
    assert await gather([lambda: 1]) == [1]


def test_each_event_loop_has_its_own_threads(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=12)
    url = f"{fake_cloud.nova_url}/servers/a"

    async def twelve() -> list[int]:
        return await gather([partial(get, url)] * 12)

    assert [asyncio.run(twelve()) for _ in range(3)] == [[200] * 12] * 3


async def test_threads_of_the_event_loop_stay_as_they_are():
    """Other code that runs on the same event loop uses them."""

    def thread() -> str:
        return threading.current_thread().name.partition("_")[0]

    assert await gather([thread]) == ["migration-panel"]
    assert await gather_paced([thread], most=1, going=always) == ["migration-panel"]
    assert await asyncio.to_thread(thread) == "asyncio"


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0, 0), (3,), (1, 2, 3), (0, 2, 0), (2, 0, 1)], ids=str)
async def test_each_group_has_its_results_in_order(sizes):
    groups = [[partial(str, f"{group}-{one}") for one in range(size)] for group, size in enumerate(sizes)]
    assert await gather_groups(*groups) == [
        [f"{group}-{one}" for one in range(size)] for group, size in enumerate(sizes)
    ]


async def test_groups_are_called_together(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=6)
    call = partial(get, f"{fake_cloud.nova_url}/servers/a")
    assert await gather_groups([call] * 3, [call], [call] * 2) == [[200] * 3, [200], [200] * 2]


async def test_error_in_any_group_is_raised():
    for groups in ([refuse], [lambda: 1]), ([lambda: 1], [refuse]):
        with pytest.raises(RequestRejected, match="no"):
            await gather_groups(*groups)


@pytest.mark.parametrize(
    ("width", "seconds", "most", "then"),
    [
        (1, 0.0, 8, 2),
        (7, QUICK / 2, 8, 8),
        (8, 0.0, 8, 8),
        (8, QUICK, 8, 4),
        (5, 10.0, 8, 2),
        (1, 10.0, 8, 1),
        (1, 0.0, 1, 1),
    ],
)
def test_pace_follows_the_answers(width, seconds, most, then):
    assert next_width(width, seconds, most) == then


def always() -> bool:
    return True


@pytest.mark.parametrize("number", [0, 1, 2, 50])
async def test_paced_calls_have_their_results_in_order(number):
    calls = [partial(str, one) for one in range(number)]
    assert await gather_paced(calls, most=8, going=always) == [str(one) for one in range(number)]


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_paced_calls_become_as_many_as_allowed_and_no_more(monkeypatch, most):
    """Each call waits for the calls that the pace allows beside it: one more after each quick answer."""
    monkeypatch.setattr(concurrency, "QUICK", 600.0)
    number, done, busy, seen, change = 40, 0, 0, [], threading.Condition()

    def all_have_come() -> bool:
        return busy >= min(most, 1 + done, number - done)

    def call() -> None:
        nonlocal busy, done
        with change:
            busy += 1
            seen.append(busy)
            change.notify_all()
            assert change.wait_for(all_have_come, 60), (busy, done)
            busy, done = busy - 1, done + 1
            change.notify_all()

    await gather_paced([call] * number, most=most, going=always)
    assert done == number
    assert max(seen) == most


async def test_slow_answers_keep_paced_calls_few(monkeypatch):
    monkeypatch.setattr(concurrency, "QUICK", 0.0)
    busy, seen = set(), []

    def call(number: int) -> None:
        busy.add(number)
        seen.append(len(busy))
        busy.discard(number)

    await gather_paced([partial(call, number) for number in range(40)], most=8, going=always)
    assert max(seen) == 1


@pytest.mark.parametrize("until", [0, 1, 7])
async def test_paced_calls_end_where_they_are_told_to(until):
    made = []
    results = await gather_paced(
        [partial(made.append, one) for one in range(20)], most=1, going=lambda: len(made) < until
    )
    assert made == list(range(until))
    assert len(results) == until


async def test_error_of_a_paced_call_is_raised():
    with pytest.raises(RequestRejected, match="no"):
        await gather_paced([refuse], most=8, going=always)
