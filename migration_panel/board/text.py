# SPDX-License-Identifier: Apache-2.0
"""Texts of the rows: types, statuses and progress."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from migration_panel.api.models import Migration
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.sentence import Sentence
from migration_panel.board.status import Phase, ended_at
from migration_panel.formatting import format_duration, format_size, format_time_left

TYPES = {
    "live": pgettext_lazy("migration type", "Live"),
    "cold": pgettext_lazy("migration type", "Cold"),
    "resize": gettext_lazy("Resize"),
    "evacuation": gettext_lazy("Evacuation"),
}

COMPLETED = Sentence((gettext_lazy("Completed in %(duration)s"), gettext_lazy("Completed")))
ON_DESTINATION = Sentence((gettext_lazy("The instance is on %(destination)s"), gettext_lazy("No longer in progress")))
SWITCHED = Sentence(
    (
        gettext_lazy("Failed after the switch to %(destination)s"),
        gettext_lazy("Failed after the switch to the destination host"),
    )
)

STATUSES: dict[str, Promise | Sentence] = {
    "accepted": gettext_lazy("Choosing a host"),
    "queued": Sentence(
        (
            gettext_lazy("Queued behind other live migrations from %(source)s"),
            gettext_lazy("Queued behind other live migrations"),
        )
    ),
    "preparing": gettext_lazy("Preparing"),
    "pre-migrating": gettext_lazy("Preparing"),
    "running": gettext_lazy("Preparing"),
    "running (post-copy)": Sentence(
        (
            gettext_lazy("Running on %(host)s, copying the remaining memory (post-copy)"),
            gettext_lazy("Running on the destination host, copying the remaining memory (post-copy)"),
        )
    ),
    "migrating": gettext_lazy("Migrating, the instance is shut down"),
    "post-migrating": Sentence(
        (gettext_lazy("Starting on %(destination)s"), gettext_lazy("Starting on the destination host"))
    ),
    "confirming": gettext_lazy("Confirming"),
    "reverting": gettext_lazy("Reverting"),
    "finished": gettext_lazy("Waiting for confirmation"),
    "completed": COMPLETED,
    "done": COMPLETED,
    "confirmed": gettext_lazy("Confirmed"),
    "reverted": Sentence((gettext_lazy("Reverted to %(source)s"), gettext_lazy("Reverted to the source host"))),
    "cancelled": Sentence(
        (
            gettext_lazy("Aborted, the instance stayed on %(source)s"),
            gettext_lazy("Aborted, the instance stayed on its host"),
        )
    ),
    "failed": Sentence(
        (
            gettext_lazy("Failed, the instance stayed on %(source)s"),
            gettext_lazy("Failed, the instance stayed on its host"),
        )
    ),
    "error": gettext_lazy("Failed"),
}

# A finished migration whose instance was deleted.
DELETED = {
    Phase.CANCELLED: gettext_lazy("Aborted, the instance was deleted later"),
    Phase.FAILED: gettext_lazy("Failed, the instance was deleted later"),
}
NOT_FOUND = {
    Phase.CANCELLED: gettext_lazy("Aborted, instance not found"),
    Phase.FAILED: gettext_lazy("Failed, instance not found"),
}

PARTS = {"disk": gettext_lazy("Copying disk"), "memory": gettext_lazy("Copying memory")}
STALLED = {
    "disk": gettext_lazy("Not converging: the disk changes faster than it is copied"),
    "memory": gettext_lazy("Not converging: memory changes faster than it is copied"),
}


def type_text(row: Row) -> str:
    """Return the type; an unknown type as Nova writes it."""
    if row.type == "live" and row.block:
        return _("Live block")
    return str(TYPES.get(row.type, row.type))


def status_text(row: Row) -> str:
    """Return the status; an unknown status as Nova writes it."""
    migration = row.migration
    if row.progress and row.phase is Phase.RUNNING:
        return str((STALLED if row.stalled else PARTS)[row.progress.part])
    text = _stale_text(row) or _outcome_text(row) or STATUSES.get(migration.status) or migration.status
    if not isinstance(text, Sentence):
        return str(text)
    return text.text(
        source=migration.source,
        destination=migration.destination,
        host=migration.destination,
        duration=_duration(migration),
    )


def _stale_text(row: Row) -> Promise | Sentence | None:
    """Return the status of a record that Nova will never close."""
    if row.stale is None:
        return None
    if row.gone:
        return gettext_lazy("Instance deleted") if row.sees_all else gettext_lazy("Instance not found")
    return ON_DESTINATION if row.stale is Phase.DONE else ON_DESTINATION.forms[-1]


def _outcome_text(row: Row) -> Promise | Sentence | None:
    """Return the status of a finished migration if Nova's own status is misleading; else None."""
    if row.gone and row.phase in DELETED:
        return (DELETED if row.sees_all else NOT_FOUND)[row.phase]
    if row.phase is Phase.FAILED:
        return _failure_text(row)
    if row.phase is Phase.CANCELLED and row.reason and row.reason.harm:
        return gettext_lazy("Aborted")
    if row.left_at_source:
        return gettext_lazy("Completed, but check the instance")
    if row.phase is Phase.DONE and row.migration.changed_at and ended_at(row.migration) is None:
        # The record changed again when nova-compute on the source restarted.
        return {"completed": COMPLETED.forms[-1], "done": COMPLETED.forms[-1]}.get(row.migration.status)
    return None


def _failure_text(row: Row) -> Promise | Sentence | None:
    """Return the status of a failed migration; None if the instance is certainly on the source."""
    reason = row.reason
    if reason and reason.code == "aborted":
        return gettext_lazy("Aborted")
    if reason and reason.harm == Harm.LOST:
        return gettext_lazy("Failed in post-copy")
    if reason and reason.harm == Harm.SWITCHED:
        return SWITCHED
    known_at_source = reason is not None and not reason.harm and row.newest
    return None if known_at_source else gettext_lazy("Failed")


def progress_text(row: Row) -> str:
    """Return for example "6.4 GiB of 10.0 GiB · 48.0 MiB/s · Less than a minute left"; empty without progress."""
    progress, rate = row.progress, row.rate
    if progress is None:
        return ""
    parts = [
        _("%(done)s of %(total)s")
        % {"done": format_size(progress.total - progress.remaining), "total": format_size(progress.total)}
    ]
    if rate.bytes_per_second:
        parts.append(_("%(rate)s/s") % {"rate": format_size(round(rate.bytes_per_second))})
    if row.stalled:
        parts.append(_stall_text(row))
    if row.quiet_since:
        parts.append(_("No new figures since %(time)s") % {"time": _clock_text(row.quiet_since)})
    if rate.min_seconds is not None and rate.max_seconds is not None:
        parts.append(format_time_left(rate.min_seconds, rate.max_seconds))
    return " · ".join(parts)


def _stall_text(row: Row) -> str:
    """Return how much was left to copy, and for how long, since a copy stopped converging."""
    return _("%(lowest)s to %(highest)s left to copy in the last %(span)s") % {
        "lowest": format_size(row.rate.lowest),
        "highest": format_size(row.rate.highest),
        "span": format_duration(timedelta(seconds=row.rate.stalled_for or 0)),
    }


def announcement(row: Row) -> str:
    """Return the text of screen readers and notifications for a new state."""
    return _("%(instance)s: %(status)s") % {
        "instance": row.name or row.migration.instance_id,
        "status": status_text(row),
    }


def _clock_text(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'H:i:s')} {local.tzname()}"


def _duration(migration: Migration) -> str | None:
    """Return the duration of the migration; None without its times."""
    if migration.created_at is None or migration.updated_at is None:
        return None
    return format_duration(migration.updated_at - migration.created_at)
