# SPDX-License-Identifier: Apache-2.0
"""Reasons in the reader's words, around Nova's own."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.failure import FailureReason
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.status import Phase
from migration_panel.times import time_text

STATES = {
    Harm.UNCERTAIN: gettext_lazy(
        "Nova set the instance to Error. This release of Nova may show the wrong host. Check for the guest on both "
        "%(source)s and %(destination)s before you change anything."
    ),
    Harm.UNSEEN: gettext_lazy(
        "Nova set the instance to Error. Ask an administrator to check its host, and pass on the instance ID and the "
        "time."
    ),
    Harm.FORCED: gettext_lazy(
        "Force complete was requested before the failure. If Nova used post-copy, the memory is split between two "
        "hosts and the guest is lost. Do not reset the state. A hard reboot starts the instance again from its disk."
    ),
    Harm.LOST: gettext_lazy(
        "The migration failed in post-copy. The memory is split between two hosts, so the guest is lost. Do not reset "
        "the state. A hard reboot starts the instance again from its disk."
    ),
}


def reason_text(row: Row) -> str:
    """Empty where nothing failed, or where it is not known yet."""
    sentences = [_record_text(row)]
    if row.why:
        sentences += [_reason(row, row.why), _state_text(row, row.why)]
    return " ".join(filter(None, sentences))


def _record_text(row: Row) -> str:
    """Return what Nova's record does not say."""
    facts = _facts(row)
    if row.left_at_source:
        return (
            _(
                "Nova still lists the instance on %(source)s, although the migration to %(destination)s is completed. "
                "Do not reset the state. Unless the instance was shelved since, check for the guest on "
                "%(destination)s."
            )
            % facts
        )
    if row.stale is None:
        return ""
    if row.gone:
        return _("The instance was deleted.") if row.sees_all else _("Nova does not find the instance.")
    if row.stale is Phase.DONE:
        return (
            _(
                "Nova's record has not changed since %(time)s. Nova lists the instance on %(destination)s, and no task "
                "is in progress."
            )
            % facts
        )
    return _("Nova's record has not changed since %(time)s, and the instance has no task in progress.") % facts


def _state_text(row: Row, why: FailureReason) -> str:
    facts = _facts(row)
    if row.gone:
        return ""
    if why.unharmed:
        return _("Nova set the instance to Error, but the guest is still running on %(source)s.") % facts
    if why.harm == Harm.SWITCHED and why.resettable:
        return (
            _("Nova set the instance to Error after the switch to %(destination)s. Check the guest on %(destination)s.")
            % facts
        )
    if why.harm == Harm.SWITCHED:
        return _("Nova lists the instance on %(destination)s now. Check the guest on %(destination)s.") % facts
    return str(STATES[Harm(why.harm)]) % facts if why.harm else ""


def _facts(row: Row) -> dict[str, str]:
    one = row.migration
    return {
        "source": one.source or _("its host"),
        "destination": one.destination or _("the other host"),
        "time": _at(row),
    }


def _reason(row: Row, why: FailureReason) -> str:
    if why.code == "cancelled":
        return ""
    if why.code == "aborted":
        return _aborted(row, why)
    if why.code == "told":
        text = why.text.strip()
        return text if text.endswith((".", "!", "?")) else f"{text}."
    if why.code == "hidden":
        return _("Nova tells the reason to administrators only.")
    facts = {"host": why.host or _("its host"), "time": _at(row)}
    if why.harm == Harm.LOST:
        # The sentence about post-copy is the reason.
        return ""
    if why.harm == Harm.SWITCHED and why.code == "copying":
        return (
            _(
                "The migration failed after the copy, and Nova recorded no reason. Check the nova-compute log on "
                "%(host)s at %(time)s."
            )
            % facts
        )
    if not row.sees_all:
        return _for_managers(why) % facts
    if why.code == "copying":
        return (
            _(
                "It failed while copying, and Nova keeps no reason for that: look into nova-compute's log on "
                "%(host)s at %(time)s."
            )
            % facts
        )
    return _("Nova keeps no reason: look into its logs at %(time)s.") % facts


def _for_managers(why: FailureReason) -> str:
    """Only administrators can read Nova's logs."""
    if why.code == "copying":
        return _(
            "It failed while copying, and Nova recorded no reason. Ask an administrator to check the nova-compute "
            "logs, and pass on the instance ID and the time: %(time)s."
        )
    return _(
        "Nova recorded no reason. Ask an administrator to check Nova's logs, and pass on the instance ID and the "
        "time: %(time)s."
    )


def _aborted(row: Row, why: FailureReason) -> str:
    """Return who aborted the migration.  Nova stores the IDs of users only."""
    if why.user_id is None:
        return _("The migration was aborted.")
    if why.user_id == row.reader:
        return _("You aborted the migration.")
    return _("User %(user)s aborted the migration.") % {"user": why.user_id}


def _at(row: Row) -> str:
    changed = row.migration.changed_at
    return time_text(changed) if changed else _("an unknown time")
