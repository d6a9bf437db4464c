# SPDX-License-Identifier: Apache-2.0
"""Asks Nova for a migration: the one place where any begins."""

from migration_panel.kinds import Kind
from migration_panel.nova.client import Nova


def start(nova: Nova, kind: Kind, instance_id: str, destination: str = "") -> None:
    """Raises MigrationPanelError; without a destination the scheduler chooses."""
    if kind.live:
        nova.live_migrate(instance_id, host=destination or None, block=kind.block)
    else:
        nova.migrate(instance_id)
