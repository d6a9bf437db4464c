# SPDX-License-Identifier: Apache-2.0
"""An instance on its way of whose migration Nova shows the reader no record: what its status tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from migration_panel.api.models import Server
from migration_panel.board.actions import CONFIRM, REVERT, Action
from migration_panel.board.status import Section

# Nova's words for the status of an instance (nova/api/openstack/common.py).
WAITING = frozenset({"VERIFY_RESIZE"})
MOVING_STATUSES = frozenset({"MIGRATING", "RESIZE", "REVERT_RESIZE"})
LOOKED_FOR = WAITING | MOVING_STATUSES


@dataclass(frozen=True)
class UnrecordedMove:
    server: Server
    # What the reader may do.
    actions: tuple[Action, ...] = ()

    @property
    def moving(self) -> bool:
        return self.server.status in MOVING_STATUSES

    @property
    def over(self) -> bool:
        return self.server.status not in LOOKED_FOR

    @property
    def phase(self) -> str:
        """As of a migration; what has come of one that is over is not known."""
        if self.over:
            return "over"
        return "running" if self.moving else "confirm"

    @property
    def section(self) -> Section:
        if self.over:
            return Section.HISTORY
        return Section.UNDER_WAY if self.moving else Section.NEEDS_YOU

    @property
    def live(self) -> bool:
        return self.server.status == "MIGRATING"

    def offered_to(self, may: Callable[[str, str | None], bool]) -> UnrecordedMove:
        """``may(rule, project)`` tells what the reader's policy allows."""
        fitting = (CONFIRM, REVERT) if self.server.status in WAITING else ()
        return replace(self, actions=tuple(one for one in fitting if may(one.rule, self.server.project_id)))

    def as_json(self) -> dict[str, Any]:
        """The contract of ``status/`` (doc/api.rst)."""
        return {
            "instance": {"id": self.server.id, "name": self.server.name},
            "status": self.server.status,
            "phase": self.phase,
            "actions": [action.slug for action in self.actions],
        }
