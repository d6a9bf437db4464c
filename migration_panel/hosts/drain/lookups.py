# SPDX-License-Identifier: Apache-2.0
"""Look up what the page and the JSON of a run show beyond the run: a second source, names, failure reasons."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from migration_panel import cache
from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import Hypervisor
from migration_panel.api.nova import Nova
from migration_panel.board.cache import InstanceSummary, store_reasons, stored_reasons
from migration_panel.board.failure_query import fetch_reason_or_none
from migration_panel.board.failure_text import reason_text
from migration_panel.board.rows import Row, RowContext
from migration_panel.exceptions import (
    NoSuchService,
    NotAllowed,
    NotFound,
    TolerableError,
)
from migration_panel.hosts.allocations import allocation_consumers
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence, evidence_of_hypervisors, evidence_of_placement
from migration_panel.hosts.drain.query import MAX_LOOKUPS, look_up, residents
from migration_panel.hosts.drain.run import DrainRun, Step

# How long names are stored, s: longer than any run lasts.
NAMES_LIFETIME = 7 * 24 * 3600
# Maximum number of failures whose reasons one request looks up.
MAX_REASONS = 10


async def with_evidence(request: HttpRequest, nova: Nova, run: DrainRun) -> DrainRun:
    """Return the run with the evidence of a second source; unchanged if Nova itself lists an instance.

    Two calls, and one more for each further node.
    """
    if not run.listed_empty:
        return run
    return replace(run, evidence=await asyncio.to_thread(find_evidence, request, nova, run))


def find_evidence(request: HttpRequest, nova: Nova, run: DrainRun) -> Evidence:
    """Return the evidence of Placement, or of the hypervisors if Placement is closed to the user or absent."""
    try:
        nodes = nodes_of(nova, run.host)
    except TolerableError:
        return UNKNOWN
    try:
        consumers = allocation_consumers(request, nodes)
    except (NotAllowed, NoSuchService):
        return evidence_of_hypervisors(node.running for node in nodes)
    except TolerableError:
        return UNKNOWN
    return evidence_of_placement(consumers, run.host, run.records, run.verdicts)


def nodes_of(nova: Nova, host: str) -> list[Hypervisor]:
    """Return the compute nodes of a host: one call if their names start like the host's, else the whole list.

    Return an empty list if the whole list is incomplete, because further nodes of the host may be missing.
    """
    label, _, _ = host.partition(".")
    try:
        nodes = [node for node in nova.hypervisors_like(label) if node.host == host]
    except NotFound:
        nodes = []
    if nodes:
        return nodes
    listing = nova.all_hypervisors()
    return [node for node in listing.records if node.host == host] if listing.complete else []


async def names_of(nova: Nova, run: DrainRun) -> dict[str, str | None]:
    """Return the names of a run's instances by ID; None for a deleted instance.

    Names that are not in the cache are looked up on the destinations: one call for each host.
    """
    found = await sync_to_async(cache.get_items)(_names_key(nova, run))
    stored = {instance_id: name for instance_id, name in found.items() if name is None or isinstance(name, str)}
    listed = {step.instance_id: step.server.name for step in run.steps if step.server}
    names = {step.instance_id: stored[step.instance_id] for step in run.steps if step.instance_id in stored} | listed
    names |= await _look_up_names(nova, [step for step in run.steps if step.instance_id not in names])
    if names != stored:
        await sync_to_async(cache.put)(_names_key(nova, run), names, NAMES_LIFETIME)
    return names


async def _look_up_names(nova: Nova, steps: list[Step]) -> dict[str, str | None]:
    """Return names by ID: None for a deleted instance, no entry for an instance that Nova cannot return now.

    An instance that is missing from a list is not necessarily deleted, so it is looked up by ID.
    """
    hosts = sorted({step.migration.destination or "" for step in steps if step.migration} - {""})
    try:
        lists = await gather([partial(residents, nova, host) for host in hosts])
    except TolerableError:
        return {}
    names: dict[str, str | None] = {server.id: server.name for servers in lists for server in servers}
    missing = [step.instance_id for step in steps if step.instance_id not in names][:MAX_LOOKUPS]
    looked_up = await look_up(nova, missing)
    names |= {instance_id: server.name if server else None for instance_id, server in looked_up.items()}
    return {step.instance_id: names[step.instance_id] for step in steps if step.instance_id in names}


async def failures_of(nova: Nova, run: DrainRun) -> dict[str, str]:
    """Return why the last migrations of a run failed, by the instance's ID."""
    failed = {step.migration: step for step in run.steps if step.code in ("failed", "failed-there") and step.migration}
    reasons = await stored_reasons(nova, list(failed))
    unknown = [migration for migration in failed if migration.uuid not in reasons][:MAX_REASONS]
    if unknown:
        answers = await gather([partial(fetch_reason_or_none, nova, migration) for migration in unknown])
        reasons |= await store_reasons(nova, zip(unknown, answers, strict=True))
    return {
        step.instance_id: reason_text(Row.of(migration, InstanceSummary(), RowContext(reason=reasons[migration.uuid])))
        for migration, step in failed.items()
        if migration.uuid in reasons
    }


def _names_key(nova: Nova, run: DrainRun) -> str:
    return claims.key(nova, f"names:{nova.access.cache_scope}", run.host)
