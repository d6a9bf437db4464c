# SPDX-License-Identifier: Apache-2.0
"""The lists of migrations that the board requests, read as far as needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel import cache
from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.cursor import Cursor
from migration_panel.board.status import PHASES

# How many of the newest migrations are searched for migrations in progress.
LIST_LIMIT = 200

# Nova filters by one status at a time.
OPEN = tuple(sorted(status for status, phase in PHASES.items() if phase.moving))

# How long the open migrations beyond the window are stored, s: reading them costs a call for each status.
KEPT = 60


@dataclass(frozen=True)
class Query:
    """Which migrations: of one project's askers or all, of one instance or all."""

    project_id: str | None = None
    instance_id: str | None = None
    # Rows of a first page, beside those that need somebody or are under way.
    limit: int = 20


def lists(nova: Nova, query: Query, cursor: Cursor | None, now: datetime) -> list[Callable[[], Listing[Migration]]]:
    """Return the calls for a first page, or for what changed since the cursor."""
    listing = partial(nova.migration_list, instance_id=query.instance_id, project_id=query.project_id)
    if cursor:
        return [partial(listing, changed_since=cursor.deep_since if cursor.is_deep(now) else cursor.since)]
    if query.instance_id:
        return [partial(listing, most=LIST_LIMIT)]
    if query.project_id is not None:
        # A migration that has waited longer is found through the project's instances.
        return [partial(listing, most=LIST_LIMIT)]
    # A migration may wait for its confirmation for a long time.
    return [partial(listing, most=LIST_LIMIT), partial(listing, most=LIST_LIMIT, status="finished")]


async def open_ones(nova: Nova, query: Query, *, ask: bool = True) -> list[Migration] | None:
    """Return the migrations in progress, of any age.  One call for each status, all at once, stored for a minute.

    With ``ask=False``, return the stored migrations, or None if there are none.
    """
    name = cache.key("open", nova.access.cache_scope, query.project_id, query.instance_id)
    stored = await sync_to_async(cache.get)(name)
    if isinstance(stored, list):
        return [Migration(**one) for one in stored]
    if not ask:
        return None
    listing = partial(nova.migration_list, instance_id=query.instance_id, project_id=query.project_id, pages=1)
    answers = await gather([partial(listing, most=LIST_LIMIT, status=status) for status in OPEN])
    found = [one for answer in answers for one in answer.records]
    await sync_to_async(cache.put)(name, [asdict(one) | {"figures": None} for one in found], KEPT)
    return found
