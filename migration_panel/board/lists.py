# SPDX-License-Identifier: Apache-2.0
"""Which migrations a request lists, and the lists that go further back than the newest records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel import cache
from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.api.validate import validated
from migration_panel.board.status import PHASES

# How many of the newest migrations are searched for migrations in progress.
LIST_LIMIT = 200

# Nova filters by one status at a time.
OPEN = tuple(sorted(status for status, phase in PHASES.items() if phase.moving))

# How long the open migrations beyond LIST_LIMIT are stored, s: reading them costs a call for each status.
KEPT = 60


@dataclass(frozen=True)
class Query:
    """Which migrations: of one project or of all, of one instance or of all."""

    # Project of the user who requested the migration.
    project_id: str | None = None
    instance_id: str | None = None
    # Rows of a first page, in addition to those that need attention or are in progress.
    limit: int = 20


async def stored_open_migrations(nova: Nova, query: Query) -> Listing[Migration] | None:
    """Return the migrations in progress, of any age, from the cache; None if they are not stored."""
    stored = await sync_to_async(cache.get)(_key(nova, query))
    if not isinstance(stored, tuple) or len(stored) != 2 or not isinstance(stored[0], list):
        return None
    try:
        return Listing([validated(Migration(**fields)) for fields in stored[0]], complete=stored[1] is True)
    except TypeError:
        # Another program or version has written the entry.
        return None


async def open_migrations(nova: Nova, query: Query) -> Listing[Migration]:
    """Return the migrations in progress, of any age.  One call for each status, all at once, stored for a minute."""
    stored = await stored_open_migrations(nova, query)
    if stored is not None:
        return stored
    listing = partial(nova.migration_list, instance_id=query.instance_id, project_id=query.project_id, pages=1)
    answers = await gather([partial(listing, most=LIST_LIMIT, status=status) for status in OPEN])
    found: list[Migration] = [migration for answer in answers for migration in answer.records]
    complete = all(answer.complete for answer in answers)
    values = [asdict(migration) | {"figures": None} for migration in found]
    await sync_to_async(cache.put)(_key(nova, query), (values, complete), KEPT)
    return Listing(found, complete)


def _key(nova: Nova, query: Query) -> str:
    return cache.key("open", nova.access.cache_scope, query.project_id, query.instance_id)
