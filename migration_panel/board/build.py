# SPDX-License-Identifier: Apache-2.0
"""Gathers what rows say beyond the list: names, figures, reasons, samples, what was asked; all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async

from migration_panel import clock
from migration_panel.api.concurrency import gather_groups
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board import failure_query
from migration_panel.board.cache import (
    InstanceSummary,
    fetch_instance,
    pending_actions,
    record_samples,
    store_instances,
    store_post_copy,
    stored_instances,
)
from migration_panel.board.harm import POST_COPY
from migration_panel.board.rows import Row
from migration_panel.board.stale import NOT_SEEN
from migration_panel.board.status import Section, newest_first, newest_of_each, phase_of, section_of
from migration_panel.exceptions import NotFound, TolerableError

# Maximum number of names and reasons that one request looks up; a reason costs three calls.  The next request looks up
# the others.
MAX_NAMES = 64
MAX_REASONS = 64


@dataclass(frozen=True)
class Decoration:
    """Rows, and what the next requests have to look up."""

    # Newest first.
    rows: list[Row]
    # Instances whose names, and migrations whose reasons, the next requests have to look up.
    unnamed: frozenset[str] = frozenset()
    unexplained: frozenset[str] = frozenset()
    # Instances whose names, and migrations whose reasons, this request looked up.
    named: frozenset[str] = frozenset()
    explained: tuple[Migration, ...] = ()


async def build_rows(nova: Nova, migrations: list[Migration], **how: Any) -> list[Row]:
    """Return rows, newest first; see ``gather``."""
    return (await gather(nova, migrations, **how)).rows


async def gather(
    nova: Nova,
    migrations: list[Migration],
    *,
    complete: bool = True,
    asked_before: Collection[str] = (),
    foreign: Collection[str] = (),
    most: int | None = None,
    whole: bool = False,
) -> Decoration:
    """Return rows, newest first.  With ``complete=False``, use cached progress and failure reasons only.

    ``asked_before``: instances whose figures are there already or have to wait; ``foreign``: instances moved by others;
    ``most``: for how many the figures are asked at most; ``whole``: whether the last migration of each instance is
    known to be among them.
    """
    # The newest migrations have priority.
    migrations = newest_first(migrations)
    ids = list(dict.fromkeys(one.instance_id for one in migrations))
    known = await stored_instances(nova, ids)
    whys = await failure_query.remembered(nova, migrations)
    asked = await pending_actions(one.uuid for one in migrations if phase_of(one.status).moving)
    await _note_post_copy(migrations)
    unknown = [one for one in ids if one not in known]
    uncounted = {one.instance_id for one in migrations if complete and is_copying(one)} - set(asked_before)
    unexplained = [one for one in migrations if complete and failure_query.concerns(one) and one.uuid not in whys]
    names, copying, explained = await gather_groups(
        [partial(fetch_instance, nova, one) for one in unknown[:MAX_NAMES]],
        [partial(fetch_progress, nova, one) for one in sorted(uncounted)[:most]],
        [partial(failure_query.ask, nova, one) for one in unexplained[:MAX_REASONS]],
    )
    named = await store_instances(nova, zip(unknown, names, strict=False))
    reasons = await failure_query.remember(nova, zip(unexplained, explained, strict=False))
    known, whys = known | named, whys | reasons
    migrations = merge_progress(migrations, copying)
    series = await record_samples(nova, migrations)
    newest, now = newest_of_each(migrations), nova.now()
    rows = [
        Row.of(
            one,
            known.get(one.instance_id, InstanceSummary()),
            section=None,
            asked=asked.get(one.uuid),
            why=whys.get(one.uuid),
            newest=one.uuid in newest,
            samples=series.get(one.uuid, ()),
            queue=nova.can_abort_queued,
            foreign=one.instance_id in foreign and not phase_of(one.status).over,
            seen=known[one.instance_id].sighting if one.instance_id in known else NOT_SEEN,
            now=now,
            sees_all=nova.access.sees_hosts,
            whole=whole,
        )
        for one in migrations
    ]
    return Decoration(
        rows,
        frozenset(unknown[MAX_NAMES:]),
        frozenset(one.uuid for one in unexplained[MAX_REASONS:]),
        frozenset(named),
        tuple(one for one in unexplained if one.uuid in reasons),
    )


async def _note_post_copy(migrations: list[Migration]) -> None:
    if any(one.status == POST_COPY for one in migrations):
        await sync_to_async(store_post_copy)(migrations)


def fetch_progress(nova: Nova, instance: str) -> list[Migration] | None:
    """None if Nova cannot say: no reason to fail the whole board, since the list tells the status."""
    try:
        return nova.live_migrations(instance)
    except NotFound:
        return []
    except TolerableError:
        return None


def is_copying(migration: Migration) -> bool:
    return migration.type == "live-migration" and migration.status == "running"


def merge_progress(listed: Iterable[Migration], copying: Iterable[list[Migration] | None]) -> list[Migration]:
    """The list is the truth about the status; the figures come from the second source."""
    found = {one.uuid: one for one in listed}
    for one in (one for answer in copying for one in answer or ()):
        if one.uuid not in found:
            found[one.uuid] = one
        elif is_copying(found[one.uuid]):
            found[one.uuid] = replace(found[one.uuid], figures=one.figures, updated_at=one.updated_at)
    return newest_first(found.values())


def sections_of(migrations: list[Migration]) -> dict[str, Section]:
    """Return sections by the migration's UUID, from the records alone."""
    now, newest = clock.now(), newest_of_each(migrations)
    return {one.uuid: section_of(one, now, newest=one.uuid in newest) for one in migrations}
