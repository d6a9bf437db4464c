# SPDX-License-Identifier: Apache-2.0
"""Run the work of a command until it ends, or until SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import NoReturn

from devcloud.layout import CloudError


def run_until_signal(name: str, work: Callable[[], object], stops: Sequence[Callable[[], None]]) -> NoReturn:
    """Run `work` in a thread; when it ends, or at the first signal, call `stops` and end the process.

    `stops` run beside `work` after a signal.  A CloudError becomes one line on stderr, which starts with `name`.

    No signal handler raises an exception: raised between any two instructions, it could leave a lock locked, or be
    lost in a callback for which Python ignores exceptions.  The process would then run forever.
    """
    ends: SimpleQueue[Future[object] | None] = SimpleQueue()  # its put() is reentrant, as a handler requires
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ends.put(None))
    ThreadPoolExecutor(1).submit(work).add_done_callback(ends.put)
    ended = ends.get()
    for stop in stops:
        stop()
    error = ended.exception() if ended else None
    if isinstance(error, CloudError):
        print(f"{name}: {error}", file=sys.stderr)
    elif error:
        traceback.print_exception(error)
    sys.stdout.flush()
    sys.stderr.flush()
    # Without an orderly exit, which would wait for the thread.
    os._exit(1 if error else 0)
