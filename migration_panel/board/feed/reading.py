# SPDX-License-Identifier: Apache-2.0
"""Reads the migrations and all that a row says of them, in as few calls and waits as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from migration_panel.board.feed import foreign, gathering
from migration_panel.board.feed.following import digest_of, next_cursor, waits
from migration_panel.board.feed.foreign import Look
from migration_panel.board.feed.row import Row
from migration_panel.board.rules.cursor import Cursor
from migration_panel.board.rules.sections import Section
from migration_panel.board.rules.unlisted import Unlisted
from migration_panel.conf import get_config
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import groups_at_once
from migration_panel.nova.records import Migration

# How many of the newest are looked through for those that are under way.
WINDOW = 200


@dataclass(frozen=True)
class Query:
    """Which migrations: of one project's askers or all, of one instance or all."""

    project_id: str | None = None
    instance_id: str | None = None
    # Rows of a first page, beside those that need somebody or are under way.
    limit: int = 20


@dataclass(frozen=True)
class Feed:
    """Newest first; after a cursor, only the rows that differ from what was seen then."""

    rows: tuple[Row, ...]
    cursor: Cursor | None
    # What moves by the wish of others; only at times, see foreign.py.
    unlisted: tuple[Unlisted, ...] = ()

    @property
    def moving(self) -> bool:
        """Whether anything seen so far is on its way, listed this time or not."""
        here = self.cursor and (self.cursor.moving or self.cursor.foreign.intersection(self.cursor.followed))
        return bool(here or any(one.moving for one in self.unlisted))


async def read_feed(nova: Nova, query: Query, cursor: Cursor | None = None, *, figures: bool = True) -> Feed:
    """Raises MigrationPanelError if the list of migrations cannot be had.

    Without ``figures``, neither these nor reasons are asked for; what is remembered of reasons is there.

    The list and the figures of what ran at the last poll are asked for at once, so that a poll takes as
    long as its slowest call; a second wait comes only for what the first one revealed.  Of more than can be
    asked for at once, some have to wait for their turn, so that the list never waits for all of them.
    """
    followed = cursor.followed if cursor and figures else ()
    listing, look = _lists(nova, query, cursor), Look.due(nova, query.project_id, query.instance_id, cursor)
    room = max(1, get_config().concurrency - len(listing) - len(look.calls))
    turn = followed[:room]
    lists, copying, seen = await groups_at_once(
        listing, [partial(gathering.figures, nova, one) for one in turn], look.calls
    )
    listed = [one for answer in lists for one in answer]
    heard = dict(zip(turn, copying, strict=True))
    others = await foreign.found(nova, query.project_id, seen, listed, cursor, heard, figures=figures)
    migrations = gathering.merged([*listed, *others.migrations], copying)
    if cursor is None:
        migrations = _first_page(migrations, query.limit)
    rows = await gathering.rows_of(
        nova,
        migrations,
        complete=figures,
        asked_before={*followed, *(one.instance_id for one in others.migrations)},
        foreign=others.instances - {one.instance_id for one in listed},
        most=room - len(turn) if cursor else None,
    )
    waiting = {row.migration.uuid for row in rows if cursor and waits(row, cursor, heard)}
    told = [row for row in rows if row.migration.uuid not in waiting]
    changed = tuple(row for row in told if cursor is None or digest_of(row) not in cursor.seen)
    unheard = [one for one, answer in heard.items() if answer is None]
    following = next_cursor(cursor, rows, unheard, others, waiting=waiting, later=followed[room:])
    return Feed(changed, following, others.unlisted)


def _lists(nova: Nova, query: Query, cursor: Cursor | None) -> list[Callable[[], list[Migration]]]:
    listing = partial(nova.migrations, instance_id=query.instance_id, project_id=query.project_id)
    if cursor:
        return [partial(listing, changed_since=cursor.since)]
    if query.instance_id:
        return [partial(listing, limit=WINDOW)]
    if query.project_id is not None:
        # What waits long since is found by the project's instances.
        return [partial(listing, limit=WINDOW)]
    # What waits for a confirmation may have done so for long.
    return [partial(listing, limit=WINDOW), partial(listing, limit=WINDOW, status="finished")]


def _first_page(migrations: list[Migration], limit: int) -> list[Migration]:
    """All that need somebody or are under way, and as many of the others as the reader's pages have."""
    sections = gathering.sections_of(migrations)
    past = [one.uuid for one in migrations if sections[one.uuid] is Section.HISTORY]
    beyond = set(past[limit:])
    return [one for one in migrations if one.uuid not in beyond]
