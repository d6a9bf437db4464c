# SPDX-License-Identifier: Apache-2.0
"""Gathers what rows say beyond the list: names, figures, reasons, samples, what was asked; all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from migration_panel.board.feed.row import Row
from migration_panel.board.remembered import aftermath, instances, samples
from migration_panel.board.remembered.asked import asked_of
from migration_panel.board.rules.phases import phase_of
from migration_panel.board.rules.sections import Section, section_of
from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import groups_at_once
from migration_panel.nova.records import Migration


async def rows_of(
    nova: Nova,
    migrations: list[Migration],
    *,
    complete: bool = True,
    asked_before: Collection[str] = (),
    foreign: Collection[str] = (),
    most: int | None = None,
) -> list[Row]:
    """Newest first.  Unless ``complete``, neither figures nor reasons are asked for, only remembered ones told.

    ``asked_before``: instances whose figures are there already or have to wait; ``foreign``: instances moved by others;
    ``most``: for how many the figures are asked at most.
    """
    ids = {one.instance_id for one in migrations}
    known = await instances.remembered(nova, ids)
    whys = await aftermath.remembered(nova, migrations)
    asked = await asked_of(one.uuid for one in migrations if phase_of(one.status).moving)
    unknown = sorted(ids - known.keys())
    uncounted = {one.instance_id for one in migrations if complete and copies(one)} - set(asked_before)
    unexplained = [one for one in migrations if complete and aftermath.concerns(one) and one.uuid not in whys]
    names, copying, explained = await groups_at_once(
        [partial(instances.ask, nova, one) for one in unknown],
        [partial(figures, nova, one) for one in sorted(uncounted)[:most]],
        [partial(aftermath.ask, nova, one) for one in unexplained],
    )
    known |= await instances.remember(nova, zip(unknown, names, strict=True))
    whys |= await aftermath.remember(nova, zip(unexplained, explained, strict=True))
    migrations = merged(migrations, copying)
    series = await samples.recorded(nova, migrations)
    sections, newest = sections_of(migrations), newest_of(migrations)
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
            foreign=one.instance_id in foreign and not phase_of(one.status).over,
        )
        for one in migrations
    ]


def figures(nova: Nova, instance: str) -> list[Migration] | None:
    """None if Nova cannot say: no reason to fail the whole board, since the list tells the status."""
    try:
        return nova.live_migrations(instance)
    except NotFound:
        return []
    except (NotAllowed, Refused, Unavailable):
        return None


def copies(migration: Migration) -> bool:
    return migration.type == "live-migration" and migration.status == "running"


def merged(listed: Iterable[Migration], copying: Iterable[list[Migration] | None]) -> list[Migration]:
    """The list is the truth about the status; the figures come from the second source."""
    found = {one.uuid: one for one in listed}
    for one in (one for answer in copying for one in answer or ()):
        if one.uuid not in found:
            found[one.uuid] = one
        elif copies(found[one.uuid]):
            found[one.uuid] = replace(found[one.uuid], figures=one.figures, updated_at=one.updated_at)
    return sorted(found.values(), key=lambda one: one.id, reverse=True)


def sections_of(migrations: list[Migration]) -> dict[str, Section]:
    """By the migration's UUID."""
    now = datetime.now(timezone.utc)
    newest = newest_of(migrations)
    return {one.uuid: section_of(one, now, newest=one.uuid in newest) for one in migrations}


def newest_of(migrations: list[Migration]) -> set[str]:
    """The last one of each instance; the list begins with the newest."""
    return set({one.instance_id: one.uuid for one in reversed(migrations)}.values())
