# SPDX-License-Identifier: Apache-2.0
"""Where the command line differs from what the form does."""

from __future__ import annotations

from django.utils.translation import gettext as _

from migration_panel.migration_types import Kind


def command_note(kind: Kind, destination: str) -> str:
    """Empty where the command says it all."""
    if kind.live:
        return (
            _("Naming a host needs “--os-compute-api-version 2.30” or newer, as an option or in the environment.")
            if destination
            else ""
        )
    scheduler = _("The command could name a host, from “--os-compute-api-version 2.56” on; this form never does.")
    if kind.block:
        flag = _("There is no flag for cold block: this is the command of a cold migration, which copies a local disk.")
        return f"{flag} {scheduler}"
    return scheduler
