# SPDX-License-Identifier: Apache-2.0
"""The texts of an instance in progress whose migration Nova does not show to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from migration_panel.api.models import Server
from migration_panel.board.action_text import ActionButton, action_name
from migration_panel.board.actions import CONFIRM, Action
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.instance_states import state_label


@dataclass(frozen=True)
class UnrecordedMovePresenter:
    """An instance in progress, for ``_unrecorded.html``."""

    template: ClassVar[str] = "migration_panel/_unrecorded.html"

    move: UnrecordedMove

    @property
    def server(self) -> Server:
        return self.move.server

    @property
    def element_id(self) -> str:
        """Return the ID of the row in the page."""
        return f"instance-{self.server.id}"

    @property
    def name_id(self) -> str:
        """Return the ID of the element that holds the instance's name."""
        return f"{self.element_id}-name"

    @property
    def section(self) -> str:
        return self.move.section.value

    @property
    def phase(self) -> str:
        return self.move.phase

    @property
    def watchable(self) -> bool:
        """Return whether the user can request a notification: the migration is not finished."""
        return not self.move.over

    @property
    def instance(self) -> str:
        """Return the instance's name, or its ID if it has no name."""
        return self.server.name or self.server.id

    @property
    def announcement(self) -> str:
        """Return the text of screen readers and notifications for a new state."""
        return _("%(instance)s: %(status)s") % {"instance": self.instance, "status": self.status}

    @property
    def type(self) -> str:
        """Return the type; empty if it may be a cold migration or a resize."""
        return pgettext("migration type", "Live") if self.move.live else ""

    @property
    def status(self) -> str:
        return status_text(self.move)

    @property
    def nova_status(self) -> str:
        return _("Status in Nova: %(status)s") % {"status": self.server.status}

    @property
    def origin(self) -> str:
        """Return why the row shows less than other rows."""
        if self.move.over:
            return _("Only administrators can see the result.")
        return _("Started by an administrator. Your role cannot see more details.")

    @property
    def actions(self) -> list[ActionButton]:
        """Return the actions that Nova accepts now and that the user's role permits."""
        return [ActionButton(action.slug, action_name(action), consequence(action)) for action in self.move.actions]


def status_text(move: UnrecordedMove) -> str:
    """Return the status of a migration without a record."""
    return {
        "MIGRATING": _("Live migration in progress"),
        "RESIZE": _("Migration or resize in progress, the instance is shut down"),
        "REVERT_RESIZE": _("Reverting to the earlier host or size"),
        "VERIFY_RESIZE": _("Migrated or resized, waiting for confirmation"),
    }.get(move.server.status) or _("No longer in progress. Instance status: %(status)s") % {
        "status": state_label(move.server.status)
    }


def consequence(action: Action) -> str:
    """Return the consequence of an action.  It is unknown whether the instance was migrated, resized or both."""
    if action is CONFIRM:
        return _("The instance keeps its current host and size. You cannot revert afterwards.")
    return _(
        "The instance returns to its earlier host and size and is shut down meanwhile. Data written "
        "since then may be lost."
    )
