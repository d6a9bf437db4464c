# SPDX-License-Identifier: Apache-2.0
"""Make several blocking calls at once, in threads of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from migration_panel.conf import get_config
from migration_panel.deadline import NO_ANSWER, OutOfTime, current, watched
from migration_panel.exceptions import MigrationPanelError

# Maximum duration of a call that counts as quick, s.
QUICK = 0.5

# Maximum time to wait for running calls after an error, s.
LINGER = 0.25

Tasks = Collection[asyncio.Future[Any]]


@dataclass
class CallGroup:
    """A group of calls: after the first error, no further call is started."""

    error: MigrationPanelError | None = None

    def run(self, call: Callable[[], Any]) -> Any:
        """Make a call, or raise the error of an earlier call."""
        if self.error:
            raise self.error
        try:
            return call()
        except MigrationPanelError as error:
            self.error = error
            raise


class CallThreads:
    """Threads for the calls of one group, as many as a request may use.

    The event loop's own threads do not suffice: asyncio starts six on two cores, and other code uses them too.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(get_config().concurrency, "migration-panel")
        self._calls: list[Future[Any]] = []

    def start(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Make a call in a thread, with the context variables of the caller."""
        self._calls.append(self._pool.submit(copy_context().run, watched(call)))
        return asyncio.wrap_future(self._calls[-1])

    async def end(self) -> None:
        """Drop calls that no thread has started, and wait a moment for running calls.

        So the calls to a quick service finish with the request, even after an error.  A call that hangs is abandoned.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        running = [asyncio.wrap_future(call) for call in self._calls if not call.done()]
        deadline = current()
        seconds = min(LINGER, deadline.left()) if deadline else LINGER
        if running and seconds:
            await asyncio.wait(running, timeout=seconds)
        _drop(running)


@asynccontextmanager
async def call_threads() -> AsyncIterator[CallThreads]:
    """Provide threads for one group of calls."""
    threads = CallThreads()
    try:
        yield threads
    finally:
        await threads.end()


async def gather(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Return the results in the order of the calls.  Raise the first error at once.

    Calls that still wait for a thread are then not made.  Raise OutOfTime at the deadline of the request.
    """
    group = CallGroup()
    async with call_threads() as threads:
        tasks = [threads.start(partial(group.run, call)) for call in calls]
        try:
            done, _pending = await _wait(tasks, asyncio.FIRST_EXCEPTION)
            for task in done:
                # Raise the first error before reading the result of a task that has not finished.
                task.result()
            return [task.result() for task in tasks]
        finally:
            _drop(tasks)


async def gather_groups(*groups: Sequence[Callable[[], Any]]) -> list[list[Any]]:
    """Return the results of several groups of calls, one list for each group.  Raise errors as ``gather`` does."""
    results = iter(await gather([call for group in groups for call in group]))
    return [list(islice(results, len(group))) for group in groups]


async def gather_paced(calls: Sequence[Callable[[], Any]], *, most: int, going: Callable[[], bool]) -> list[Any]:
    """Return the results, in order, of the calls that were started while ``going()`` was true.

    One call at first, and up to ``most`` at once as long as answers are quick: more calls at once would not make a busy
    service faster.  Raise the first error, and OutOfTime at the deadline of the request.
    """
    started: list[asyncio.Future[tuple[Any, float]]] = []
    running: set[asyncio.Future[tuple[Any, float]]] = set()
    width = 1
    async with call_threads() as threads:
        try:
            while True:
                while len(started) < len(calls) and len(running) < width and going():
                    started.append(threads.start(partial(_timed, calls[len(started)])))
                    running.add(started[-1])
                if not running:
                    return [task.result()[0] for task in started]
                done, running = await _wait(running, asyncio.FIRST_COMPLETED)
                for task in done:
                    width = next_width(width, task.result()[1], most)
        finally:
            _drop(started)


def next_width(width: int, seconds: float, most: int) -> int:
    """Return how many calls to make at once after a call that lasted ``seconds``."""
    return min(most, width + 1) if seconds < QUICK else max(1, width // 2)


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a call, and its duration in seconds."""
    start = time.monotonic()
    return call(), time.monotonic() - start


async def _wait(tasks: Tasks, until: str) -> tuple[set[asyncio.Future[Any]], set[asyncio.Future[Any]]]:
    """Wait for tasks.  Raise OutOfTime at the deadline of the request if nothing else has ended the wait."""
    if not tasks:
        return set(), set()
    deadline = current()
    done, pending = await asyncio.wait(tasks, timeout=deadline.left() if deadline else None, return_when=until)
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
