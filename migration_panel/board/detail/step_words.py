# SPDX-License-Identifier: Apache-2.0
"""Nova's names of requests, and of the steps of each, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.detail.timeline import Entry, Outcome, What
from migration_panel.formatting import duration_words

PARTS = {"disk": gettext_lazy("Disk left to copy"), "memory": gettext_lazy("Memory left to copy")}

REQUESTS = {
    "live-migration": gettext_lazy("Live migration asked for"),
    "migrate": gettext_lazy("Cold migration asked for"),
    "resize": gettext_lazy("Resize asked for"),
    "evacuate": gettext_lazy("Evacuation asked for"),
    "live_migration_cancel": gettext_lazy("Abort asked for"),
    "live_migration_force_complete": gettext_lazy("Force complete asked for"),
    "confirmResize": gettext_lazy("Confirmation asked for"),
    "revertResize": gettext_lazy("Revert asked for"),
}

# nova/conductor/manager.py and nova/compute/manager.py, each with its service's name before it.
STEPS = {
    "conductor_live_migrate_instance": gettext_lazy("Choice of a host"),
    "compute_check_can_live_migrate_destination": gettext_lazy("Check at the destination"),
    "compute_check_can_live_migrate_source": gettext_lazy("Check at the source"),
    "compute_live_migration": gettext_lazy("Handing over to the source, which copies it when its turn comes"),
    "compute_pre_live_migration": gettext_lazy("Preparation at the destination"),
    "compute_post_live_migration_at_destination": gettext_lazy("Start at the destination"),
    "compute_rollback_live_migration_at_destination": gettext_lazy("Clearing up at the destination"),
    "compute_live_migration_abort": gettext_lazy("Abort at the source"),
    "compute_live_migration_force_complete": gettext_lazy("Forcing to its end at the source"),
    "cold_migrate": gettext_lazy("Choice of a host"),
    "conductor_migrate_server": gettext_lazy("Beginning of the move"),
    "compute_prep_resize": gettext_lazy("Making room at the destination"),
    "compute_resize_instance": gettext_lazy("Stop at the source and move of the disk"),
    "compute_finish_resize": gettext_lazy("Start at the destination"),
    "compute_confirm_resize": gettext_lazy("Removal of what was kept at the source"),
    "compute_revert_resize": gettext_lazy("Removal from the destination"),
    "compute_finish_revert_resize": gettext_lazy("Start at the source again"),
    "compute_prep_snapshot_based_resize_at_dest": gettext_lazy("Making room at the destination"),
    "compute_prep_snapshot_based_resize_at_source": gettext_lazy("Stop at the source and snapshot"),
    "compute_finish_snapshot_based_resize_at_dest": gettext_lazy("Start at the destination"),
    "rebuild_server": gettext_lazy("Choice of a host"),
    "compute_rebuild_instance": gettext_lazy("Building anew at the destination"),
}


def step_words(entry: Entry, end: str) -> str:
    """``end``: how the whole thing ended, in words.  A step that is unknown to us has Nova's name."""
    if entry.what is What.ENDED:
        return end[:1].upper() + end[1:]
    return str((REQUESTS if entry.what is What.ASKED else STEPS).get(entry.name, entry.name))


def outcome_words(entry: Entry) -> str:
    if entry.outcome is Outcome.FAILED:
        return _("failed")
    if entry.outcome is Outcome.UNDER_WAY:
        return _("under way")
    if entry.outcome is Outcome.UNRECORDED:
        return _("Nova recorded no end")
    if entry.at and entry.until:
        return duration_words(entry.until - entry.at)
    return ""
