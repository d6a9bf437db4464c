# SPDX-License-Identifier: Apache-2.0
"""The actions on a migration, and when Nova accepts them."""

from __future__ import annotations

from dataclasses import dataclass

LIVE_TYPES = frozenset({"live-migration"})
COLD_TYPES = frozenset({"migration", "resize"})
PREFIX = "os_compute_api:servers:"


@dataclass(frozen=True)
class Action:
    """An action: its policy rule, and the types and statuses of migrations to which it applies."""

    slug: str
    rule: str
    types: frozenset[str]
    statuses: frozenset[str]
    # Nova only forwards the request to the compute host, and answers before anything happens.
    cast: bool = False
    # Repairs a wrong state of the instance; the JSON does not offer it to scripts.
    repair: bool = False

    def applies_to(self, migration_type: str, status: str) -> bool:
        """Return whether Nova accepts the action for a migration of this type and status."""
        return migration_type in self.types and status in self.statuses


# nova/compute/api.py: live_migrate_abort, live_migrate_force_complete, confirm_resize, revert_resize.
ABORT = Action(
    "abort", f"{PREFIX}migrations:delete", LIVE_TYPES, frozenset({"queued", "preparing", "running"}), cast=True
)
FORCE_COMPLETE = Action(
    "force-complete", f"{PREFIX}migrations:force_complete", LIVE_TYPES, frozenset({"running"}), cast=True
)
CONFIRM = Action("confirm", f"{PREFIX}confirm_resize", COLD_TYPES, frozenset({"finished"}))
REVERT = Action("revert", f"{PREFIX}revert_resize", COLD_TYPES, frozenset({"finished"}))

RESET_STATE = Action(
    "reset-state",
    "os_compute_api:os-admin-actions:reset_state",
    LIVE_TYPES,
    frozenset({"cancelled", "failed", "error"}),
    repair=True,
)

ACTIONS = {action.slug: action for action in (FORCE_COMPLETE, ABORT, CONFIRM, REVERT, RESET_STATE)}

# Actions for several migrations at once.  One click must not pause many instances, or revert many.
BULK = (CONFIRM, ABORT)


def available_actions(
    migration_type: str, status: str, *, paused: bool = False, queue: bool = True, unharmed: bool = False
) -> tuple[Action, ...]:
    """Return the actions that Nova accepts now.

    ``queue``: whether Nova (2.65) can abort migrations that have not started to copy; ``unharmed``: whether Nova set
    the instance to Error although its guest is running.
    """
    return tuple(
        action
        for action in ACTIONS.values()
        if action.applies_to(migration_type, status)
        # Nova forces the migration of active instances only.
        and not (action is FORCE_COMPLETE and paused)
        and (unharmed or not action.repair)
        and not (action is ABORT and status != "running" and not queue)
    )
