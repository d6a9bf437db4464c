# SPDX-License-Identifier: Apache-2.0
"""What is said of an instance on its way of whose migration Nova shows the reader no record."""

from django.utils.translation import gettext as _

from migration_panel.board.rules.actions import CONFIRM, Action
from migration_panel.board.rules.unlisted import Unlisted


def unlisted_words(one: Unlisted) -> str:
    return {
        "MIGRATING": _("being moved live"),
        "RESIZE": _("being moved or resized, the instance is off"),
        "REVERT_RESIZE": _("going back to where or what it was"),
        "VERIFY_RESIZE": _("moved or resized, waiting for your confirmation"),
        "ERROR": _("no longer on its way; the instance is in error"),
    }.get(one.server.status) or _("no longer on its way; the instance is %(status)s") % {"status": one.server.status}


def unlisted_announcement(one: Unlisted) -> str:
    facts = {"instance": one.server.name or one.server.id, "status": unlisted_words(one)}
    return _("%(instance)s: %(status)s") % facts


def unlisted_consequence(action: Action) -> str:
    """It is not known whether it was moved, resized or both."""
    if action is CONFIRM:
        return _("The instance stays where and what it is now, and there is no way back afterwards.")
    return _(
        "The instance goes back to the host and the size it had, and is off while it does. What has been written "
        "since may be lost."
    )
