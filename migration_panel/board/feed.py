# SPDX-License-Identifier: Apache-2.0
"""Reads the migrations and all that a row says of them, in as few calls and waits as can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from migration_panel.board import aftermath, instances
from migration_panel.board.asked import asked_of
from migration_panel.board.cursor import Cursor, digest
from migration_panel.board.phases import phase_of
from migration_panel.board.row import Row
from migration_panel.board.why import Why
from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once, groups_at_once
from migration_panel.nova.records import Migration


@dataclass(frozen=True)
class Query:
    """Which migrations: of one project's askers or all, of one instance or all."""

    project_id: str | None = None
    instance_id: str | None = None
    # Rows of a first page.
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
    listed, *copying = await at_once(
        [partial(_list, nova, query, cursor), *(partial(_figures, nova, one) for one in followed)]
    )
    migrations = _merged(listed, copying)
    unasked = {one.instance_id for one in migrations if _copies(one)} - set(followed) if figures else set()
    rows = await _rows(nova, migrations, sorted(unasked), reasons=figures)
    changed = tuple(row for row in rows if cursor is None or _digest(row) not in cursor.seen)
    unheard = [one for one, answer in zip(followed, copying, strict=True) if answer is None]
    return Feed(changed, _next(cursor, rows, unheard))


def _list(nova: Nova, query: Query, cursor: Cursor | None) -> list[Migration]:
    return nova.migrations(
        limit=None if cursor else query.limit,
        changed_since=cursor.since if cursor else None,
        instance_id=query.instance_id,
        project_id=query.project_id,
    )


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
            merged[one.uuid] = replace(merged[one.uuid], figures=one.figures)
    return sorted(merged.values(), key=lambda one: one.id, reverse=True)


async def _rows(nova: Nova, migrations: list[Migration], unasked: list[str], *, reasons: bool) -> list[Row]:
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
    newest = {one.instance_id: one.uuid for one in reversed(migrations)}.values()
    known |= await instances.remember(nova, zip(unknown, names, strict=True))
    whys |= await aftermath.remember(nova, zip(unexplained, explained, strict=True))
    return [
        Row.of(
            one,
            known.get(one.instance_id, instances.Known()),
            asked=asked.get(one.uuid),
            why=_of_now(whys.get(one.uuid), one.uuid in newest),
            queue=nova.aborts_queued,
        )
        for one in _merged(migrations, copying)
    ]


def _of_now(why: Why | None, newest: bool) -> Why | None:
    """How the instance is now follows from its last migration, not from those before."""
    return why if why is None or newest else replace(why, unharmed=False)


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
    return digest((row.migration, row.name, row.asked, row.why))
