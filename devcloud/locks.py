# SPDX-License-Identifier: Apache-2.0
"""Locks between processes, which the kernel releases when their holder ends."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Report = Callable[[str], None]

_claims: list[socket.socket] = []  # open until this process ends


@contextmanager
def waiting_lock(path: Path, report: Report) -> Iterator[None]:
    """Hold the lock file; wait while another process does the same work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("Waiting for another start that makes the same files...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold_folder(folder: Path) -> int | None:
    """Lock a folder until the returned descriptor is closed.  Return None if another process holds the folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def claim(name: str) -> bool:
    """Claim a name for as long as this process lives; False if a process, this one included, has claimed it before.

    The claim is a Unix socket of Linux's abstract namespace: like ports, it belongs to the network namespace.
    """
    claimed = socket.socket(socket.AF_UNIX)
    try:
        claimed.bind(f"\0devcloud-claim-{name}")
    except OSError:
        claimed.close()
        return False
    _claims.append(claimed)
    return True
