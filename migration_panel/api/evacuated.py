# SPDX-License-Identifier: Apache-2.0
"""Hosts whose nova-compute has not been restarted since instances were evacuated from them.

A record of an evacuation stays ``done`` until nova-compute starts again on the source.  It then deletes every guest
there that has a record of this kind, wherever the instance is now, and sets the record to ``completed``
(nova/compute/manager.py, _destroy_evacuated_instances).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone

from migration_panel import cache
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.cache import Shelf
from migration_panel.exceptions import NotAllowed, NotFound, RequestRejected, TolerableError

# How long an answer counts as new, and how long a request with few calls may use it, s.
FRESH = 60
USABLE = 600
# A deleted instance stays deleted, s.
DELETED_FOR = 24 * 3600
DELETED = Shelf("deleted")
# Maximum number of instances that are looked up for one answer, and maximum time, s: each costs a call or two.
MAX_LOOKUPS = 10
LOOKUP_TIME = 2.0

EARLIEST = datetime.min.replace(tzinfo=timezone.utc)

# Host -> IDs of the instances evacuated from it.
Evacuated = Mapping[str, frozenset[str]]


def evacuated_hosts(nova: Nova, *, older: bool = False) -> Evacuated:
    """Return the instances evacuated from each host since nova-compute was last restarted there.

    One call to Nova at most every FRESH seconds for all users with the same rights, and one or two for each host in the
    answer.  With ``older``, use an answer of up to USABLE seconds.  Raise NotAllowed for a user who may not list
    evacuations, and MigrationPanelError.
    """
    name = _key(nova)
    stored = cache.get(name)
    if _is_stored(stored) and time.time() - stored[0] < (USABLE if older else FRESH):
        return _from_stored(stored[1])
    try:
        records = nova.evacuations_done().records
    except (NotAllowed, NotFound, RequestRejected) as error:
        # The next answer would be the same.
        cache.put(name, (time.time(), None), FRESH)
        raise NotAllowed(error.reason) from error
    hosts = _existing(nova, by_host(records))
    cache.put(name, (time.time(), {host: tuple(ids) for host, ids in hosts.items()}), USABLE)
    return hosts


def forget(nova: Nova) -> None:
    """Drop the stored answer, because an evacuation was requested."""
    cache.remove(_key(nova))


def by_host(migrations: Iterable[Migration]) -> dict[str, list[str]]:
    """Return the IDs of the evacuated instances of each source, newest record first."""
    hosts: dict[str, list[str]] = {}
    for migration in sorted(migrations, key=lambda migration: migration.created_at or EARLIEST, reverse=True):
        if migration.source and migration.status == "done" and migration.type == "evacuation":
            ids = hosts.setdefault(migration.source, [])
            if migration.instance_id not in ids:
                ids.append(migration.instance_id)
    return hosts


def _existing(nova: Nova, hosts: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return the instances without those known to be deleted: Nova never closes the records of deleted instances.

    One instance that exists is enough for its host; instances that were not looked up count as existing.
    """
    stored = DELETED.get(instance for ids in hosts.values() for instance in ids)
    deleted = {instance for instance, is_deleted in stored.items() if is_deleted is True}
    end, lookups = time.monotonic() + LOOKUP_TIME, MAX_LOOKUPS
    for ids in hosts.values():
        for instance in ids:
            if instance in deleted:
                continue
            if not lookups or time.monotonic() > end:
                break
            lookups -= 1
            if not _is_deleted(nova, instance):
                break
            deleted.add(instance)
            DELETED.put({instance: True}, DELETED_FOR)
    existing = {host: frozenset(ids) - deleted for host, ids in hosts.items()}
    return {host: ids for host, ids in existing.items() if ids}


def _is_deleted(nova: Nova, instance_id: str) -> bool:
    """Return whether the instance was deleted.

    A 404 alone may mean that the user may not see the instance; its actions stay readable for administrators.
    """
    try:
        nova.server(instance_id)
    except NotFound:
        try:
            return any(action.name == "delete" for action in nova.actions(instance_id))
        except TolerableError:
            return False
    except TolerableError:
        return False
    return False


def _is_stored(entry: object) -> bool:
    """Return whether the entry is a time and the IDs by host, or None in place of the IDs."""
    if not isinstance(entry, tuple) or len(entry) != 2 or not isinstance(entry[0], float):
        return False
    hosts = entry[1]
    return hosts is None or (isinstance(hosts, dict) and all(isinstance(ids, tuple) for ids in hosts.values()))


def _from_stored(hosts: Mapping[str, Iterable[str]] | None) -> Evacuated:
    if hosts is None:
        raise NotAllowed()
    return {host: frozenset(ids) for host, ids in hosts.items()}


def _key(nova: Nova) -> str:
    return cache.key("evacuated", nova.access.cache_scope)
