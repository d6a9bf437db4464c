# SPDX-License-Identifier: Apache-2.0
"""Nova's names of requests, and of the steps of each, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.timeline import Entry, Outcome, What
from migration_panel.units import duration_words

PARTS = {"disk": gettext_lazy("Disk left to copy"), "memory": gettext_lazy("Memory left to copy")}

REQUESTS = {
    "live-migration": gettext_lazy("Live migration asked for"),
    "migrate": gettext_lazy("Cold migration asked for"),
    "resize": gettext_lazy("Resize asked for"),
    "evacuate": gettext_lazy("Evacuation asked for"),
    "live_migration_cancel": gettext_lazy("Abort asked for"),
    "live_migration_force_complete": gettext_lazy("Force complete asked for"),
    "confirmResize": gettext_lazy("Confirmed"),
    "revertResize": gettext_lazy("Revert asked for"),
}

# nova/conductor/manager.py and nova/compute/manager.py, each with its service's name before it.
STEPS = {
    "conductor_live_migrate_instance": gettext_lazy("Host chosen"),
    "compute_check_can_live_migrate_destination": gettext_lazy("Checked at the destination"),
    "compute_check_can_live_migrate_source": gettext_lazy("Checked at the source"),
    "compute_live_migration": gettext_lazy("Handed to the source, which copies it when its turn comes"),
    "compute_pre_live_migration": gettext_lazy("Prepared at the destination"),
    "compute_post_live_migration_at_destination": gettext_lazy("Taken over by the destination"),
    "compute_rollback_live_migration_at_destination": gettext_lazy("Preparations at the destination undone"),
    "compute_live_migration_abort": gettext_lazy("Aborted at the source"),
    "compute_live_migration_force_complete": gettext_lazy("Forced to its end at the source"),
    "cold_migrate": gettext_lazy("Host chosen"),
    "conductor_migrate_server": gettext_lazy("Move begun"),
    "compute_prep_resize": gettext_lazy("Room made at the destination"),
    "compute_resize_instance": gettext_lazy("Stopped at the source, disk moved"),
    "compute_finish_resize": gettext_lazy("Started at the destination"),
    "compute_confirm_resize": gettext_lazy("What was kept at the source removed"),
    "compute_revert_resize": gettext_lazy("Removed from the destination"),
    "compute_finish_revert_resize": gettext_lazy("Started at the source again"),
    "compute_prep_snapshot_based_resize_at_dest": gettext_lazy("Room made at the destination"),
    "compute_prep_snapshot_based_resize_at_source": gettext_lazy("Stopped at the source, snapshot made"),
    "compute_finish_snapshot_based_resize_at_dest": gettext_lazy("Started at the destination"),
    "rebuild_server": gettext_lazy("Host chosen"),
    "compute_rebuild_instance": gettext_lazy("Built anew at the destination"),
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
