# SPDX-License-Identifier: Apache-2.0
"""Reads the migrations and all that a row says of them, in as few calls and waits as can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

from migration_panel.board import aftermath, instances, samples
from migration_panel.board.asked import asked_of
from migration_panel.board.cursor import Cursor, digest
from migration_panel.board.phases import phase_of
from migration_panel.board.row import Row
from migration_panel.board.sections import Section, section_of
from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
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

    @property
    def moving(self) -> bool:
        """Whether anything seen so far is on its way, listed this time or not."""
        return bool(self.cursor and self.cursor.moving)


async def read_feed(nova: Nova, query: Query, cursor: Cursor | None = None, *, figures: bool = True) -> Feed:
    """Raises MigrationPanelError if the list of migrations cannot be had.

    Without ``figures``, neither these nor reasons are asked for; what is remembered of reasons is there.

    The list and the figures of what ran at the last poll are asked for at once, so that a poll takes as
    long as its slowest call; a second wait comes only for what the first one revealed.
    """
    followed = cursor.followed if cursor and figures else ()
    lists, copying = await groups_at_once(
        _lists(nova, query, cursor), [partial(_figures, nova, one) for one in followed]
    )
    migrations = _merged([one for listed in lists for one in listed], copying)
    sections = _sections(migrations)
    if cursor is None:
        migrations = _first_page(migrations, sections, query.limit)
    unasked = {one.instance_id for one in migrations if _copies(one)} - set(followed) if figures else set()
    rows = await _rows(nova, migrations, sections, sorted(unasked), reasons=figures)
    changed = tuple(row for row in rows if cursor is None or _digest(row) not in cursor.seen)
    unheard = [one for one, answer in zip(followed, copying, strict=True) if answer is None]
    return Feed(changed, _next(cursor, rows, unheard))


def _lists(nova: Nova, query: Query, cursor: Cursor | None) -> list[Callable[[], list[Migration]]]:
    listing = partial(nova.migrations, instance_id=query.instance_id, project_id=query.project_id)
    if cursor:
        return [partial(listing, changed_since=cursor.since)]
    if query.instance_id:
        return [partial(listing, limit=WINDOW)]
    # What waits for a confirmation may have done so for long.
    return [partial(listing, limit=WINDOW), partial(listing, limit=WINDOW, status="finished")]


def _sections(migrations: list[Migration]) -> dict[str, Section]:
    """By the migration's UUID."""
    now = datetime.now(timezone.utc)
    newest = _newest(migrations)
    return {one.uuid: section_of(one, now, newest=one.uuid in newest) for one in migrations}


def _newest(migrations: list[Migration]) -> set[str]:
    """The last one of each instance; the list begins with the newest."""
    return set({one.instance_id: one.uuid for one in reversed(migrations)}.values())


def _first_page(migrations: list[Migration], sections: dict[str, Section], limit: int) -> list[Migration]:
    """All that need somebody or are under way, and as many of the others as the reader's pages have."""
    past = [one.uuid for one in migrations if sections[one.uuid] is Section.HISTORY]
    beyond = set(past[limit:])
    return [one for one in migrations if one.uuid not in beyond]


def _figures(nova: Nova, instance: str) -> list[Migration] | None:
    """None if Nova cannot say: no reason to fail the whole board, since the list tells the status."""
    try:
        return nova.live_migrations(instance)
    except NotFound:
        return []
    except (NotAllowed, Refused, Unavailable):
        return None


def _copies(migration: Migration) -> bool:
    return migration.type == "live-migration" and migration.status == "running"


def _merged(listed: Iterable[Migration], copying: Iterable[list[Migration] | None]) -> list[Migration]:
    """The list is the truth about the status; the figures come from the second source."""
    merged = {one.uuid: one for one in listed}
    for one in (one for found in copying for one in found or ()):
        if one.uuid not in merged:
            merged[one.uuid] = one
        elif _copies(merged[one.uuid]):
            merged[one.uuid] = replace(merged[one.uuid], figures=one.figures, updated_at=one.updated_at)
    return sorted(merged.values(), key=lambda one: one.id, reverse=True)


async def _rows(
    nova: Nova, migrations: list[Migration], sections: dict[str, Section], unasked: list[str], *, reasons: bool
) -> list[Row]:
    ids = {one.instance_id for one in migrations}
    known = await instances.remembered(nova, ids)
    whys = await aftermath.remembered(nova, migrations)
    asked = await asked_of(one.uuid for one in migrations if phase_of(one.status).moving)
    unknown = sorted(ids - known.keys())
    unexplained = [one for one in migrations if reasons and aftermath.concerns(one) and one.uuid not in whys]
    names, copying, explained = await groups_at_once(
        [partial(instances.ask, nova, one) for one in unknown],
        [partial(_figures, nova, one) for one in unasked],
        [partial(aftermath.ask, nova, one) for one in unexplained],
    )
    newest = _newest(migrations)
    known |= await instances.remember(nova, zip(unknown, names, strict=True))
    whys |= await aftermath.remember(nova, zip(unexplained, explained, strict=True))
    migrations = _merged(migrations, copying)
    series = await samples.recorded(nova, migrations)
    return [
        Row.of(
            one,
            known.get(one.instance_id, instances.Known()),
            section=sections[one.uuid],
            asked=asked.get(one.uuid),
            why=whys.get(one.uuid),
            newest=one.uuid in newest,
            samples=series.get(one.uuid, ()),
            queue=nova.aborts_queued,
        )
        for one in migrations
    ]


def _next(cursor: Cursor | None, rows: list[Row], unheard: list[str]) -> Cursor | None:
    """None while there is nothing at all: the next poll then asks for the first page again."""
    moments = [row.migration.changed_at for row in rows if row.migration.changed_at]
    if cursor:
        moments.append(cursor.newest)
    if not moments:
        return None
    base = Cursor(max(moments).replace(microsecond=0))
    followed = dict.fromkeys([row.migration.instance_id for row in rows if _copies(row.migration)] + unheard)
    before = cursor.moving if cursor else frozenset()
    return replace(
        base,
        followed=tuple(followed),
        moving=before - {row.migration.id for row in rows} | {row.migration.id for row in rows if row.phase.moving},
        seen=frozenset(_digest(row) for row in rows if _comes_again(row.migration, base)),
    )


def _comes_again(migration: Migration, cursor: Cursor) -> bool:
    """With the figures of a followed instance, or because the next list looks back so far."""
    changed = migration.changed_at
    return _copies(migration) or (changed is not None and changed >= cursor.since)


def _digest(row: Row) -> bytes:
    return digest((row.migration, row.name, row.asked, row.why, row.pace))
