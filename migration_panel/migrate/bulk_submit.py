# SPDX-License-Identifier: Apache-2.0
"""Start the migrations of a plan, each with its own result."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError
from migration_panel.migrate.bulk import Line, Plan
from migration_panel.migrate.sent import store_sent_requests
from migration_panel.migrate.text import refusal_text
from migration_panel.migration_types import Kind


@dataclass(frozen=True)
class SubmitResult:
    """What became of one instance of the plan."""

    line: Line
    # Why nothing was requested.
    excluded: tuple[str, ...] = ()
    # Nova's refusal.
    refusal: str = ""

    @property
    def accepted(self) -> bool:
        return not self.excluded and not self.refusal


async def submit_all(nova: Nova, kind: Kind, plan: Plan, reference: str = "") -> list[SubmitResult]:
    """Request the migrations.  Return the results in the plan's order.

    At most ``CONCURRENCY`` calls run at a time.
    """
    destination, lines = plan.selection.destination, plan.migratable
    calls = [partial(_start, nova, kind, line.instance_id, destination, plan.hosts) for line in lines]
    answers = dict(zip((line.instance_id for line in lines), await gather(calls), strict=True))
    request_ids = [(instance_id, request_id) for instance_id, (request_id, _refusal) in answers.items()]
    await asyncio.to_thread(store_sent_requests, nova, kind, request_ids, reference)
    refusals = {instance_id: refusal for instance_id, (_request_id, refusal) in answers.items()}
    return [SubmitResult(line, line.errors, refusals.get(line.instance_id, "")) for line in plan.lines]


def _start(
    nova: Nova, kind: Kind, instance_id: str, destination: str, hosts: tuple[ComputeHost, ...] | None
) -> tuple[str, str]:
    """Start one migration.  Return Nova's ID of the request, and Nova's refusal, which is empty if Nova accepts."""
    try:
        return nova.start_migration(kind, instance_id, destination), ""
    except MigrationPanelError as error:
        return "", refusal_text(error, destination, hosts)
