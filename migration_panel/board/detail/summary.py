# SPDX-License-Identifier: Apache-2.0
"""The summary of a migration for a ticket, in plain text, without what policy hides from the reader."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from migration_panel.api.models import InstanceAction
from migration_panel.board.detail.text import requested_type
from migration_panel.board.failure_text import reason_text
from migration_panel.board.rows import Row
from migration_panel.board.status import ended_at
from migration_panel.board.text import status_text
from migration_panel.formatting import format_duration
from migration_panel.migrate.sent import SentRequest
from migration_panel.times import time_text

# The first status of each type (nova/conductor, nova/compute/resource_tracker.py).
FIRST_STATUS = {
    "live-migration": "accepted",
    "migration": "pre-migrating",
    "resize": "pre-migrating",
    "evacuation": "accepted",
}


def summary(row: Row, request: InstanceAction | None = None, sent: SentRequest | None = None) -> str:
    """Return type, reference, times, hosts, result, reason and IDs.

    ``request``: the request that started the migration; ``sent``: what the panel requested, if it is known.
    """
    migration, reason = row.migration, reason_text(row)
    lines = [
        _("Migration of %(instance)s") % {"instance": _instance(row)},
        pgettext("summary", "Type: %(type)s") % {"type": requested_type(row, sent)},
        _("Reference: %(reference)s") % {"reference": sent.reference} if sent and sent.reference else "",
        _times(row, request),
        _("From %(source)s to %(destination)s") % {"source": migration.source, "destination": migration.destination}
        if migration.source and migration.destination
        else "",
        _result(row),
        _("Reason: %(reason)s") % {"reason": reason} if reason else "",
        _("Request ID: %(request)s") % {"request": request.request_id} if request else "",
        _("Migration ID: %(migration)s") % {"migration": migration.uuid},
    ]
    return "\n".join(line for line in lines if line)


def _instance(row: Row) -> str:
    return f"{row.name} ({row.migration.instance_id})" if row.name else row.migration.instance_id


def _times(row: Row, request: InstanceAction | None) -> str:
    """Return start, end and duration; empty if the start is unknown."""
    created = row.migration.created_at
    if created is None:
        return ""
    ended = ended_at(row.migration, request.events if request else ())
    if ended is None:
        return _("Started: %(start)s") % {"start": time_text(created)}
    facts = {"start": time_text(created), "end": time_text(ended), "duration": format_duration(ended - created)}
    return _("Started: %(start)s, ended: %(end)s (%(duration)s)") % facts


def _result(row: Row) -> str:
    """Return the panel's text of the status, and Nova's statuses for a search in its documentation."""
    status = row.migration.status
    first = FIRST_STATUS.get(row.migration.type)
    course = f"{first} \N{RIGHTWARDS ARROW} {status}" if first and first != status else status
    facts = {"course": course, "words": status_text(row)}
    return (
        _("Result: %(words)s (%(course)s)") % facts if row.phase.over else _("Status: %(words)s (%(course)s)") % facts
    )
