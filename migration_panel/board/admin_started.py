# SPDX-License-Identifier: Apache-2.0
"""What moves in a project although nobody in it asked for it: Nova lists such migrations to administrators only.

It shows in the status of the project's instances; of a live one that copies, Nova tells the record too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board import build
from migration_panel.board.cache import InstanceSummary, store_instances
from migration_panel.board.cursor import Cursor
from migration_panel.board.status import Phase, phase_of
from migration_panel.board.unrecorded import LOOKED_FOR, MOVING_STATUSES, WAITING, UnrecordedMove
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotFound, TolerableError


@dataclass(frozen=True)
class AdminStarted:
    """What was found of them this time."""

    # Instances moved by others; those of before that were not looked at again are among them.
    instances: frozenset[str] = frozenset()
    unlisted: tuple[UnrecordedMove, ...] = ()
    # Records of a live copy, and of the project's own that were beyond what was listed.
    migrations: tuple[Migration, ...] = ()
    looked: datetime | None = None


NOTHING = AdminStarted()


@dataclass(frozen=True)
class InstanceLookup:
    """One look at the project's instances, of which a poll makes only a few in a minute."""

    calls: list[Callable[[], Listing[Server] | None]] = field(default_factory=list)

    @classmethod
    def due(cls, nova: Nova, project_id: str | None, instance_id: str | None, cursor: Cursor | None) -> InstanceLookup:
        if project_id is None or (cursor and _age(cursor) < get_config().idle_poll_ms / 1000):
            return cls()
        if instance_id:
            return cls([partial(_or_none, lambda: Listing([nova.server(instance_id)]))])
        # Nova mixes what waits and what moves into all that rests: one wide question for a page, two narrow for a poll.
        questions = [LOOKED_FOR] if cursor is None else [MOVING_STATUSES, WAITING]
        return cls([partial(_or_none, partial(nova.servers_in, sorted(one))) for one in questions])


async def find_admin_started(
    nova: Nova,
    project_id: str | None,
    answers: list[Listing[Server] | None],
    listed: list[Migration],
    cursor: Cursor | None,
    heard: dict[str, list[Migration] | None],
    *,
    figures: bool,
) -> AdminStarted:
    """``answers`` are those to a Look; ``heard``: figures of the instances that were followed."""
    before = cursor.foreign if cursor else frozenset()
    if project_id is None:
        return NOTHING
    complete = bool(answers) and all(answer is not None and answer.complete for answer in answers)
    servers = {one.id: one for answer in answers if answer for one in answer.records if one.status in LOOKED_FOR}
    await store_instances(nova, [(one.id, InstanceSummary.of(one, nova.now())) for one in servers.values()])
    covered = {one.instance_id for one in listed if not phase_of(one.status).over}
    records = await _requested_by_project(nova, project_id, [one for one in servers.values() if one.id not in covered])
    others = [one for one in servers.values() if one.id not in covered and not records.get(one.id)]
    copying = (
        await _live_migrations(nova, [one.id for one in others if one.status == "MIGRATING" and one.id not in heard])
        if figures
        else []
    )
    live = [one for answer in [*heard.values(), copying] for one in answer or ()]
    here = covered | {one.instance_id for one in live}
    gone = {one for one in before - here if heard.get(one) == [] or (complete and one not in servers)}
    # It may have ended, or copy no more without having ended.
    after = await gather([partial(_or_none, partial(_one, nova, one)) for one in sorted(gone - servers.keys())])
    fetched = [one for answer in after if answer for one in answer.records]
    unlisted = [UnrecordedMove(one) for one in (*others, *fetched) if one.id not in here]
    over = {one.server.id for one in unlisted if one.over} | (gone - {one.server.id for one in unlisted})
    own = [one for found_ones in records.values() for one in found_ones]
    return AdminStarted(
        frozenset({one.id for one in (*others, *fetched)} | before - covered) - over,
        tuple(unlisted),
        (*copying, *(own if cursor is None else ())),
        # Without figures, the first poll looks again.
        datetime.now(timezone.utc) if answers and (figures or not others) else None,
    )


async def _requested_by_project(nova: Nova, project_id: str, servers: list[Server]) -> dict[str, list[Migration]]:
    """The project's own records of them; none for an instance that others move, which is remembered."""
    shelf = Shelf("foreign", (nova.access.cache_scope,))
    items = {f"{one.id}:{one.updated}": one.id for one in servers}
    known = await sync_to_async(shelf.get)(items)
    wanted = [one for item, one in items.items() if item not in known]
    asked = await gather([partial(_own_of, nova, project_id, one) for one in wanted])
    told = dict(zip(wanted, asked, strict=True))
    foreign = {item: True for item, one in items.items() if one in told and not told[one]}
    await sync_to_async(shelf.put)(foreign, get_config().name_ttl)
    return told


def _own_of(nova: Nova, project_id: str, instance_id: str) -> list[Migration]:
    try:
        records = nova.migration_list(instance_id=instance_id, project_id=project_id).records
    except TolerableError:
        return []
    return [one for one in records if phase_of(one.status).moving or phase_of(one.status) is Phase.CONFIRM]


async def _live_migrations(nova: Nova, ids: Iterable[str]) -> list[Migration]:
    answers = await gather([partial(build.fetch_progress, nova, one) for one in ids])
    return [one for answer in answers for one in answer or ()]


def _one(nova: Nova, instance_id: str) -> Listing[Server]:
    return Listing([nova.server(instance_id)])


def _or_none(call: Callable[[], Listing[Server]]) -> Listing[Server] | None:
    """The board can do without; a lost session comes out with the list."""
    try:
        return call()
    except NotFound:
        return Listing([])
    except MigrationPanelError:
        return None


def _age(cursor: Cursor) -> float:
    return datetime.now(timezone.utc).timestamp() - cursor.looked
