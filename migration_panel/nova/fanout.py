# SPDX-License-Identifier: Apache-2.0
"""Several blocking calls at once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from weakref import WeakSet

from migration_panel.conf import get_config

_widened: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


async def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """The results in the order of the calls; the first error ends the wait and is raised."""
    _widen(asyncio.get_running_loop())
    return await asyncio.gather(*(asyncio.to_thread(call) for call in calls))


async def groups_at_once(*groups: Sequence[Callable[[], Any]]) -> list[list[Any]]:
    """The same for several kinds of calls: the results of each group by themselves."""
    answers = iter(await at_once([call for group in groups for call in group]))
    return [list(islice(answers, len(group))) for group in groups]


def _widen(loop: asyncio.AbstractEventLoop) -> None:
    """Threads for all calls: asyncio's own default is six on two cores, whatever they wait for."""
    if loop not in _widened:
        _widened.add(loop)
        loop.set_default_executor(ThreadPoolExecutor(get_config().concurrency, "migration-panel"))
