# SPDX-License-Identifier: Apache-2.0
"""Texts of the page of past migrations."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from migration_panel.board.status import POST_COPY

# In the order of a migration, its results first: they are the usual filters.
STATUSES = {
    "completed": pgettext_lazy("status", "Completed"),
    "done": pgettext_lazy("status", "Completed"),
    "confirmed": pgettext_lazy("status", "Confirmed"),
    "reverted": pgettext_lazy("status", "Reverted"),
    "cancelled": pgettext_lazy("status", "Aborted"),
    "error": pgettext_lazy("status", "Failed"),
    "failed": pgettext_lazy("status", "Failed"),
    "finished": gettext_lazy("Waiting for confirmation"),
    "accepted": gettext_lazy("Choosing a host"),
    "queued": pgettext_lazy("status", "Queued"),
    "preparing": pgettext_lazy("status", "Preparing"),
    "pre-migrating": pgettext_lazy("status", "Preparing"),
    "running": pgettext_lazy("status", "Copying"),
    POST_COPY: gettext_lazy("Copying the remaining memory after the switch"),
    "migrating": gettext_lazy("Migrating, the instance is shut down"),
    "post-migrating": gettext_lazy("Starting on the destination host"),
    "confirming": pgettext_lazy("status", "Confirming"),
    "reverting": pgettext_lazy("status", "Reverting"),
}


def status_choices() -> list[tuple[str, str]]:
    """Return Nova's statuses with their texts.  Nova filters by its own status, which two texts may share."""
    return [
        (status, _("%(status)s (%(nova_status)s)") % {"status": text, "nova_status": status})
        for status, text in STATUSES.items()
    ]
