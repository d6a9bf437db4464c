# SPDX-License-Identifier: Apache-2.0
"""Pages of past migrations: Nova filters and cuts, nothing is read beyond the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from functools import partial

from migration_panel.api.concurrency import gather
from migration_panel.api.nova import Nova
from migration_panel.board import build
from migration_panel.board.cursor import Cursor
from migration_panel.board.poll import next_cursor
from migration_panel.board.rows import Row

# By how much Nova's clock may be behind Horizon's.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Filters:
    """As Nova takes them; None leaves one out."""

    status: str | None = None
    type: str | None = None
    # Either end.
    host: str | None = None
    instance_id: str | None = None
    # Of who asked for the migration, not of who owns the instance.
    project_id: str | None = None
    user_id: str | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    cursor: Cursor
    # UUID after which the next, older page begins; None on the last.
    older: str | None


async def read_page(nova: Nova, filters: Filters, marker: str | None, size: int) -> Page:
    """Raises RequestRejected for a marker that is gone or a filter that Nova does not take."""
    # One more record than is shown tells whether there is another page, unless Nova's own limit is lower.
    listing = partial(nova.migration_list, most=size + 1, pages=1, marker=marker, **asdict(filters))
    [listed] = await gather([listing])
    page = listed.records[:size]
    known = {row.migration.uuid: row for row in await build.build_rows(nova, page)}
    # In Nova's order, which is that of time; what the figures brought along does not belong here.
    rows = [known[one.uuid] for one in page]
    more = len(listed.records) > size or not listed.complete
    older = page[-1].uuid if page and more else None
    # From now on, or the first poll of an old page would ask for all that has changed since.
    since = datetime.now(timezone.utc) - SKEW
    return Page(tuple(rows), next_cursor(Cursor(since), rows, []), older)
