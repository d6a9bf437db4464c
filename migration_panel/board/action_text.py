# SPDX-License-Identifier: Apache-2.0
"""Texts of actions: buttons, consequences, and requests without an effect so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.board.actions import ABORT, FORCE_COMPLETE, Action
from migration_panel.board.harm import Harm
from migration_panel.board.rows import Row
from migration_panel.board.sentence import Sentence
from migration_panel.formatting import format_duration


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
    consequence: Sentence
    done: Promise


ACTION_TEXTS = {
    "abort": ActionText(
        name=gettext_lazy("Abort"),
        consequence=Sentence(
            (
                gettext_lazy(
                    "The instance keeps running on %(source)s, and the copied data is discarded. With libvirt, Nova "
                    "32.2 to 34.0 may then set the instance to Error although the guest is still running."
                ),
                gettext_lazy(
                    "The instance keeps running on its host, and the copied data is discarded. With libvirt, Nova "
                    "32.2 to 34.0 may then set the instance to Error although the guest is still running."
                ),
            )
        ),
        done=gettext_lazy("Nova accepted the request to abort the migration."),
    ),
    "force-complete": ActionText(
        name=gettext_lazy("Force complete"),
        consequence=Sentence(
            (
                gettext_lazy(
                    "Nova completes the migration in one of two ways, depending on the cloud's configuration. Either "
                    "Nova pauses the instance until the rest is copied, which may take a minute or longer. Or Nova "
                    "starts the instance on %(destination)s immediately and copies the rest of the memory afterwards "
                    "(post-copy). If post-copy fails, the guest is lost."
                ),
                gettext_lazy(
                    "Nova completes the migration in one of two ways, depending on the cloud's configuration. Either "
                    "Nova pauses the instance until the rest is copied, which may take a minute or longer. Or Nova "
                    "starts the instance on its new host immediately and copies the rest of the memory afterwards "
                    "(post-copy). If post-copy fails, the guest is lost."
                ),
            )
        ),
        done=gettext_lazy("Nova accepted the request to complete the migration."),
    ),
    "confirm": ActionText(
        name=gettext_lazy("Confirm"),
        consequence=Sentence(
            (
                gettext_lazy(
                    "The instance stays on %(destination)s. Nova deletes the data of the instance on %(source)s. You "
                    "cannot revert afterwards."
                ),
                gettext_lazy(
                    "The instance stays on its new host. Nova deletes the data of the instance on its old host. You "
                    "cannot revert afterwards."
                ),
            )
        ),
        done=gettext_lazy("Nova accepted the request to confirm the migration."),
    ),
    "revert": ActionText(
        name=gettext_lazy("Revert"),
        consequence=Sentence(
            (
                gettext_lazy(
                    "The instance returns to %(source)s in its earlier state and is shut down meanwhile. Data "
                    "written on %(destination)s may be lost."
                ),
                gettext_lazy(
                    "The instance returns to its old host in its earlier state and is shut down meanwhile. Data "
                    "written on its new host may be lost."
                ),
            )
        ),
        done=gettext_lazy("Nova accepted the request to revert the migration."),
    ),
    "reset-state": ActionText(
        name=gettext_lazy("Reset state to Active"),
        consequence=Sentence(
            (
                gettext_lazy(
                    "Nova sets the instance to Active again. The guest itself does not change. First check on the "
                    "console that the guest is running on %(host)s."
                ),
                gettext_lazy(
                    "Nova sets the instance to Active again. The guest itself does not change. First check on the "
                    "console that the guest is running."
                ),
            )
        ),
        done=gettext_lazy("The state of the instance is Active again."),
    ),
}


def action_name(action: Action) -> str:
    """Return the label of the action's button."""
    return str(ACTION_TEXTS[action.slug].name)


def consequence(action: Action, row: Row) -> str:
    """Return the consequence of an action, which the user confirms first."""
    source, destination = row.migration.source, row.migration.destination
    switched = row.reason is not None and row.reason.harm == Harm.SWITCHED
    sentence = ACTION_TEXTS[action.slug].consequence
    return sentence.text(source=source, destination=destination, host=destination if switched else source)


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


def advice_text(row: Row) -> str:
    """Return what the reader can do about a copy that does not converge; empty for any other row."""
    if row.rate.stalled_for is None:
        return ""
    sentences = {
        FORCE_COMPLETE: _("Force complete may pause the instance until the copy is complete."),
        ABORT: _("Abort keeps the instance on its host."),
    }
    return " ".join(text for action, text in sentences.items() if action in row.actions)
