# SPDX-License-Identifier: Apache-2.0
"""Names of instances that have left the host, and why others failed to: beyond what a run itself knows."""

from __future__ import annotations

from functools import partial

from asgiref.sync import sync_to_async

from migration_panel import cache
from migration_panel.api.concurrency import gather
from migration_panel.api.nova import Nova
from migration_panel.board.cache import InstanceSummary, store_reasons, stored_reasons
from migration_panel.board.failure_query import fetch_reason_or_none
from migration_panel.board.failure_text import reason_text
from migration_panel.board.rows import Row, RowContext
from migration_panel.exceptions import TolerableError
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.query import SOUGHT, look_up, residents
from migration_panel.hosts.drain.run import DrainRun, Step

# Longer than any run.
KEPT = 7 * 24 * 3600
# Most failures that one request looks into.
MAX_LOOKUPS = 10


async def names_of(nova: Nova, run: DrainRun) -> dict[str, str | None]:
    """By ID.  What nobody remembers is looked up where the instances went: one call per host."""
    kept: dict[str, str | None] = await sync_to_async(cache.get)(_key(nova, run)) or {}
    seen = {step.instance_id: step.server.name for step in run.steps if step.server}
    known = {step.instance_id: kept[step.instance_id] for step in run.steps if step.instance_id in kept} | seen
    known |= await _looked_up(nova, [step for step in run.steps if step.instance_id not in known])
    if known != kept:
        await sync_to_async(cache.put)(_key(nova, run), known, KEPT)
    return known


async def _looked_up(nova: Nova, steps: list[Step]) -> dict[str, str | None]:
    """Return names by ID: None for a deleted instance, no entry for an instance that Nova cannot return now.

    An instance that is missing from a list is not necessarily deleted, so it is looked up by ID.
    """
    places = sorted({step.migration.destination or "" for step in steps if step.migration} - {""})
    try:
        lists = await gather([partial(residents, nova, place) for place in places])
    except TolerableError:
        return {}
    found: dict[str, str | None] = {server.id: server.name for servers in lists for server in servers}
    wanted = [step.instance_id for step in steps if step.instance_id not in found][:SOUGHT]
    found |= {one: server.name if server else None for one, server in (await look_up(nova, wanted)).items()}
    return {step.instance_id: found[step.instance_id] for step in steps if step.instance_id in found}


async def failures_of(nova: Nova, run: DrainRun) -> dict[str, str]:
    """Why the last migrations of a run failed, by the instance's ID."""
    failed = {step.migration: step for step in run.steps if step.code in ("failed", "failed-there") and step.migration}
    whys = await stored_reasons(nova, list(failed))
    unknown = [one for one in failed if one.uuid not in whys][:MAX_LOOKUPS]
    if unknown:
        answers = await gather([partial(fetch_reason_or_none, nova, one) for one in unknown])
        whys |= await store_reasons(nova, zip(unknown, answers, strict=True))
    return {
        step.instance_id: reason_text(Row.of(one, InstanceSummary(), RowContext(reason=whys[one.uuid])))
        for one, step in failed.items()
        if one.uuid in whys
    }


def _key(nova: Nova, run: DrainRun) -> str:
    return claims.key(nova, f"names:{nova.access.cache_scope}", run.host)
