# SPDX-License-Identifier: Apache-2.0
"""Several instances at once: asks Nova for all of them, each with a result of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError
from migration_panel.migrate.bulk import Line, Plan
from migration_panel.migrate.refusal import refusal_text
from migration_panel.migration_types import Kind


@dataclass(frozen=True)
class SubmitResult:
    line: Line
    # Why Nova was not asked.
    left_out: tuple[str, ...] = ()
    # What Nova said instead of yes.
    refusal: str = ""

    @property
    def asked(self) -> bool:
        return not self.left_out and not self.refusal


async def submit_all(nova: Nova, plan: Plan) -> list[SubmitResult]:
    """In the plan's order; never more than ``CONCURRENCY`` calls at a time."""
    kind, destination = plan.selection.kind, plan.selection.destination
    calls = [partial(_refusal, nova, kind, line.instance_id, destination, plan.hosts) for line in plan.going]
    refusals = dict(zip((line.instance_id for line in plan.going), await gather(calls), strict=True))
    return [SubmitResult(line, line.reasons, refusals.get(line.instance_id, "")) for line in plan.lines]


def _refusal(nova: Nova, kind: Kind, instance_id: str, destination: str, hosts: tuple[ComputeHost, ...] | None) -> str:
    try:
        nova.start_migration(kind, instance_id, destination)
    except MigrationPanelError as error:
        return refusal_text(error, destination, hosts)
    return ""
