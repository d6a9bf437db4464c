# SPDX-License-Identifier: Apache-2.0
"""A lock among the processes of one machine, for requests that Nova itself does not make exclusive.

Django's cache cannot replace the lock: it may be absent, fail, or belong to one process.  The operating system releases
the lock when its process ends.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files import locks

LOG = logging.getLogger(__name__)

# Number of lock files.  Names that share a file wait for each other.
FILES = 256
# Time between two attempts, s.
STEP = 0.05


@contextmanager
def locked(name: str, until: float) -> Iterator[bool]:
    """Hold the lock of a name; yield whether that was possible.

    ``until``: the end of the attempts, by ``time.monotonic()``, s.  Yield True too if this machine has no place for
    lock files, because an instance must not stay on a host that is down for lack of a lock.
    """
    try:
        descriptor = _acquire(name, until)
    except OSError as error:
        LOG.warning("No lock among the processes of this machine: %s", error)
        yield True
        return
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _acquire(name: str, until: float) -> int | None:
    """Return the open, locked file, or None if another process holds the lock for too long.  Raise OSError."""
    path = _folder() / str(zlib.crc32(name.encode()) % FILES)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if _is_locked(descriptor) and _is_current(descriptor, path):
            return descriptor
        os.close(descriptor)
        if time.monotonic() > until:
            return None
        time.sleep(STEP)


def _is_locked(descriptor: int) -> bool:
    """Lock the file unless somebody else holds it; return whether it is locked now.  Raise OSError, and close it."""
    try:
        return locks.lock(descriptor, locks.LOCK_EX | locks.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise


def _folder() -> Path:
    """Return a directory that only this user can write to.  Raise OSError."""
    folder = Path(tempfile.gettempdir()) / f"migration_panel-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} belongs to somebody else, or others can write to it")
    return folder


def _is_current(descriptor: int, path: Path) -> bool:
    """Return whether the locked file is still the one at the path: the system may delete temporary files."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
