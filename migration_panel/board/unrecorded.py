# SPDX-License-Identifier: Apache-2.0
"""An instance in progress whose migration Nova does not show to the reader: all that is known is its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from migration_panel.api.models import Server
from migration_panel.board.actions import CONFIRM, REVERT, Action
from migration_panel.board.status import Section

# Statuses of an instance (nova/api/openstack/common.py).
WAITING = frozenset({"VERIFY_RESIZE"})
MOVING_STATUSES = frozenset({"MIGRATING", "RESIZE", "REVERT_RESIZE"})
LOOKED_FOR = WAITING | MOVING_STATUSES


@dataclass(frozen=True)
class UnrecordedMove:
    """A migration that an administrator started, by the status of its instance."""

    server: Server
    # What the reader may do.
    actions: tuple[Action, ...] = ()

    @property
    def moving(self) -> bool:
        """Return whether the migration is in progress."""
        return self.server.status in MOVING_STATUSES

    @property
    def queued(self) -> bool:
        """Return False: the status of an instance does not show a queue."""
        return False

    @property
    def over(self) -> bool:
        """Return whether the migration is finished; its result is unknown."""
        return self.server.status not in LOOKED_FOR

    @property
    def phase(self) -> str:
        """Return the phase for the JSON: as of a migration, or "over"."""
        if self.over:
            return "over"
        return "running" if self.moving else "confirm"

    @property
    def section(self) -> Section:
        """Return the section of the board."""
        if self.over:
            return Section.HISTORY
        return Section.IN_PROGRESS if self.moving else Section.NEEDS_ATTENTION

    @property
    def live(self) -> bool:
        """Return whether it is a live migration; other statuses may mean a cold migration or a resize."""
        return self.server.status == "MIGRATING"

    def offered_to(self, may: Callable[[str, str | None], bool]) -> UnrecordedMove:
        """Return the move with the actions that the reader may use.

        ``may(rule, project)``: whether policy allows a rule.
        """
        available = (CONFIRM, REVERT) if self.server.status in WAITING else ()
        actions = tuple(action for action in available if may(action.rule, self.server.project_id))
        return replace(self, actions=actions)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``status/`` (doc/api.rst)."""
        return {
            "instance": {"id": self.server.id, "name": self.server.name},
            "status": self.server.status,
            "phase": self.phase,
            "actions": [action.slug for action in self.actions],
        }
