# SPDX-License-Identifier: Apache-2.0
"""A migration in a few plain lines for a ticket, without what the reader may not know."""

from __future__ import annotations

from django.utils.translation import gettext as _

from migration_panel.api.models import InstanceAction
from migration_panel.board.failure_text import reason_text
from migration_panel.board.rows import Row
from migration_panel.board.status import ended_at
from migration_panel.board.text import status_text, type_text
from migration_panel.formatting import format_duration
from migration_panel.times import time_text

# Nova's first word for each type (nova/conductor, nova/compute/resource_tracker.py).
FIRST = {
    "live-migration": "accepted",
    "migration": "pre-migrating",
    "resize": "pre-migrating",
    "evacuation": "accepted",
}


def summary(row: Row, begun: InstanceAction | None = None) -> str:
    """What, when, from where to where, outcome, reason if it failed, request; ``begun`` is what began it."""
    one = row.migration
    lines = [
        _("%(type)s migration of %(instance)s") % {"type": type_text(row), "instance": _instance(row)},
        _when(row, begun),
        _("From %(source)s to %(destination)s") % {"source": one.source, "destination": one.destination}
        if one.source and one.destination
        else "",
        _course(row),
        _("Reason: %(reason)s") % {"reason": reason_text(row)} if reason_text(row) else "",
        _("Request: %(request)s") % {"request": begun.request_id} if begun else "",
        _("Migration: %(migration)s") % {"migration": one.uuid},
    ]
    return "\n".join(line for line in lines if line)


def _instance(row: Row) -> str:
    return f"{row.name} ({row.migration.instance_id})" if row.name else row.migration.instance_id


def _when(row: Row, begun: InstanceAction | None) -> str:
    one = row.migration
    if one.created_at is None:
        return ""
    ended = ended_at(one, begun.events if begun else ())
    if ended is None:
        return _("Started: %(start)s") % {"start": time_text(one.created_at)}
    facts = {
        "start": time_text(one.created_at),
        "end": time_text(ended),
        "duration": format_duration(ended - one.created_at),
    }
    return _("Started: %(start)s, ended: %(end)s (%(duration)s)") % facts


def _course(row: Row) -> str:
    """Nova's own words, for those who look them up, then ours."""
    status = row.migration.status
    first = FIRST.get(row.migration.type)
    course = f"{first} \N{RIGHTWARDS ARROW} {status}" if first and first != status else status
    facts = {"course": course, "words": status_text(row)}
    return _("Outcome: %(words)s (%(course)s)") % facts if row.phase.over else _("Now: %(words)s (%(course)s)") % facts
