# SPDX-License-Identifier: Apache-2.0
"""Texts of failure reasons: why a migration failed, and the state of its instance."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

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
        "Nova set the instance to Error. Ask an administrator to check its host. Hand over the instance "
        "ID and the time."
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
    """Return the reason of a failure or an abort; empty if there is no reason, or if it is not known yet."""
    sentences = [_record_text(row)]
    if row.reason:
        sentences += [_cause_text(row, row.reason), _state_text(row, row.reason)]
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


def _state_text(row: Row, reason: FailureReason) -> str:
    """Return the state of the instance; empty if it is as expected."""
    facts = _facts(row)
    if row.gone:
        return ""
    if reason.unharmed:
        return _("Nova set the instance to Error, but the guest is still running on %(source)s.") % facts
    if reason.harm == Harm.SWITCHED and reason.resettable:
        return (
            _("Nova set the instance to Error after the switch to %(destination)s. Check the guest on %(destination)s.")
            % facts
        )
    if reason.harm == Harm.SWITCHED:
        return _("Nova now lists the instance on %(destination)s. Check the guest on %(destination)s.") % facts
    return str(STATES[Harm(reason.harm)]) % facts if reason.harm else ""


def _facts(row: Row) -> dict[str, str]:
    migration = row.migration
    return {
        "source": migration.source or pgettext("noun in a sentence", "the source host"),
        "destination": migration.destination or pgettext("noun in a sentence", "the destination host"),
        "time": _time_of_change(row),
    }


def _cause_text(row: Row, reason: FailureReason) -> str:
    """Return why the migration failed; empty if that needs no text."""
    if reason.code == "cancelled":
        return ""
    if reason.code == "aborted":
        return _abort_text(row, reason)
    if reason.code == "message":
        text = reason.text.strip()
        return text if text.endswith((".", "!", "?")) else f"{text}."
    if reason.code == "hidden":
        return _("Only administrators can see the reason.")
    if reason.harm == Harm.LOST:
        # The sentence about post-copy is the reason.
        return ""
    facts = {"host": reason.host or pgettext("noun in a sentence", "the source host"), "time": _time_of_change(row)}
    return _unknown_cause_text(row, reason) % facts


def _unknown_cause_text(row: Row, reason: FailureReason) -> str:
    """Return which log has the reason, because Nova did not record it.  Placeholders: host, time."""
    copying = reason.code == "copying"
    if copying and reason.harm == Harm.SWITCHED:
        return _(
            "The migration failed after the copy. Nova recorded no reason. Check the nova-compute log on "
            "%(host)s at %(time)s."
        )
    if row.sees_all and copying:
        return _("The copy failed. Nova recorded no reason. Check the nova-compute log on %(host)s at %(time)s.")
    if row.sees_all:
        return _("Nova recorded no reason. Check the Nova logs at %(time)s.")
    # Only administrators can read Nova's logs.
    if copying:
        return _(
            "The copy failed. Nova recorded no reason. Ask an administrator to check the nova-compute logs. "
            "Hand over the instance ID and this time: %(time)s."
        )
    return _(
        "Nova recorded no reason. Ask an administrator to check the Nova logs. Hand over the instance ID "
        "and this time: %(time)s."
    )


def _abort_text(row: Row, reason: FailureReason) -> str:
    """Return who aborted the migration.  Nova stores the IDs of users only."""
    if reason.user_id is None:
        return _("The migration was aborted.")
    if reason.user_id == row.reader:
        return _("You aborted the migration.")
    return _("User %(user)s aborted the migration.") % {"user": reason.user_id}


def _time_of_change(row: Row) -> str:
    changed = row.migration.changed_at
    return time_text(changed) if changed else pgettext("noun in a sentence", "an unknown time")
