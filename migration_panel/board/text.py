# SPDX-License-Identifier: Apache-2.0
"""Texts of the rows: types, statuses, progress, and migrations without a record."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.actions import CONFIRM, Action
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.status import Phase, ended_at
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.formatting import format_duration, format_range, format_size

TYPES = {
    "live": gettext_lazy("Live"),
    "cold": gettext_lazy("Cold"),
    "resize": gettext_lazy("Resize"),
    "evacuation": gettext_lazy("Evacuation"),
}

STATUSES = {
    "accepted": gettext_lazy("finding a host"),
    "queued": gettext_lazy("queued on %(source)s behind its other live migrations"),
    "preparing": gettext_lazy("preparing"),
    "pre-migrating": gettext_lazy("preparing"),
    "running": gettext_lazy("preparing the copy"),
    "running (post-copy)": gettext_lazy(
        "already running on %(destination)s, copying the rest of the memory (post-copy)"
    ),
    "migrating": gettext_lazy("moving, the instance is off"),
    "post-migrating": gettext_lazy("starting on %(destination)s"),
    "confirming": gettext_lazy("confirming"),
    "reverting": gettext_lazy("going back"),
    "finished": gettext_lazy("waiting for your confirmation"),
    "completed": gettext_lazy("completed in %(duration)s"),
    "done": gettext_lazy("completed in %(duration)s"),
    "confirmed": gettext_lazy("confirmed"),
    "reverted": gettext_lazy("back on %(source)s"),
    "cancelled": gettext_lazy("aborted, stayed on %(source)s"),
    "failed": gettext_lazy("failed, stayed on %(source)s"),
    "error": gettext_lazy("failed"),
}

# A finished migration whose instance no longer exists.
DELETED = {
    Phase.CANCELLED: gettext_lazy("aborted; the instance was deleted since"),
    Phase.FAILED: gettext_lazy("failed; the instance was deleted since"),
}
NOT_FOUND = {
    Phase.CANCELLED: gettext_lazy("aborted; instance not found"),
    Phase.FAILED: gettext_lazy("failed; instance not found"),
}

PARTS = {"disk": gettext_lazy("copying disk"), "memory": gettext_lazy("copying memory")}


def type_text(row: Row) -> str:
    if row.type == "live" and row.block:
        return _("Live block")
    return str(TYPES.get(row.type, row.type))


def status_text(row: Row) -> str:
    """A status unknown to us is shown as Nova writes it."""
    one = row.migration
    if row.progress and row.phase is Phase.RUNNING:
        return str(PARTS[row.progress.part])
    words = _stale_text(row) or _outcome_text(row) or STATUSES.get(one.status)
    if words is None:
        return one.status
    return str(words) % {
        "source": one.source or _("its host"),
        "destination": one.destination or _("the other host"),
        "duration": _took(row),
    }


def _stale_text(row: Row) -> str | Promise | None:
    """Return the status of a record that Nova will never close."""
    if row.stale is None:
        return None
    if row.gone:
        return _("instance deleted") if row.sees_all else _("instance not found")
    return _("on %(destination)s") if row.stale is Phase.DONE else _("no longer in progress")


def _outcome_text(row: Row) -> str | Promise | None:
    """Return the status of a finished migration if Nova's own status is misleading; else None."""
    if row.gone and row.phase in DELETED:
        return (DELETED if row.sees_all else NOT_FOUND)[row.phase]
    if row.phase is Phase.FAILED:
        return _failure_text(row)
    if row.phase is Phase.CANCELLED and row.why and row.why.harm:
        return _("aborted")
    if row.left_at_source:
        return _("completed, but Nova still lists the instance on %(source)s")
    if row.phase is Phase.DONE and row.migration.changed_at and ended_at(row.migration) is None:
        # The record changed again when nova-compute on the source restarted.
        return {"completed": _("completed"), "done": _("completed")}.get(row.migration.status)
    return None


def _failure_text(row: Row) -> str | None:
    why = row.why
    if why and why.code == "aborted":
        return _("aborted")
    if why and why.harm == Harm.LOST:
        return _("failed in post-copy")
    if why and why.harm == Harm.SWITCHED:
        return _("failed after the switch to %(destination)s")
    known_at_source = why is not None and not why.harm and row.newest
    return None if known_at_source else _("failed")


def progress_text(row: Row) -> str:
    """For example "6.4 GiB of 10.0 GiB · 48.0 MiB/s · Less than a minute"; empty while nothing is known."""
    progress, pace = row.progress, row.pace
    if progress is None:
        return ""
    facts = [
        _("%(done)s of %(total)s")
        % {"done": format_size(progress.total - progress.remaining), "total": format_size(progress.total)}
    ]
    if pace.rate:
        facts.append(_("%(rate)s/s") % {"rate": format_size(round(pace.rate))})
    if row.quiet_since:
        facts.append(_("No new figures since %(time)s") % {"time": _clock_text(row.quiet_since)})
    if pace.least is not None and pace.most is not None:
        facts.append(format_range(pace.least, pace.most))
    return " · ".join(facts)


def stall_text(row: Row) -> str:
    """What to make of a copy that comes no nearer to its end; empty for one that does."""
    if row.pace.stalled_for is None or row.progress is None:
        return ""
    facts = {"span": format_duration(timedelta(seconds=row.pace.stalled_for))}
    if row.progress.part == "disk":
        return _("It will likely not finish: for %(span)s the disk has been written faster than it is copied.") % facts
    return (
        _(
            "It will likely not finish: for %(span)s memory has been written faster than it is copied. Force complete "
            "pauses the instance until that is done, abort leaves it where it is."
        )
        % facts
    )


def announcement(row: Row) -> str:
    """What a screen reader says when the row has come to a new state."""
    return _("%(instance)s: %(status)s") % {
        "instance": row.name or row.migration.instance_id,
        "status": _("will likely not finish") if stall_text(row) else status_text(row),
    }


def _clock_text(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'H:i:s')} {local.tzname()}"


def _took(row: Row) -> str:
    one = row.migration
    if one.created_at is None or one.updated_at is None:
        return _("an unknown time")
    return format_duration(one.updated_at - one.created_at)


def unrecorded_status(one: UnrecordedMove) -> str:
    return {
        "MIGRATING": _("being moved live"),
        "RESIZE": _("being moved or resized, the instance is off"),
        "REVERT_RESIZE": _("going back to where or what it was"),
        "VERIFY_RESIZE": _("moved or resized, waiting for your confirmation"),
        "ERROR": _("no longer on its way; the instance is in error"),
    }.get(one.server.status) or _("no longer on its way; the instance is %(status)s") % {"status": one.server.status}


def unrecorded_announcement(one: UnrecordedMove) -> str:
    facts = {"instance": one.server.name or one.server.id, "status": unrecorded_status(one)}
    return _("%(instance)s: %(status)s") % facts


def unrecorded_consequence(action: Action) -> str:
    """It is not known whether it was moved, resized or both."""
    if action is CONFIRM:
        return _("The instance stays where and what it is now, and there is no way back afterwards.")
    return _(
        "The instance goes back to the host and the size it had, and is off while it does. What has been written "
        "since may be lost."
    )
