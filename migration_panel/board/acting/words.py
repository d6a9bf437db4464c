# SPDX-License-Identifier: Apache-2.0
"""What the buttons say, what they ask before they act, and what is said afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.feed.row import Row
from migration_panel.board.rules.actions import Action
from migration_panel.units import duration_words


@dataclass(frozen=True)
class ActionWords:
    name: Promise
    # Told before it is done.
    consequence: Promise
    done: Promise


WORDS = {
    "abort": ActionWords(
        name=gettext_lazy("Abort"),
        consequence=gettext_lazy(
            "The instance stays on %(source)s and goes on running; what has been copied is thrown away. With "
            "libvirt, Nova 32.2 to 34.0 may mark the instance as in error afterwards, although it runs on unharmed."
        ),
        done=gettext_lazy("Nova has been asked to abort it."),
    ),
    "force-complete": ActionWords(
        name=gettext_lazy("Force complete"),
        consequence=gettext_lazy(
            "The instance is paused until the rest is copied, which may take a minute or longer: its users "
            "wait for so long. Then it runs on %(destination)s."
        ),
        done=gettext_lazy("Nova has been asked to complete it."),
    ),
    "confirm": ActionWords(
        name=gettext_lazy("Confirm"),
        consequence=gettext_lazy(
            "The instance stays on %(destination)s, and what was kept of it on %(source)s is removed. There is "
            "no way back afterwards."
        ),
        done=gettext_lazy("The move is being confirmed."),
    ),
    "revert": ActionWords(
        name=gettext_lazy("Revert"),
        consequence=gettext_lazy(
            "The instance goes back to %(source)s as it was there, and is off while it does. What has been "
            "written on %(destination)s may be lost."
        ),
        done=gettext_lazy("The instance is going back."),
    ),
    "reset-state": ActionWords(
        name=gettext_lazy("Reset state to active"),
        consequence=gettext_lazy(
            "Nova marks the instance as active again. Nothing happens to the instance itself, which runs on "
            "%(source)s. Do it only if you are sure that it does: look at its console."
        ),
        done=gettext_lazy("The instance is active again."),
    ),
}


def action_name(action: Action) -> str:
    return str(WORDS[action.slug].name)


def consequence(action: Action, row: Row) -> str:
    one = row.migration
    return str(WORDS[action.slug].consequence) % {
        "source": one.source or _("its first host"),
        "destination": one.destination or _("its new host"),
    }


def asked_words(row: Row) -> str:
    """What was asked of it and has not shown any effect; empty where nothing was."""
    if row.asked is None:
        return ""
    if row.asked.unheeded:
        ago = duration_words(datetime.now(timezone.utc) - datetime.fromtimestamp(row.asked.at, timezone.utc))
        unheeded = {
            "abort": _("asked to abort %(ago)s ago, but nothing has come of it"),
            "force-complete": _("asked to complete %(ago)s ago, but it is not done: the instance is paused meanwhile"),
        }
        return unheeded[row.asked.action] % {"ago": ago}
    return {
        "abort": _("asked to abort"),
        "force-complete": _("finishing, the instance is paused"),
    }[row.asked.action]
