# SPDX-License-Identifier: Apache-2.0
"""Texts of the page of one migration: properties, steps of the timeline, command lines."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from migration_panel.board.actions import ABORT, CONFIRM, FORCE_COMPLETE, REVERT, Action
from migration_panel.board.detail.chart import Line
from migration_panel.board.detail.query import Detail
from migration_panel.board.detail.timeline import Entry, EntryKind, Outcome
from migration_panel.board.rows import Row
from migration_panel.board.status import ended_at
from migration_panel.board.text import type_text
from migration_panel.formatting import format_duration, format_size
from migration_panel.times import clock_text, time_text

NONE = "\N{EN DASH}"

PARTS = {"disk": gettext_lazy("Remaining disk data"), "memory": gettext_lazy("Remaining memory data")}

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
    "conductor_live_migrate_instance": gettext_lazy("Host selection"),
    "compute_check_can_live_migrate_destination": gettext_lazy("Destination check"),
    "compute_check_can_live_migrate_source": gettext_lazy("Source check"),
    "compute_live_migration": gettext_lazy("Queue and copy on the source"),
    "compute_pre_live_migration": gettext_lazy("Preparation on the destination"),
    "compute_post_live_migration_at_destination": gettext_lazy("Start on the destination"),
    "compute_rollback_live_migration_at_destination": gettext_lazy("Cleanup on the destination"),
    "compute_live_migration_abort": gettext_lazy("Abort on the source"),
    "compute_live_migration_force_complete": gettext_lazy("Force complete on the source"),
    "cold_migrate": gettext_lazy("Host selection"),
    "conductor_migrate_server": gettext_lazy("Start of the migration"),
    "compute_prep_resize": gettext_lazy("Resource claim on the destination"),
    "compute_resize_instance": gettext_lazy("Shutdown and disk transfer on the source"),
    "compute_finish_resize": gettext_lazy("Start on the destination"),
    "compute_confirm_resize": gettext_lazy("Cleanup on the source"),
    "compute_revert_resize": gettext_lazy("Removal from the destination"),
    "compute_finish_revert_resize": gettext_lazy("Restart on the source"),
    "compute_prep_snapshot_based_resize_at_dest": gettext_lazy("Resource claim on the destination"),
    "compute_prep_snapshot_based_resize_at_source": gettext_lazy("Shutdown and snapshot on the source"),
    "compute_finish_snapshot_based_resize_at_dest": gettext_lazy("Start on the destination"),
    "rebuild_server": gettext_lazy("Host selection"),
    "compute_rebuild_instance": gettext_lazy("Rebuild on the destination"),
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


def properties(detail: Detail, user_id: str | None) -> list[tuple[str, str]]:
    """Return labels and values.  ``user_id``: ID of the reader."""
    row, request = detail.row, detail.request
    migration = row.migration
    created, ended = migration.created_at, ended_at(migration, request.events if request else ())
    return [
        (pgettext("migration", "Type"), type_text(row)),
        (pgettext("host", "From"), migration.source or NONE),
        (pgettext("host", "To"), migration.destination or NONE),
        (_("Requested by"), user_text(request.user_id if request else None, user_id)),
        (_("Started"), moment_text(created)),
        (_("Ended"), moment_text(ended)),
        (_("Duration"), format_duration(ended - created) if ended and created else NONE),
        (_("Status in Nova"), migration.status),
        (_("Request ID"), request.request_id if request else NONE),
        (_("Migration ID"), f"{migration.uuid} ({migration.id})"),
    ]


def user_text(user_id: str | None, own: str | None) -> str:
    """Return a user's ID, or "you" for the reader.  Nova stores no names of users."""
    if user_id is None:
        return NONE
    return _("You") if user_id == own else user_id


def moment_text(moment: datetime | None) -> str:
    """Return a time with its zone; a dash for an unknown time."""
    return time_text(moment) if moment else NONE


def hidden_text(detail: Detail) -> str:
    """Return what policy hides from the reader; empty if nothing is hidden."""
    if detail.error:
        return ""
    events = detail.request.events if detail.request else ()
    hosts = detail.row.migration.source is None or (bool(events) and not any(event.host for event in events))
    return _("Only administrators can see the hosts and the text of errors.") if hosts else ""


def line_text(line: Line) -> dict[str, object]:
    """Return title, ends of the axes and the text of screen readers for a line."""
    since, until = _clock(line.start), _clock(line.end)
    facts = {
        "first": format_size(line.first),
        "last": format_size(line.last),
        "highest": format_size(line.highest),
        "span": format_duration(timedelta(seconds=line.end - line.start)),
    }
    summary = _("From %(first)s to %(last)s in %(span)s") % facts
    if line.highest > line.first:
        summary = _("%(summary)s, %(highest)s at most") % {"summary": summary, "highest": facts["highest"]}
    title = str(PARTS[line.part])
    return {
        "line": line,
        "title": title,
        "summary": summary,
        "alternative": _("%(title)s: %(summary)s") % {"title": title, "summary": summary},
        "since": since,
        "until": until,
    }


def _clock(seconds: float) -> str:
    return clock_text(datetime.fromtimestamp(seconds, timezone.utc))


def step_text(entry: Entry, end: str) -> str:
    """Return the text of an entry; an unknown step has Nova's name.  ``end``: text of the migration's result."""
    if entry.kind is EntryKind.END:
        return end[:1].upper() + end[1:]
    return str((REQUESTS if entry.kind is EntryKind.REQUEST else STEPS).get(entry.name, entry.name))


def outcome_text(entry: Entry) -> str:
    """Return the result of a step, or its duration."""
    if entry.outcome is Outcome.FAILED:
        return _("Failed")
    if entry.outcome is Outcome.IN_PROGRESS:
        return _("In progress")
    if entry.outcome is Outcome.UNRECORDED:
        return _("End not recorded")
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
