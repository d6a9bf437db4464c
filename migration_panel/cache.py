# SPDX-License-Identifier: Apache-2.0
"""The only user of Django's cache.  It makes the panel faster; nothing may depend on it.

An error of the cache's backend counts as a miss: a cache that fails costs only time.  Every key contains VERSION, so
that panels of two versions can run side by side.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache as once
from importlib import import_module
from threading import Lock
from typing import Any

from django.core.cache import BaseCache, caches
from django.core.cache.backends.base import InvalidCacheBackendError
from django.db import DatabaseError

from migration_panel.conf import get_config

LOG = logging.getLogger(__name__)

# Increase it whenever the shape of a stored value changes.
VERSION = 5

# Maximum size of one entry, bytes: half of memcached's limit.
MAX_BYTES = 500_000
# How long a writer waits for another writer of the same process before it writes anyway, s.
WRITE_WAIT = 1.0
_writing = Lock()

# Errors of the client libraries of Django's cache backends; some of these libraries may not be installed.
LIBRARIES = (
    ("pymemcache.exceptions", "MemcacheError"),
    ("pylibmc", "Error"),
    ("redis.exceptions", "RedisError"),
)
# What unpickling an entry of another program or version can raise, by the documentation of pickle.
UNREADABLE = (pickle.UnpicklingError, AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError)


def key(kind: str, *parts: object) -> str:
    """Return the key of an entry.  ``kind``: what the entry contains; ``parts``: its owner or subject."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
    return f"migration_panel:{VERSION}:{kind}:{digest}"


def get(name: str, default: Any = None) -> Any:
    """Return the value of an entry; ``default`` if there is no readable entry."""
    try:
        return _backend().get(name, default)
    except _failures() as error:
        _log(error)
        return default


def get_many(names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the entries that exist, by their keys."""
    wanted = list(names)
    if not wanted:
        return {}
    try:
        return dict(_backend().get_many(wanted))
    except _failures() as error:
        _log(error)
        return {}


def get_items(name: str) -> dict[str, Any]:
    """Return the items of an entry that is a dict by texts; empty for another entry.  The caller checks the values."""
    found = get(name)
    return found if isinstance(found, dict) and all(isinstance(item, str) for item in found) else {}


def put(name: str, value: Any, seconds: float) -> None:
    """Store a value for ``seconds``, if the cache is available."""
    try:
        _backend().set(name, value, seconds)
    except _outages() as error:
        _log(error)


def put_many(values: Mapping[str, Any], seconds: float) -> None:
    """Store several values for ``seconds``, if the cache is available."""
    if not values:
        return
    try:
        _backend().set_many(dict(values), seconds)
    except _outages() as error:
        _log(error)


def claim(name: str, seconds: float) -> bool:
    """Hold an entry for ``seconds``.  Return whether nobody else holds it; True if the cache fails.

    A claim saves work.  It cannot guarantee exclusive access.
    """
    try:
        # A memcached client that has just lost its server raises no error: it stores nothing and returns nothing.
        return _added(name, seconds) or (_backend().get(name) is None and (_added(name, seconds) or _lost(name)))
    except _failures() as error:
        _log(error)
        return True


def _added(name: str, seconds: float) -> bool:
    return bool(_backend().add(name, True, seconds))


def _lost(name: str) -> bool:
    return _backend().get(name) is None


def remove(name: str) -> None:
    """Delete an entry, if it exists."""
    try:
        _backend().delete(name)
    except _outages() as error:
        _log(error)


@dataclass(frozen=True)
class Shelf:
    """Many small items in a fixed number of cache entries.  Each item has its own expiry.

    If two processes write at the same moment, an item may be lost: it is then read from Nova again.
    """

    # What the items are, and their owner.
    kind: str
    owner: tuple[object, ...] = ()
    # Number of entries: more for larger items.
    entries: int = 1
    # Maximum number of items in one entry; the items that expire first are dropped.
    most: int = 2000

    def get(self, items: Iterable[str]) -> dict[str, Any]:
        """Return the values of the items that exist, in one call to the cache.  The caller checks their shape."""
        wanted = set(items)
        stored = _stored(get_many({self._key_of(item) for item in wanted}))
        return {item: stored[item][1] for item in wanted if item in stored}

    def put(self, values: Mapping[str, Any], seconds: float) -> None:
        """Store the values for ``seconds``, in two calls to the cache."""
        until = time.time() + seconds
        self._change({item: (until, value) for item, value in values.items()})

    def remove(self, item: str) -> None:
        """Delete an item, if it exists."""
        self._change({item: None})

    def _change(self, changes: Mapping[str, tuple[float, Any] | None]) -> None:
        """Change items.  Threads of one process write one after the other, with a limited wait if the cache hangs."""
        if not changes:
            return
        by_entry: dict[str, dict[str, tuple[float, Any] | None]] = {}
        for item, change in changes.items():
            by_entry.setdefault(self._key_of(item), {})[item] = change
        alone = _writing.acquire(timeout=WRITE_WAIT)
        try:
            before = get_many(by_entry)
            after = {name: self._after(_stored({name: before.get(name)}), by_entry[name]) for name in by_entry}
            seconds = max((until for items in after.values() for until, _value in items.values()), default=time.time())
            put_many(after, max(1.0, seconds - time.time()))
        finally:
            if alone:
                _writing.release()

    def _after(
        self, items: dict[str, tuple[float, Any]], changes: Mapping[str, tuple[float, Any] | None]
    ) -> dict[str, tuple[float, Any]]:
        merged = {item: kept for item, kept in {**items, **changes}.items() if kept is not None}
        lasting = sorted(merged, key=lambda item: merged[item][0], reverse=True)[: self.most]
        while lasting and len(pickle.dumps({item: merged[item] for item in lasting})) > MAX_BYTES:
            lasting = lasting[: len(lasting) // 2]
        return {item: merged[item] for item in lasting}

    def _key_of(self, item: str) -> str:
        return key(self.kind, *self.owner, zlib.crc32(item.encode()) % self.entries)


def _stored(entries: Mapping[str, Any]) -> dict[str, tuple[float, Any]]:
    """Return the items that have not expired.  Values with another shape are ignored."""
    now = time.time()
    found = [pair for entry in entries.values() if isinstance(entry, dict) for pair in entry.items()]
    return {item: kept for item, kept in found if isinstance(item, str) and _is_kept(kept) and kept[0] > now}


def _is_kept(kept: object) -> bool:
    return isinstance(kept, tuple) and len(kept) == 2 and isinstance(kept[0], float)


def _backend() -> BaseCache:
    return caches[get_config().cache]


def _failures() -> tuple[type[BaseException], ...]:
    return (*_outages(), *UNREADABLE)


@once
def _outages() -> tuple[type[BaseException], ...]:
    """Return the exceptions that a failing backend raises.  OSError covers sockets and files."""
    found: list[type[BaseException]] = [OSError, DatabaseError, InvalidCacheBackendError]
    for module, name in LIBRARIES:
        try:
            found.append(getattr(import_module(module), name))
        except (ImportError, AttributeError):
            continue
    return tuple(found)


def _log(error: BaseException) -> None:
    LOG.warning("Django's cache failed: %s: %s", type(error).__name__, error)
