# SPDX-License-Identifier: Apache-2.0
"""What the buttons say, what they ask before they act, and what is said afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.actions import Action
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.formatting import format_duration


@dataclass(frozen=True)
class ActionText:
    name: Promise
    # Told before it is done.
    consequence: Promise
    done: Promise


WORDS = {
    "abort": ActionText(
        name=gettext_lazy("Abort"),
        consequence=gettext_lazy(
            "The instance stays on %(source)s and goes on running; what has been copied is thrown away. With "
            "libvirt, Nova 32.2 to 34.0 may mark the instance as in error afterwards, although it runs on unharmed."
        ),
        done=gettext_lazy("Nova has been asked to abort it."),
    ),
    "force-complete": ActionText(
        name=gettext_lazy("Force complete"),
        consequence=gettext_lazy(
            "Nova completes the migration in one of two ways; the cloud's configuration decides which. Either it "
            "pauses the instance until the rest is copied, which may take a minute or longer. Or it starts the "
            "instance on %(destination)s at once and fetches the rest of the memory (post-copy). If post-copy "
            "fails, the running guest is lost."
        ),
        done=gettext_lazy("Nova has been asked to complete it."),
    ),
    "confirm": ActionText(
        name=gettext_lazy("Confirm"),
        consequence=gettext_lazy(
            "The instance stays on %(destination)s, and what was kept of it on %(source)s is removed. There is "
            "no way back afterwards."
        ),
        done=gettext_lazy("The move is being confirmed."),
    ),
    "revert": ActionText(
        name=gettext_lazy("Revert"),
        consequence=gettext_lazy(
            "The instance goes back to %(source)s as it was there, and is off while it does. What has been "
            "written on %(destination)s may be lost."
        ),
        done=gettext_lazy("The instance is going back."),
    ),
    "reset-state": ActionText(
        name=gettext_lazy("Reset state to active"),
        consequence=gettext_lazy(
            "Nova marks the instance as active again. The guest itself is not changed. First check on the console "
            "that the guest is running on %(host)s."
        ),
        done=gettext_lazy("The instance is active again."),
    ),
}


def action_name(action: Action) -> str:
    return str(WORDS[action.slug].name)


def consequence(action: Action, row: Row) -> str:
    one = row.migration
    source, destination = one.source or _("its first host"), one.destination or _("its new host")
    switched = row.why is not None and row.why.harm == Harm.SWITCHED
    return str(WORDS[action.slug].consequence) % {
        "source": source,
        "destination": destination,
        "host": destination if switched else source,
    }


def asked_text(row: Row) -> str:
    """What was asked of it and has not shown any effect; empty where nothing was."""
    if row.asked is None:
        return ""
    if row.asked.overdue:
        ago = format_duration(datetime.now(timezone.utc) - datetime.fromtimestamp(row.asked.at, timezone.utc))
        overdue = {
            "abort": _("Abort requested %(ago)s ago. No effect yet."),
            "force-complete": _("Force complete requested %(ago)s ago. Not finished yet; the instance may be paused."),
        }
        return overdue[row.asked.action] % {"ago": ago}
    return {
        "abort": _("Abort requested."),
        "force-complete": _("Force complete requested. The instance may be paused until the migration ends."),
    }[row.asked.action]
