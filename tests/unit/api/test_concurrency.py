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
async def test_gather_makes_as_many_calls_at_once_as_configured(fake_cloud, number):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=number)
    urls = [f"{fake_cloud.nova_url}/servers/{one}" for one in range(number)]
    assert await gather(partial(get, url) for url in urls) == [200] * number


@override_settings(MIGRATION_PANEL={"CONCURRENCY": 2})
async def test_gather_makes_no_more_calls_at_once_than_configured():
    busy, most = set(), []
    first_two = threading.Barrier(2)

    def call(number: int) -> None:
        busy.add(number)
        most.append(len(busy))
        first_two.wait(60)
        busy.discard(number)

    await gather(partial(call, number) for number in range(6))
    assert max(most) == 2


async def test_gather_returns_results_in_the_order_of_the_calls():
    later = threading.Event()

    def first() -> str:
        assert later.wait(60)
        return "first"

    def second() -> str:
        later.set()
        return "second"

    assert await gather([first, second]) == ["first", "second"]


async def test_gather_without_calls_returns_an_empty_list():
    assert await gather([]) == []


async def test_gather_raises_the_error_of_a_call():
    with pytest.raises(RequestRejected, match="no"):
        await gather([lambda: 1, refuse, lambda: 3])


async def test_gather_does_not_wait_for_other_calls_after_an_error():
    over, waited = threading.Event(), []
    try:
        with pytest.raises(RequestRejected):
            await gather([lambda: waited.append(over.wait(60)), refuse])
        assert waited == []
    finally:
        over.set()


async def test_gather_works_again_after_an_error():
    with pytest.raises(RequestRejected):
        await gather([refuse])
    assert await gather([lambda: 1]) == [1]


def test_gather_works_in_several_event_loops(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=12)
    url = f"{fake_cloud.nova_url}/servers/a"

    async def twelve() -> list[int]:
        return await gather([partial(get, url)] * 12)

    assert [asyncio.run(twelve()) for _ in range(3)] == [[200] * 12] * 3


async def test_gather_leaves_the_threads_of_the_event_loop_unchanged():
    """Other code that runs on the same event loop uses them."""

    def thread() -> str:
        return threading.current_thread().name.partition("_")[0]

    assert await gather([thread]) == ["migration-panel"]
    assert await gather_paced([thread], most=1, going=always) == ["migration-panel"]
    assert await asyncio.to_thread(thread) == "asyncio"


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0, 0), (3,), (1, 2, 3), (0, 2, 0), (2, 0, 1)], ids=str)
async def test_gather_groups_returns_the_results_of_each_group_in_order(sizes):
    groups = [[partial(str, f"{group}-{one}") for one in range(size)] for group, size in enumerate(sizes)]
    assert await gather_groups(*groups) == [
        [f"{group}-{one}" for one in range(size)] for group, size in enumerate(sizes)
    ]


async def test_gather_groups_makes_the_calls_of_all_groups_at_once(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=6)
    call = partial(get, f"{fake_cloud.nova_url}/servers/a")
    assert await gather_groups([call] * 3, [call], [call] * 2) == [[200] * 3, [200], [200] * 2]


async def test_gather_groups_raises_an_error_of_any_group():
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
def test_next_width_follows_the_duration_of_answers(width, seconds, most, then):
    assert next_width(width, seconds, most) == then


def always() -> bool:
    return True


@pytest.mark.parametrize("number", [0, 1, 2, 50])
async def test_gather_paced_returns_results_in_order(number):
    calls = [partial(str, one) for one in range(number)]
    assert await gather_paced(calls, most=8, going=always) == [str(one) for one in range(number)]


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_gather_paced_reaches_the_limit_and_not_more(monkeypatch, most):
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


async def test_gather_paced_makes_single_calls_while_answers_are_slow(monkeypatch):
    monkeypatch.setattr(concurrency, "QUICK", 0.0)
    busy, seen = set(), []

    def call(number: int) -> None:
        busy.add(number)
        seen.append(len(busy))
        busy.discard(number)

    await gather_paced([partial(call, number) for number in range(40)], most=8, going=always)
    assert max(seen) == 1


@pytest.mark.parametrize("until", [0, 1, 7])
async def test_gather_paced_starts_no_call_after_its_condition_ends(until):
    made = []
    results = await gather_paced(
        [partial(made.append, one) for one in range(20)], most=1, going=lambda: len(made) < until
    )
    assert made == list(range(until))
    assert len(results) == until


async def test_gather_paced_raises_the_error_of_a_call():
    with pytest.raises(RequestRejected, match="no"):
        await gather_paced([refuse], most=8, going=always)
