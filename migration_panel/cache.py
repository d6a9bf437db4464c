# SPDX-License-Identifier: Apache-2.0
"""The only user of Django's cache.  It makes the panel quicker; nothing may depend on it.

An error of the cache's backend counts as a miss, so that a cache that is down, full or flapping costs time and no
more.  Every key names VERSION: a panel of another version, at work beside this one, has entries of its own.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections.abc import Iterable, Mapping
from functools import cache as once
from importlib import import_module
from typing import Any

from django.core.cache import BaseCache, caches
from django.core.cache.backends.base import InvalidCacheBackendError
from django.db import DatabaseError

from migration_panel.conf import get_config

LOG = logging.getLogger(__name__)

# Raise it whenever the shape of a stored value changes.
VERSION = 3

# What the client libraries of Django's cache backends raise; those that are not installed cannot.
LIBRARIES = (
    ("pymemcache.exceptions", "MemcacheError"),
    ("pylibmc", "Error"),
    ("redis.exceptions", "RedisError"),
)
# What unpickling an entry of another program or version can raise, by the documentation of pickle.
UNREADABLE = (pickle.UnpicklingError, AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError)


def key(kind: str, *parts: object) -> str:
    """Return the key of an entry: ``kind`` names what it holds, ``parts`` whose or of what."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
    return f"migration_panel:{VERSION}:{kind}:{digest}"


def get(name: str, default: Any = None) -> Any:
    """Return the value of an entry, or ``default`` where there is none that can be read."""
    try:
        return _backend().get(name, default)
    except _failures() as error:
        return _missed(error, default)


def get_many(names: Iterable[str]) -> dict[str, Any]:
    """Return the values of those entries that exist, by their keys."""
    wanted = list(names)
    if not wanted:
        return {}
    try:
        return dict(_backend().get_many(wanted))
    except _failures() as error:
        return _missed(error, {})


def put(name: str, value: Any, seconds: float) -> None:
    """Store a value for so many seconds, if the cache allows it."""
    try:
        _backend().set(name, value, seconds)
    except _failures() as error:
        _missed(error, None)


def put_many(values: Mapping[str, Any], seconds: float) -> None:
    """Store several values for so many seconds, if the cache allows it."""
    if not values:
        return
    try:
        _backend().set_many(dict(values), seconds)
    except _failures() as error:
        _missed(error, None)


def claim(name: str, seconds: float) -> bool:
    """Return whether nobody else holds the entry, and hold it for so many seconds.

    True too where the cache fails: a claim spares work, it never protects.
    """
    try:
        return bool(_backend().add(name, True, seconds))
    except _failures() as error:
        return bool(_missed(error, True))


def remove(name: str) -> None:
    """Delete an entry, if there is one."""
    try:
        _backend().delete(name)
    except _failures() as error:
        _missed(error, None)


def _backend() -> BaseCache:
    return caches[get_config().cache]


@once
def _failures() -> tuple[type[BaseException], ...]:
    """OSError covers sockets and files."""
    found: list[type[BaseException]] = [OSError, DatabaseError, InvalidCacheBackendError, *UNREADABLE]
    for module, name in LIBRARIES:
        try:
            found.append(getattr(import_module(module), name))
        except (ImportError, AttributeError):
            continue
    return tuple(found)


def _missed(error: BaseException, value: Any) -> Any:
    LOG.warning("Django's cache failed: %s: %s", type(error).__name__, error)
    return value
