# SPDX-License-Identifier: Apache-2.0
"""Texts of the rows: types, statuses, progress and actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from migration_panel.api.models import Migration
from migration_panel.board.actions import Action
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.status import Phase, ended_at
from migration_panel.formatting import format_duration, format_range, format_size

TYPES = {
    "live": pgettext_lazy("migration type", "Live"),
    "cold": pgettext_lazy("migration type", "Cold"),
    "resize": gettext_lazy("Resize"),
    "evacuation": gettext_lazy("Evacuation"),
}

STATUSES = {
    "accepted": gettext_lazy("Choosing a host"),
    "queued": gettext_lazy("Queued behind other live migrations of %(source)s"),
    "preparing": gettext_lazy("Preparing"),
    "pre-migrating": gettext_lazy("Preparing"),
    "running": gettext_lazy("Preparing the copy"),
    "running (post-copy)": gettext_lazy("Running on %(destination)s, copying the remaining memory (post-copy)"),
    "migrating": gettext_lazy("Migrating, the instance is shut down"),
    "post-migrating": gettext_lazy("Starting on %(destination)s"),
    "confirming": gettext_lazy("Confirming"),
    "reverting": gettext_lazy("Reverting"),
    "finished": gettext_lazy("Waiting for confirmation"),
    "completed": gettext_lazy("Completed in %(duration)s"),
    "done": gettext_lazy("Completed in %(duration)s"),
    "confirmed": gettext_lazy("Confirmed"),
    "reverted": gettext_lazy("Reverted to %(source)s"),
    "cancelled": gettext_lazy("Aborted, the instance stayed on %(source)s"),
    "failed": gettext_lazy("Failed, the instance stayed on %(source)s"),
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


def type_text(row: Row) -> str:
    """Return the type; an unknown type as Nova writes it."""
    if row.type == "live" and row.block:
        return _("Live block")
    return str(TYPES.get(row.type, row.type))


def status_text(row: Row) -> str:
    """Return the status; an unknown status as Nova writes it."""
    migration = row.migration
    if row.progress and row.phase is Phase.RUNNING:
        return str(PARTS[row.progress.part])
    text = _stale_text(row) or _outcome_text(row) or STATUSES.get(migration.status)
    if text is None:
        return migration.status
    return str(text) % {
        "source": migration.source or pgettext("noun in a sentence", "the source host"),
        "destination": migration.destination or pgettext("noun in a sentence", "the destination host"),
        "duration": _duration(migration),
    }


def _stale_text(row: Row) -> str | Promise | None:
    """Return the status of a record that Nova will never close."""
    if row.stale is None:
        return None
    if row.gone:
        return _("Instance deleted") if row.sees_all else _("Instance not found")
    return _("The instance is on %(destination)s") if row.stale is Phase.DONE else _("No longer in progress")


def _outcome_text(row: Row) -> str | Promise | None:
    """Return the status of a finished migration if Nova's own status is misleading; else None."""
    if row.gone and row.phase in DELETED:
        return (DELETED if row.sees_all else NOT_FOUND)[row.phase]
    if row.phase is Phase.FAILED:
        return _failure_text(row)
    if row.phase is Phase.CANCELLED and row.reason and row.reason.harm:
        return _("Aborted")
    if row.left_at_source:
        return _("Completed, but Nova still lists the instance on %(source)s")
    if row.phase is Phase.DONE and row.migration.changed_at and ended_at(row.migration) is None:
        # The record changed again when nova-compute on the source restarted.
        return {"completed": _("Completed"), "done": _("Completed")}.get(row.migration.status)
    return None


def _failure_text(row: Row) -> str | None:
    """Return the status of a failed migration; None if the instance is certainly on the source."""
    reason = row.reason
    if reason and reason.code == "aborted":
        return _("Aborted")
    if reason and reason.harm == Harm.LOST:
        return _("Failed in post-copy")
    if reason and reason.harm == Harm.SWITCHED:
        return _("Failed after the switch to %(destination)s")
    known_at_source = reason is not None and not reason.harm and row.newest
    return None if known_at_source else _("Failed")


def progress_text(row: Row) -> str:
    """Return for example "6.4 GiB of 10.0 GiB · 48.0 MiB/s · Less than a minute"; empty without progress."""
    progress, rate = row.progress, row.rate
    if progress is None:
        return ""
    parts = [
        _("%(done)s of %(total)s")
        % {"done": format_size(progress.total - progress.remaining), "total": format_size(progress.total)}
    ]
    if rate.bytes_per_second:
        parts.append(_("%(rate)s/s") % {"rate": format_size(round(rate.bytes_per_second))})
    if row.quiet_since:
        parts.append(_("No new figures since %(time)s") % {"time": _clock_text(row.quiet_since)})
    if rate.min_seconds is not None and rate.max_seconds is not None:
        parts.append(format_range(rate.min_seconds, rate.max_seconds))
    return " · ".join(parts)


def stall_text(row: Row) -> str:
    """Return a warning about a copy that does not converge; empty if the copy converges."""
    if row.rate.stalled_for is None or row.progress is None:
        return ""
    facts = {"span": format_duration(timedelta(seconds=row.rate.stalled_for))}
    if row.progress.part == "disk":
        return _("Not converging for %(span)s: the disk changes faster than it is copied.") % facts
    return (
        _(
            "Not converging for %(span)s: memory changes faster than it is copied. Force complete may pause "
            "the instance until the copy is complete. Abort keeps the instance on its host."
        )
        % facts
    )


def announcement(row: Row) -> str:
    """Return the text of screen readers and notifications for a new state."""
    return _("%(instance)s: %(status)s") % {
        "instance": row.name or row.migration.instance_id,
        "status": _("Not converging") if stall_text(row) else status_text(row),
    }


def _clock_text(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'H:i:s')} {local.tzname()}"


def _duration(migration: Migration) -> str:
    if migration.created_at is None or migration.updated_at is None:
        return pgettext("noun in a sentence", "an unknown time")
    return format_duration(migration.updated_at - migration.created_at)


@dataclass(frozen=True)
class ActionButton:
    """A button of one row.  ``question``: the consequence, which the user confirms first."""

    slug: str
    label: str
    question: str


@dataclass(frozen=True)
class ActionText:
    """The texts of an action.  ``consequence``: what the user confirms; ``done``: the message after the request."""

    name: Promise
    consequence: Promise
    done: Promise


ACTION_TEXTS = {
    "abort": ActionText(
        name=gettext_lazy("Abort"),
        consequence=gettext_lazy(
            "The instance keeps running on %(source)s, and the copied data is discarded. With libvirt, Nova "
            "32.2 to 34.0 may then set the instance to Error although the guest is still running."
        ),
        done=gettext_lazy("Nova accepted the request to abort the migration."),
    ),
    "force-complete": ActionText(
        name=gettext_lazy("Force complete"),
        consequence=gettext_lazy(
            "Nova completes the migration in one of two ways, depending on the cloud's configuration. Either "
            "Nova pauses the instance until the rest is copied, which may take a minute or longer. Or Nova "
            "starts the instance on %(destination)s immediately and copies the rest of the memory afterwards "
            "(post-copy). If post-copy fails, the guest is lost."
        ),
        done=gettext_lazy("Nova accepted the request to complete the migration."),
    ),
    "confirm": ActionText(
        name=gettext_lazy("Confirm"),
        consequence=gettext_lazy(
            "The instance stays on %(destination)s. Nova deletes the data of the instance on %(source)s. You "
            "cannot revert afterwards."
        ),
        done=gettext_lazy("Nova accepted the request to confirm the migration."),
    ),
    "revert": ActionText(
        name=gettext_lazy("Revert"),
        consequence=gettext_lazy(
            "The instance returns to %(source)s in its earlier state and is shut down meanwhile. Data "
            "written on %(destination)s may be lost."
        ),
        done=gettext_lazy("Nova accepted the request to revert the migration."),
    ),
    "reset-state": ActionText(
        name=gettext_lazy("Reset state to Active"),
        consequence=gettext_lazy(
            "Nova sets the instance to Active again. The guest itself does not change. First check on the "
            "console that the guest is running on %(host)s."
        ),
        done=gettext_lazy("The state of the instance is Active again."),
    ),
}


def action_name(action: Action) -> str:
    """Return the label of the action's button."""
    return str(ACTION_TEXTS[action.slug].name)


def consequence(action: Action, row: Row) -> str:
    """Return the consequence of an action, which the user confirms first."""
    source = row.migration.source or pgettext("noun in a sentence", "the source host")
    destination = row.migration.destination or pgettext("noun in a sentence", "the destination host")
    switched = row.reason is not None and row.reason.harm == Harm.SWITCHED
    return str(ACTION_TEXTS[action.slug].consequence) % {
        "source": source,
        "destination": destination,
        "host": destination if switched else source,
    }


def pending_text(row: Row) -> str:
    """Return which action was requested without an effect so far; empty without a request."""
    if row.pending is None:
        return ""
    if row.pending.overdue:
        ago = format_duration(datetime.now(timezone.utc) - datetime.fromtimestamp(row.pending.at, timezone.utc))
        overdue = {
            "abort": _("Abort requested %(ago)s ago. No effect yet."),
            "force-complete": _("Force complete requested %(ago)s ago. Not finished yet. The instance may be paused."),
        }
        return overdue[row.pending.action] % {"ago": ago}
    return {
        "abort": _("Abort requested"),
        "force-complete": _("Force complete requested. The instance may be paused until the migration finishes."),
    }[row.pending.action]
