# SPDX-License-Identifier: Apache-2.0
"""The text for a migration that Nova has refused to start."""

from collections.abc import Iterable

from migration_panel.api.host_models import ComputeHost
from migration_panel.exceptions import MigrationPanelError, user_message
from migration_panel.preflight.destination_checks import refused_for_cell
from migration_panel.preflight.text import cell_hint


def refusal_text(error: MigrationPanelError, destination: str, hosts: Iterable[ComputeHost] | None) -> str:
    """Return Nova's answer, with the likely cause if Nova does not find a host that it lists."""
    if refused_for_cell(str(error.reason), destination, hosts):
        return f"{user_message(error)} {cell_hint(destination)}"
    return user_message(error)
