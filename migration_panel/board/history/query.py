# SPDX-License-Identifier: Apache-2.0
"""Read one page of past migrations.  Nova filters and cuts the list."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from migration_panel.api.concurrency import gather
from migration_panel.api.nova import Nova
from migration_panel.board.build import RowBuilder
from migration_panel.board.cursor import Cursor
from migration_panel.board.poll import page_cursor
from migration_panel.board.rows import Row


@dataclass(frozen=True)
class Filters:
    """Filters of Nova's list of migrations; None is not sent."""

    status: str | None = None
    type: str | None = None
    # Source or destination.
    host: str | None = None
    instance_id: str | None = None
    # Of the user who requested the migration, not of the instance.
    project_id: str | None = None
    user_id: str | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Rows in the order of time."""

    rows: tuple[Row, ...]
    cursor: Cursor
    # UUID after which the next, older page starts; None on the last page.
    older: str | None


async def read_page(nova: Nova, filters: Filters, marker: str | None, size: int) -> Page:
    """Return at most ``size`` migrations that are older than ``marker``.

    Raise RequestRejected for an unknown marker, or a filter that Nova does not accept.
    """
    # One more record than is shown reveals whether there is another page, unless Nova's own limit is lower.
    listing = partial(nova.migration_list, most=size + 1, pages=1, marker=marker, **asdict(filters))
    [listed] = await gather([listing])
    migrations = listed.records[:size]
    rows = {row.migration.uuid: row for row in await RowBuilder(nova, migrations).build()}
    # In Nova's order, which is that of time, and without migrations that came with the progress.
    ordered = tuple(rows[migration.uuid] for migration in migrations)
    more = len(listed.records) > size or not listed.complete
    older = migrations[-1].uuid if migrations and more else None
    return Page(ordered, page_cursor(ordered), older)
