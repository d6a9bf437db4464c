# SPDX-License-Identifier: Apache-2.0
"""What may be done to a migration, and when Nova takes it."""

from __future__ import annotations

from dataclasses import dataclass

LIVE_TYPES = frozenset({"live-migration"})
COLD_TYPES = frozenset({"migration", "resize"})
PREFIX = "os_compute_api:servers:"


@dataclass(frozen=True)
class Action:
    slug: str
    rule: str
    types: frozenset[str]
    statuses: frozenset[str]
    # Nova casts these to the compute host and answers before anything has happened.
    cast: bool = False
    # Mends what Nova left behind; nothing that a script would do by itself.
    repair: bool = False

    def fits(self, migration_type: str, status: str) -> bool:
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

# What may be done to several at once: nobody should pause many instances by one click, nor throw away their new hosts.
BULK = (CONFIRM, ABORT)


def available_actions(
    migration_type: str, status: str, *, paused: bool = False, queue: bool = True, unharmed: bool = False
) -> tuple[Action, ...]:
    """``queue``: whether Nova (2.65) lets go of migrations that have not begun to copy.

    ``unharmed``: whether Nova has the instance in error although it runs.
    """
    return tuple(
        action
        for action in ACTIONS.values()
        if action.fits(migration_type, status)
        # Nova forces active instances only.
        and not (action is FORCE_COMPLETE and paused)
        and (unharmed or not action.repair)
        and not (action is ABORT and status != "running" and not queue)
    )
