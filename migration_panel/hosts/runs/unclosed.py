# SPDX-License-Identifier: Apache-2.0
"""Records of migrations that stay open for ever, because nothing is left that will close them.

Nova cleans up few of them (nova/compute/manager.py, _cleanup_incomplete_migrations).  Such a record must not keep a
host from being called empty.  Only a positive answer makes one: the instance was looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from migration_panel.board.rules.phases import Phase, phase_of
from migration_panel.hosts.runs.moves import (
    FORGOTTEN,
    at_end,
    by_instance,
    failed_live,
    holds,
    leaving,
    moving,
    newest,
    unchanged_for,
)
from migration_panel.nova.records import Migration, Server

# Codes; the sentences are in words.py.
DELETED, NO_CHANGE = "instance-deleted", "no-change"

# A migration waits so long for its confirmation, and longer, without anything being wrong.
STALE = timedelta(hours=1)

# What Nova destroys on the source when nova-compute starts there (_destroy_evacuated_instances).
UNFINISHED = frozenset({"accepted", "pre-migrating", "done"})


def in_doubt(
    migrations: Iterable[Migration], host: str, here: Collection[str], since: datetime, now: datetime
) -> list[Migration]:
    """Return the newest records of instances that are not on the host, and of which a look-up has to tell more."""
    migrations = list(migrations)
    failed = [moves[-1] for moves in by_instance(leaving(migrations, host, since)).values() if failed_live(moves[-1])]
    stale = [one for one in newest(migrations) if holds(one) and unchanged_for(_patience(one), one, now)]
    return [one for one in (*failed, *stale) if one.instance_id not in here]


def verdict(migration: Migration, server: Server | None, now: datetime) -> str:
    """Return DELETED or NO_CHANGE for a record that nothing will close, else an empty text.

    ``server``: the instance as it was looked up; None for one that was deleted.
    """
    if server is None:
        return DELETED
    # Of an instance in a cell that is down Nova tells neither state.
    at_rest = server.task_state is None and server.vm_state not in ("", "resized")
    if at_rest and migration.type == "live-migration" and at_end(migration, server):
        # It has arrived (arrivals.py).
        return ""
    return NO_CHANGE if at_rest and holds(migration) and unchanged_for(STALE, migration, now) else ""


def unfinished_evacuations(
    migrations: Iterable[Migration], host: str, verdicts: Mapping[str, str]
) -> tuple[Migration, ...]:
    """Return the evacuations from the host that nova-compute there has not noticed, since it was not restarted.

    Those of deleted instances stay so for ever, and do no harm.
    """
    return tuple(
        one
        for one in migrations
        if one.type == "evacuation"
        and one.source == host
        and one.status in UNFINISHED
        and verdicts.get(one.uuid) != DELETED
    )


def _patience(migration: Migration) -> timedelta:
    return FORGOTTEN if moving(migration) or phase_of(migration.status) is not Phase.CONFIRM else STALE
