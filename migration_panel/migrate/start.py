# SPDX-License-Identifier: Apache-2.0
"""Asks Nova for a migration: the one place where any begins."""

from collections.abc import Iterable

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, user_message
from migration_panel.migration_types import Kind
from migration_panel.preflight.destination_checks import refused_for_cell
from migration_panel.preflight.text import cell_hint


def start(nova: Nova, kind: Kind, instance_id: str, destination: str = "") -> None:
    """Raises MigrationPanelError; without a destination the scheduler chooses."""
    if kind.live:
        nova.live_migrate(instance_id, host=destination or None, block=kind.block)
    else:
        nova.migrate(instance_id)


def refusal_text(error: MigrationPanelError, destination: str, hosts: Iterable[ComputeHost] | None) -> str:
    """Return Nova's answer, with the likely cause if Nova does not find a host that it lists."""
    if refused_for_cell(str(error.reason), destination, hosts):
        return f"{user_message(error)} {cell_hint(destination)}"
    return user_message(error)
