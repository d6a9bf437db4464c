# SPDX-License-Identifier: Apache-2.0
"""Nova's statuses in the reader's words and language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.feed.row import Row
from migration_panel.board.rules.phases import Phase
from migration_panel.units import duration_words, size_words, span_words

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
    "running (post-copy)": gettext_lazy("running on %(destination)s already, fetching the rest of its memory"),
    "migrating": gettext_lazy("moving, the instance is off"),
    "post-migrating": gettext_lazy("starting on %(destination)s"),
    "confirming": gettext_lazy("confirming"),
    "reverting": gettext_lazy("going back"),
    "finished": gettext_lazy("waiting for your confirmation"),
    "completed": gettext_lazy("completed in %(duration)s"),
    "done": gettext_lazy("completed in %(duration)s"),
    "confirmed": gettext_lazy("confirmed"),
    "reverted": gettext_lazy("back on %(source)s"),
    "cancelled": gettext_lazy("aborted, still on %(source)s"),
    "failed": gettext_lazy("failed, still on %(source)s"),
    "error": gettext_lazy("failed"),
}

PARTS = {"disk": gettext_lazy("copying disk"), "memory": gettext_lazy("copying memory")}


def type_words(row: Row) -> str:
    if row.type == "live" and row.block:
        return _("Live block")
    return str(TYPES.get(row.type, row.type))


def status_words(row: Row) -> str:
    """A status unknown to us is shown as Nova writes it."""
    one = row.migration
    if row.progress and row.phase is Phase.RUNNING:
        return str(PARTS[row.progress.part])
    words = STATUSES.get(one.status)
    if words is None:
        return one.status
    return str(words) % {
        "source": one.source or _("its host"),
        "destination": one.destination or _("the other host"),
        "duration": _took(row),
    }


def progress_words(row: Row) -> str:
    """For example "6.4 GiB of 10.0 GiB · 48.0 MiB/s · Less than a minute"; empty while nothing is known."""
    progress, pace = row.progress, row.pace
    if progress is None:
        return ""
    facts = [
        _("%(done)s of %(total)s")
        % {"done": size_words(progress.total - progress.remaining), "total": size_words(progress.total)}
    ]
    if pace.rate:
        facts.append(_("%(rate)s/s") % {"rate": size_words(round(pace.rate))})
    if pace.least is not None and pace.most is not None:
        facts.append(span_words(pace.least, pace.most))
    return " · ".join(facts)


def stall_words(row: Row) -> str:
    """What to make of a copy that comes no nearer to its end; empty for one that does."""
    if row.pace.stalled_for is None or row.progress is None:
        return ""
    facts = {"span": duration_words(timedelta(seconds=row.pace.stalled_for))}
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
        "status": _("will likely not finish") if stall_words(row) else status_words(row),
    }


def _took(row: Row) -> str:
    one = row.migration
    if one.created_at is None or one.updated_at is None:
        return _("an unknown time")
    return duration_words(one.updated_at - one.created_at)
