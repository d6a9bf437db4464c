# SPDX-License-Identifier: Apache-2.0
"""Texts of failure reasons: why a migration failed, the state of its instance, and what an administrator needs."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.failure import FailureReason
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.sentence import Sentence
from migration_panel.times import time_text

STATES: dict[Harm, Promise | Sentence] = {
    Harm.UNCERTAIN: Sentence(
        (
            gettext_lazy(
                "Nova set the instance to Error. This release of Nova may show the wrong host. Check for the guest on "
                "both %(source)s and %(destination)s before you change anything."
            ),
            gettext_lazy(
                "Nova set the instance to Error. This release of Nova may show the wrong host. Check for the guest on "
                "both hosts before you change anything."
            ),
        )
    ),
    Harm.UNSEEN: gettext_lazy("Nova set the instance to Error. Ask an administrator to check its host."),
    Harm.FORCED: gettext_lazy(
        "Force complete was requested before the failure. If Nova used post-copy, the memory is split between two "
        "hosts and the guest is lost. Do not reset the state. A hard reboot starts the instance again from its disk."
    ),
    Harm.LOST: gettext_lazy(
        "The memory is split between two hosts, so the guest is lost. Do not reset the state. A hard reboot starts the "
        "instance again from its disk."
    ),
}
UNHARMED = Sentence(
    (
        gettext_lazy("Nova set the instance to Error, but the guest is still running on %(source)s."),
        gettext_lazy("Nova set the instance to Error, but the guest is still running on its host."),
    )
)
# The status of the row says that the migration failed after the switch.
SWITCHED_IN_ERROR = Sentence(
    (
        gettext_lazy("Nova set the instance to Error. Check the guest on %(destination)s."),
        gettext_lazy("Nova set the instance to Error. Check the guest on the destination host."),
    )
)
SWITCHED = Sentence(
    (
        gettext_lazy("Nova now lists the instance on %(destination)s. Check the guest there."),
        gettext_lazy("Nova now lists the instance on the destination host. Check the guest there."),
    )
)
LEFT_AT_SOURCE = Sentence(
    (
        gettext_lazy(
            "Nova still lists the instance on %(source)s, although the migration to %(destination)s is completed. "
            "Do not reset the state. Unless the instance was shelved since, check for the guest on %(destination)s."
        ),
        gettext_lazy(
            "Nova still lists the instance on the source host, although the migration is completed. Do not reset the "
            "state. Unless the instance was shelved since, check for the guest on the destination host."
        ),
    )
)

HIDDEN = gettext_lazy("Only administrators can see the reason. Ask an administrator.")
CHECK_LOGS = gettext_lazy("Nova recorded no reason. Check the Nova logs.")
UNKNOWN = Sentence((gettext_lazy("Nova recorded no reason. Check the Nova logs at %(time)s."), CHECK_LOGS))
COPYING = Sentence(
    (
        gettext_lazy("The copy failed. Nova recorded no reason. Check the nova-compute log on %(host)s at %(time)s."),
        gettext_lazy(
            "The copy failed. Nova recorded no reason. Check the nova-compute log of the source host at %(time)s."
        ),
        CHECK_LOGS,
    )
)
AFTER_COPY = Sentence(
    (
        gettext_lazy(
            "Nova recorded no reason for the failure after the copy. Check the nova-compute log on %(host)s at "
            "%(time)s."
        ),
        gettext_lazy(
            "Nova recorded no reason for the failure after the copy. Check the nova-compute log of the source host at "
            "%(time)s."
        ),
        CHECK_LOGS,
    )
)

# What to hand over to an administrator, who can read Nova's logs.
HAND_OVER = Sentence(
    (
        gettext_lazy("Hand over the instance ID, the request ID %(request)s and this time: %(time)s."),
        gettext_lazy("Hand over the instance ID and this time: %(time)s."),
        gettext_lazy("Hand over the instance ID."),
    )
)


def reason_text(row: Row) -> str:
    """Return the reason of a failure or an abort; empty if there is no reason, or if it is not known yet."""
    sentences = [_record_text(row)]
    if row.reason:
        sentences += [_cause_text(row, row.reason), _state_text(row, row.reason), _hand_over_text(row, row.reason)]
    return " ".join(filter(None, sentences))


def _record_text(row: Row) -> str:
    """Return what Nova's record does not say."""
    if row.left_at_source:
        return LEFT_AT_SOURCE.text(**_hosts(row))
    if row.stale is None:
        return ""
    if row.gone:
        return _("The instance was deleted.") if row.sees_all else _("Nova did not find the instance.")
    # The status of the row says where the instance is.
    return _("Nova's record has not changed since %(time)s, and the instance has no task in progress.") % {
        "time": _time_of_change(row)
    }


def _state_text(row: Row, reason: FailureReason) -> str:
    """Return the state of the instance; empty if it is as expected."""
    if row.gone:
        return ""
    if reason.unharmed:
        return UNHARMED.text(**_hosts(row))
    if reason.harm == Harm.SWITCHED:
        return (SWITCHED_IN_ERROR if reason.resettable else SWITCHED).text(**_hosts(row))
    text = STATES[Harm(reason.harm)] if reason.harm else ""
    return text.text(**_hosts(row)) if isinstance(text, Sentence) else str(text)


def _hosts(row: Row) -> dict[str, str | None]:
    return {"source": row.migration.source, "destination": row.migration.destination}


def _cause_text(row: Row, reason: FailureReason) -> str:
    """Return why the migration failed; empty if that needs no text."""
    if reason.code == "cancelled" or (reason.harm == Harm.LOST and reason.code in ("copying", "unknown")):
        # The status of the row says that post-copy failed.
        return ""
    if reason.code == "aborted":
        return _abort_text(row, reason)
    if reason.code == "message":
        facts = {"detail": reason.text.strip()}
        return (_("Nova refused the migration: “%(detail)s”") if reason.refused else _("“%(detail)s”")) % facts
    if not row.sees_all:
        return _hidden_cause_text(reason)
    if reason.code == "hidden":
        return str(HIDDEN)
    copied = AFTER_COPY if reason.harm == Harm.SWITCHED else COPYING
    sentence = copied if reason.code == "copying" else UNKNOWN
    return sentence.text(host=reason.host, time=_time_of_change(row))


def _hidden_cause_text(reason: FailureReason) -> str:
    """Return the reason for a reader who needs an administrator: only administrators can read Nova's logs."""
    if reason.code == "hidden":
        return str(HIDDEN)
    if reason.code == "copying":
        return _("The copy failed. Nova recorded no reason. Ask an administrator to check the nova-compute logs.")
    return _("Nova recorded no reason. Ask an administrator to check the Nova logs.")


def _hand_over_text(row: Row, reason: FailureReason) -> str:
    """Return what an administrator needs; empty if the reader needs no administrator."""
    if row.sees_all or not (reason.code in ("hidden", "copying", "unknown") or reason.harm == Harm.UNSEEN):
        return ""
    return HAND_OVER.text(request=reason.request_id, time=_time_of_change(row))


def _abort_text(row: Row, reason: FailureReason) -> str:
    """Return who aborted the migration.  Nova stores the IDs of users only."""
    if reason.user_id is None:
        return _("The migration was aborted.")
    if reason.user_id == row.reader:
        return _("You aborted the migration.")
    return _("User %(user)s aborted the migration.") % {"user": reason.user_id}


def _time_of_change(row: Row) -> str | None:
    changed = row.migration.changed_at
    return time_text(changed) if changed else None
