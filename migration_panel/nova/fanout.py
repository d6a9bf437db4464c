# SPDX-License-Identifier: Apache-2.0
"""Several blocking calls at once."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from weakref import WeakSet

from migration_panel.conf import get_config

# What is a quick answer to a paced call, s.
QUICK = 0.5

_widened: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


async def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """The results in the order of the calls; the first error ends the wait and is raised."""
    _widen(asyncio.get_running_loop())
    return await asyncio.gather(*(asyncio.to_thread(call) for call in calls))


async def groups_at_once(*groups: Sequence[Callable[[], Any]]) -> list[list[Any]]:
    """The same for several kinds of calls: the results of each group by themselves."""
    answers = iter(await at_once([call for group in groups for call in group]))
    return [list(islice(answers, len(group))) for group in groups]


async def paced(calls: Sequence[Callable[[], Any]], *, most: int, going: Callable[[], bool]) -> list[Any]:
    """The results of those calls, in order, that were begun while it was ``going``.

    One at first, and more at once as long as they are answered quickly: a service that has its hands full answers none
    sooner for being asked for more.
    """
    _widen(asyncio.get_running_loop())
    begun: list[asyncio.Task[tuple[Any, float]]] = []
    running: set[asyncio.Task[tuple[Any, float]]] = set()
    width = 1
    while True:
        while len(begun) < len(calls) and len(running) < width and going():
            begun.append(asyncio.create_task(_timed(calls[len(begun)])))
            running.add(begun[-1])
        if not running:
            return [task.result()[0] for task in begun]
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            width = wider_or_narrower(width, task.result()[1], most)


def wider_or_narrower(width: int, seconds: float, most: int) -> int:
    """How many calls to have under way after one that took so long."""
    return min(most, width + 1) if seconds < QUICK else max(1, width // 2)


async def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return await asyncio.to_thread(call), time.monotonic() - began


def _widen(loop: asyncio.AbstractEventLoop) -> None:
    """Threads for all calls: asyncio's own default is six on two cores, whatever they wait for."""
    if loop not in _widened:
        _widened.add(loop)
        loop.set_default_executor(ThreadPoolExecutor(get_config().concurrency, "migration-panel"))
