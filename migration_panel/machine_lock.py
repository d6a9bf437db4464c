# SPDX-License-Identifier: Apache-2.0
"""A lock among the processes of one machine, for requests that Nova itself does not make exclusive.

Django's cache cannot serve: it may be absent, fail, or belong to one process.  The operating system releases the lock
when its process ends.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files import locks

LOG = logging.getLogger(__name__)

# Time between two attempts, s.
STEP = 0.05


@contextmanager
def locked(name: str, until: float) -> Iterator[bool]:
    """Hold the lock of a name; yield whether that was possible.

    ``until``: the end of the attempts, by ``time.monotonic()``, s.  Yield True too if this machine has no place for
    lock files: an instance must not stay on a host that is down because /tmp is full.
    """
    try:
        path = _path(name)
        descriptor = _acquire(path, until)
    except OSError as error:
        LOG.warning("No lock among the processes of this machine: %s", error)
        yield True
        return
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            _release(descriptor, path)


def block(name: str, seconds: float) -> None:
    """Refuse the lock of a name to everybody for so many seconds.  The caller holds the lock."""
    until = time.time() + seconds
    try:
        os.utime(_path(name), (until, until))
    except OSError as error:
        LOG.warning("No lock among the processes of this machine: %s", error)


def _acquire(path: Path, until: float) -> int | None:
    """Return the open, locked file, or None if the lock is held for too long or blocked.  Raise OSError."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        blocked = _is_blocked(descriptor)
        if not blocked and _holds(descriptor, path):
            return descriptor
        os.close(descriptor)
        if blocked or time.monotonic() > until:
            return None
        time.sleep(STEP)


def _holds(descriptor: int, path: Path) -> bool:
    """Lock the file unless somebody else holds it; return whether it is the file at the path.  Close it on errors."""
    try:
        return locks.lock(descriptor, locks.LOCK_EX | locks.LOCK_NB) and _is_current(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise


def _release(descriptor: int, path: Path) -> None:
    """Delete the file while it is locked, unless it is blocked: a waiting process then opens a file of its own."""
    try:
        with suppress(OSError):
            if _is_current(descriptor, path) and not _is_blocked(descriptor):
                path.unlink()
    finally:
        os.close(descriptor)


def _is_blocked(descriptor: int) -> bool:
    """Return whether the time of the file is in the future.  A second allows for the clock of the file system."""
    return os.fstat(descriptor).st_mtime > time.time() + 1


def _path(name: str) -> Path:
    return _folder() / hashlib.sha256(name.encode()).hexdigest()


def _folder() -> Path:
    """Return a directory that only this user can write to.  Raise OSError."""
    folder = Path(tempfile.gettempdir()) / f"migration_panel-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} belongs to somebody else, or others can write to it")
    return folder


def _is_current(descriptor: int, path: Path) -> bool:
    """Return whether the locked file is still the file at the path: the system may delete temporary files."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
