# SPDX-License-Identifier: Apache-2.0
"""The texts of a compute host, ready for ``_host.html``.

The template evaluates each text when it renders it, in the language and time zone of the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_panel.hosts.listing.actions import HostAction
from migration_panel.hosts.listing.rows import HostRow
from migration_panel.hosts.listing.text import (
    UsageCell,
    host_notes,
    host_reason_text,
    host_state_text,
    moving_texts,
    nodes_text,
    usage_cells,
)


@dataclass(frozen=True)
class HostRowPresenter:
    """A row of the list of compute hosts, with its actions."""

    row: HostRow
    actions: list[HostAction]

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def nodes(self) -> str:
        """Return the number of nodes; empty for a host with one node."""
        return nodes_text(self.row)

    @property
    def state_class(self) -> str:
        """Return the classes of the cell that shows the state."""
        disabled = " migration-host-disabled" if self.row.disabled else ""
        return f"migration-host-{self.row.state.value}{disabled}"

    @property
    def state(self) -> str:
        return host_state_text(self.row)

    @property
    def reason(self) -> str:
        """Return why the compute service is disabled; empty without a reason."""
        return host_reason_text(self.row)

    @property
    def notes(self) -> list[str]:
        """Return what to know before any action on the host."""
        return host_notes(self.row)

    @property
    def zone(self) -> str:
        return self.row.zone

    @property
    def instances(self) -> int | None:
        """Return the number of instances; None if Nova does not report it."""
        return self.row.instances

    @property
    def usage_cells(self) -> list[UsageCell]:
        return usage_cells(self.row)

    @property
    def migrations(self) -> list[str]:
        """Return how many migrations are in progress; empty without any."""
        return moving_texts(self.row)
