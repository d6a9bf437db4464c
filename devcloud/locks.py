# SPDX-License-Identifier: Apache-2.0
"""Locks between processes that the kernel drops with their holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Report = Callable[[str], None]


@contextmanager
def waiting_lock(path: Path, report: Report) -> Iterator[None]:
    """Hold the lock file; wait if another process is at the same work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("Waiting for another start that prepares the same...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold_folder(folder: Path) -> int | None:
    """Lock a folder for as long as the answered descriptor is open; None if another holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
