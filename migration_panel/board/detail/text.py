# SPDX-License-Identifier: Apache-2.0
"""Texts of the page of one migration: properties, steps of the timeline, command lines."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

# The client words; those of live migrations name the migration too.
WORDS: dict[Action, tuple[str, bool]] = {
    FORCE_COMPLETE: ("force complete", True),
    ABORT: ("abort", True),
    CONFIRM: ("confirm", False),
    REVERT: ("revert", False),
}

# Nova shows a single migration only while it is live and in one of these (nova/db/main/api.py).
SHOWN = frozenset({"queued", "preparing", "running", "post-migrating"})


def facts(detail: Detail, user_id: str | None) -> list[tuple[str, str]]:
    """Labels and values; ``user_id`` is the reader's own."""
    row, begun = detail.row, detail.begun
    one = row.migration
    ended = ended_at(one, begun.events if begun else ())
    return [
        (_("Type"), type_text(row)),
        (_("From"), one.source or NONE),
        (_("To"), one.destination or NONE),
        (_("Asked for by"), user_text(begun.user_id if begun else None, user_id)),
        (_("Started"), moment_text(one.created_at)),
        (_("Ended"), moment_text(ended)),
        (_("Took"), format_duration(ended - one.created_at) if ended and one.created_at else NONE),
        (_("Nova's status"), one.status),
        (_("Request"), begun.request_id if begun else NONE),
        (_("Migration"), f"{one.uuid} ({one.id})"),
    ]


def user_text(user_id: str | None, own: str | None) -> str:
    """Nova knows users by their IDs only."""
    if user_id is None:
        return NONE
    return _("you") if user_id == own else user_id


def moment_text(moment: datetime | None) -> str:
    return time_text(moment) if moment else NONE


def untold(detail: Detail) -> str:
    """What is missing because policy hides it, in one sentence; empty for whom nothing is hidden."""
    if detail.error:
        return ""
    events = detail.begun.events if detail.begun else ()
    hosts = detail.row.migration.source is None or (bool(events) and not any(event.host for event in events))
    return _("Nova tells the hosts, and its text of an error, to administrators only.") if hosts else ""


def line_text(line: Line) -> dict[str, object]:
    """Title, ends of the axes and what a screen reader says of one line."""
    since, until = _clock(line.start), _clock(line.end)
    facts = {
        "first": format_size(line.first),
        "last": format_size(line.last),
        "highest": format_size(line.highest),
        "span": format_duration(timedelta(seconds=line.end - line.start)),
    }
    summary = _("from %(first)s to %(last)s in %(span)s") % facts
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
    """``end``: how the whole thing ended, in words.  A step that is unknown to us has Nova's name."""
    if entry.what is EntryKind.ENDED:
        return end[:1].upper() + end[1:]
    return str((REQUESTS if entry.what is EntryKind.ASKED else STEPS).get(entry.name, entry.name))


def outcome_text(entry: Entry) -> str:
    if entry.outcome is Outcome.FAILED:
        return _("failed")
    if entry.outcome is Outcome.UNDER_WAY:
        return _("under way")
    if entry.outcome is Outcome.UNRECORDED:
        return _("Nova recorded no end")
    if entry.at and entry.until:
        return format_duration(entry.until - entry.at)
    return ""


def commands(row: Row, request_id: str | None) -> tuple[str, ...]:
    """Ready for a shell, and only what Nova would take now."""
    one = row.migration
    lines = [_migration("list", "--server", one.instance_id)]
    if row.type == "live" and one.status in SHOWN:
        lines.append(_migration("show", one.instance_id, str(one.id)))
    for action in row.actions:
        if action in WORDS:
            words, live = WORDS[action]
            lines.append(_migration(*words.split(), one.instance_id, *([str(one.id)] if live else [])))
    if request_id:
        lines.append(shlex.join(["openstack", "server", "event", "show", one.instance_id, request_id]))
    return tuple(lines)


def _migration(*words: str) -> str:
    return shlex.join(["openstack", "server", "migration", *words])
