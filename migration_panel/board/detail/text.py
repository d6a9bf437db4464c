# SPDX-License-Identifier: Apache-2.0
"""Texts of the page of one migration: details, steps of the timeline, command lines."""

from __future__ import annotations

import shlex
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from migration_panel.board.actions import ABORT, CONFIRM, FORCE_COMPLETE, REVERT, Action
from migration_panel.board.detail.query import Detail
from migration_panel.board.detail.timeline import Entry, EntryKind, Outcome
from migration_panel.board.failure import FailureReason
from migration_panel.board.rows import Row
from migration_panel.board.status import Phase, ended_at
from migration_panel.board.text import type_text
from migration_panel.formatting import format_duration
from migration_panel.migrate.sent import SentRequest
from migration_panel.migrate.text import KIND_TEXTS
from migration_panel.migration_types import KINDS
from migration_panel.times import time_text

NOT_YET = gettext_lazy("Not available yet")

REQUESTS = {
    "live-migration": gettext_lazy("Live migration requested"),
    "migrate": gettext_lazy("Cold migration requested"),
    "resize": gettext_lazy("Resize requested"),
    "evacuate": gettext_lazy("Evacuation requested"),
    "live_migration_cancel": gettext_lazy("Abort requested"),
    "live_migration_force_complete": gettext_lazy("Force complete requested"),
    "confirmResize": gettext_lazy("Confirmation requested"),
    "revertResize": gettext_lazy("Revert requested"),
}

# nova/conductor/manager.py and nova/compute/manager.py, each with its service's name before it.
STEPS = {
    "conductor_live_migrate_instance": gettext_lazy("Scheduling"),
    "compute_check_can_live_migrate_destination": gettext_lazy("Check by the destination host"),
    "compute_check_can_live_migrate_source": gettext_lazy("Check by the source host"),
    # It ends when the migration is queued: Nova records no event for the copy.
    "compute_live_migration": gettext_lazy("Queue on the source host"),
    "compute_pre_live_migration": gettext_lazy("Preparation on the destination host"),
    "compute_post_live_migration_at_destination": gettext_lazy("Switch to the destination host"),
    "compute_rollback_live_migration_at_destination": gettext_lazy("Cleanup on the destination host"),
    "compute_live_migration_abort": gettext_lazy("Abort on the source host"),
    "compute_live_migration_force_complete": gettext_lazy("Force complete on the source host"),
    "cold_migrate": gettext_lazy("Scheduling"),
    "conductor_migrate_server": gettext_lazy("Start of the migration"),
    "compute_prep_resize": gettext_lazy("Preparation on the destination host"),
    "compute_resize_instance": gettext_lazy("Shutdown and disk transfer on the source host"),
    "compute_finish_resize": gettext_lazy("Start on the destination host"),
    "compute_confirm_resize": gettext_lazy("Cleanup on the source host"),
    "compute_revert_resize": gettext_lazy("Removal from the destination host"),
    "compute_finish_revert_resize": gettext_lazy("Restart on the source host"),
    "compute_prep_snapshot_based_resize_at_dest": gettext_lazy("Preparation on the destination host"),
    "compute_prep_snapshot_based_resize_at_source": gettext_lazy("Shutdown and snapshot on the source host"),
    "compute_finish_snapshot_based_resize_at_dest": gettext_lazy("Start on the destination host"),
    "rebuild_server": gettext_lazy("Scheduling"),
    "compute_rebuild_instance": gettext_lazy("Rebuild on the destination host"),
}

COPIES = {"disk": gettext_lazy("Disk copy"), "memory": gettext_lazy("Memory copy")}

OUTCOMES = {
    Outcome.FAILED: pgettext_lazy("step", "Failed"),
    Outcome.IN_PROGRESS: pgettext_lazy("step", "In progress"),
    Outcome.UNRECORDED: gettext_lazy("End not recorded"),
    Outcome.STOPPED: gettext_lazy("Not finished"),
}

# Words of the command line client, and whether the command needs the ID of the migration.
COMMANDS: dict[Action, tuple[str, bool]] = {
    FORCE_COMPLETE: ("force complete", True),
    ABORT: ("abort", True),
    CONFIRM: ("confirm", False),
    REVERT: ("revert", False),
}

# Nova shows a single live migration only in these statuses (nova/db/main/api.py).
SHOWN = frozenset({"queued", "preparing", "running", "post-migrating"})


def properties(detail: Detail, user_id: str | None, sent: SentRequest | None = None) -> list[tuple[str, str]]:
    """Return labels and values, without those that Nova does not have or that policy hides.

    ``user_id``: ID of the reader; ``sent``: what the panel requested, if it is known.
    """
    row, request = detail.row, detail.request
    migration = row.migration
    entries = [
        (pgettext("migration", "Type"), requested_type(row, sent)),
        (_("Reference"), sent.reference if sent else ""),
        (_("Instance ID"), migration.instance_id),
        (_("Source host"), migration.source or ""),
        (_("Destination host"), migration.destination or _pending(row.sees_all and row.phase.moving)),
        (_("Requested by"), user_text(request.user_id, user_id) if request else ""),
        *_time_properties(detail),
        (_("Status in Nova"), migration.status),
        (_("Request ID"), request.request_id if request else ""),
        (_("Migration ID"), f"{migration.uuid} ({migration.id})"),
    ]
    return [(label, value) for label, value in entries if value]


def _time_properties(detail: Detail) -> list[tuple[str, str]]:
    row = detail.row
    created = row.migration.created_at
    ended = ended_at(row.migration, detail.request.events if detail.request else ())
    unknown = _pending(not row.phase.over)
    return [
        (_("Started"), moment_text(created)),
        (_("Ended"), moment_text(ended) or unknown),
        (_("Duration"), format_duration(ended - created) if ended and created else unknown),
    ]


def _pending(is_expected: bool) -> str:
    """Return the text of a value that Nova will have later; empty if there will be no value."""
    return str(NOT_YET) if is_expected else ""


def requested_type(row: Row, sent: SentRequest | None) -> str:
    """Return the type as it was requested, if it is known: Nova does not record block migration.  Else Nova's type."""
    kind = KINDS.get(sent.kind) if sent else None
    if kind and row.type == ("live" if kind.live else "cold"):
        return str(KIND_TEXTS[kind.slug].name)
    return type_text(row)


def hand_over_text(detail: Detail) -> str:
    """Return what to hand over after a failure to an administrator; empty for administrators and without a failure."""
    row = detail.row
    if row.sees_all or not (row.phase is Phase.FAILED or row.stale or (row.reason and row.reason.harm)):
        return ""
    if detail.request:
        return _(
            "Ask an administrator, and hand over this summary. It contains the instance ID, the request ID and the "
            "time."
        )
    return _("Ask an administrator, and hand over this summary. It contains the instance ID and the time.")


def user_text(user_id: str | None, own: str | None) -> str:
    """Return a user's ID, or "you" for the reader; empty if unknown.  Nova stores no names of users."""
    if user_id is None:
        return ""
    return _("You") if user_id == own else user_id


def requester_text(user_id: str | None, own: str | None) -> str:
    """Return who made a request of the timeline; empty if unknown."""
    if user_id is None:
        return ""
    if user_id == own:
        return pgettext("requester", "By you")
    return pgettext("requester", "By user %(user)s") % {"user": user_id}


def moment_text(moment: datetime | None) -> str:
    """Return a time with its zone; empty for an unknown time."""
    return time_text(moment) if moment else ""


def hidden_text(detail: Detail) -> str:
    """Return what policy hides from the reader; empty if nothing is hidden.

    A host may also be missing because Nova has not chosen it, or because an older Nova does not report it.
    """
    if detail.error or detail.row.sees_all:
        return ""
    events = detail.request.events if detail.request else ()
    hosts = detail.row.migration.source is None or (bool(events) and not any(event.host for event in events))
    return _("Only administrators can see the hosts and the error texts.") if hosts else ""


def step_text(entry: Entry, end: str) -> str:
    """Return the text of an entry; an unknown step has Nova's name.  ``end``: text of the migration's result."""
    if entry.kind is EntryKind.END:
        return end[:1].upper() + end[1:]
    texts = {EntryKind.REQUEST: REQUESTS, EntryKind.STEP: STEPS, EntryKind.COPY: COPIES}
    return str(texts[entry.kind].get(entry.name, entry.name))


def record_text(entry: Entry) -> str:
    """Return where Nova records the entry; empty if Nova does not record it."""
    if entry.kind is EntryKind.COPY:
        return ""
    if entry.kind is EntryKind.END:
        return _("Status in Nova: %(status)s") % {"status": entry.name}
    return _("Event in Nova: %(name)s") % {"name": entry.name}


def error_text(entry: Entry, reason: FailureReason | None) -> str:
    """Return Nova's text of an error; empty if the reason beside the status already contains it."""
    quoted = reason.text.strip() if reason else ""
    return "" if quoted and quoted in entry.details else entry.details


def outcome_text(entry: Entry) -> str:
    """Return the result of a step, or its duration."""
    if entry.outcome in OUTCOMES:
        return str(OUTCOMES[entry.outcome])
    if entry.at and entry.until:
        return format_duration(entry.until - entry.at)
    return ""


def commands(row: Row, request_id: str | None) -> tuple[str, ...]:
    """Return command lines for a shell.  Actions that Nova would not accept now are left out."""
    migration = row.migration
    lines = [_migration("list", "--server", migration.instance_id)]
    if row.type == "live" and migration.status in SHOWN:
        lines.append(_migration("show", migration.instance_id, str(migration.id)))
    for action in row.actions:
        if action in COMMANDS:
            command, needs_id = COMMANDS[action]
            ids = [migration.instance_id, *([str(migration.id)] if needs_id else [])]
            lines.append(_migration(*command.split(), *ids))
    if request_id:
        lines.append(shlex.join(["openstack", "server", "event", "show", migration.instance_id, request_id]))
    return tuple(lines)


def _migration(*arguments: str) -> str:
    return shlex.join(["openstack", "server", "migration", *arguments])
