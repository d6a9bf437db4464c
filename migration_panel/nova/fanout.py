# SPDX-License-Identifier: Apache-2.0
"""Several blocking calls at once."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakSet

from migration_panel.conf import get_config

_widened: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


async def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """The results in the order of the calls; the first error ends the wait and is raised."""
    _widen(asyncio.get_running_loop())
    return await asyncio.gather(*(asyncio.to_thread(call) for call in calls))


def _widen(loop: asyncio.AbstractEventLoop) -> None:
    """Threads for all calls: asyncio's own default is six on two cores, whatever they wait for."""
    if loop not in _widened:
        _widened.add(loop)
        loop.set_default_executor(ThreadPoolExecutor(get_config().concurrency, "migration-panel"))
