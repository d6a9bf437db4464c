# SPDX-License-Identifier: Apache-2.0
"""Several blocking calls at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from weakref import WeakSet

from migration_panel.conf import get_config
from migration_panel.deadline import NO_ANSWER, OutOfTime, current, watched
from migration_panel.exceptions import MigrationPanelError

# What is a quick answer to a paced call, s.
QUICK = 0.5

# How long the end of a loop waits for its threads, s.
LINGER = 0.25

_widened: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


@dataclass
class CallGroup:
    """A group of calls: after the first error, no further call is started."""

    error: MigrationPanelError | None = None

    def run(self, call: Callable[[], Any]) -> Any:
        if self.error:
            raise self.error
        try:
            return call()
        except MigrationPanelError as error:
            self.error = error
            raise


async def gather(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Return the results in the order of the calls.  Raise the first error at once.

    Calls that still wait for a thread are then not made.  Raise OutOfTime at the deadline of the request.
    """
    _use_own_executor(asyncio.get_running_loop())
    group = CallGroup()
    tasks = [asyncio.create_task(asyncio.to_thread(watched(partial(group.run, call)))) for call in calls]
    try:
        done, _pending = await _wait(tasks, asyncio.FIRST_EXCEPTION)
        for task in done:
            # Raise the first error before reading the result of a task that has not finished.
            task.result()
        return [task.result() for task in tasks]
    finally:
        _drop(tasks)


async def gather_groups(*groups: Sequence[Callable[[], Any]]) -> list[list[Any]]:
    """The same for several kinds of calls: the results of each group by themselves."""
    answers = iter(await gather([call for group in groups for call in group]))
    return [list(islice(answers, len(group))) for group in groups]


async def gather_paced(calls: Sequence[Callable[[], Any]], *, most: int, going: Callable[[], bool]) -> list[Any]:
    """The results of those calls, in order, that were begun while it was ``going``.

    One at first, and more at once as long as they are answered quickly: a service that has its hands full answers none
    sooner for being asked for more.
    """
    _use_own_executor(asyncio.get_running_loop())
    begun: list[asyncio.Task[tuple[Any, float]]] = []
    running: set[asyncio.Task[tuple[Any, float]]] = set()
    width = 1
    while True:
        while len(begun) < len(calls) and len(running) < width and going():
            begun.append(asyncio.create_task(_timed(calls[len(begun)])))
            running.add(begun[-1])
        if not running:
            return [task.result()[0] for task in begun]
        try:
            done, running = await _wait(running, asyncio.FIRST_COMPLETED)
            for task in done:
                width = next_width(width, task.result()[1], most)
        except BaseException:
            _drop(begun)
            raise


def next_width(width: int, seconds: float, most: int) -> int:
    """How many calls to have under way after one that took so long."""
    return min(most, width + 1) if seconds < QUICK else max(1, width // 2)


async def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return await asyncio.to_thread(watched(call)), time.monotonic() - began


Tasks = Collection[asyncio.Task[Any]]


async def _wait(tasks: Tasks, until: str) -> tuple[set[asyncio.Task[Any]], set[asyncio.Task[Any]]]:
    """Wait for tasks.  Raise OutOfTime at the deadline of the request if nothing else has ended the wait."""
    if not tasks:
        return set(), set()
    deadline = current()
    done, pending = await asyncio.wait(tasks, timeout=deadline and deadline.left(), return_when=until)
    failed = any(task.exception() for task in done)
    if pending and not failed and (until == asyncio.FIRST_EXCEPTION or not done):
        raise OutOfTime(NO_ANSWER)
    return done, pending


def _drop(tasks: Tasks) -> None:
    """Abandon tasks.  A call that no thread has started is not made."""
    for task in tasks:
        if task.done():
            # Read the error: asyncio logs errors that are never read.
            task.cancelled() or task.exception()
        else:
            task.cancel()


def _use_own_executor(loop: asyncio.AbstractEventLoop) -> None:
    """Threads for all calls: asyncio's own default is six on two cores, whatever they wait for."""
    if loop not in _widened:
        _widened.add(loop)
        loop.set_default_executor(Threads(get_config().concurrency, "migration-panel"))


class Threads(ThreadPoolExecutor):
    """Threads that the end of their loop hardly waits for: a call that hangs would delay the answer.

    The short wait lets the calls to a quick service finish with the request, even after an error.
    """

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)
        ends = time.monotonic() + LINGER
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
