# SPDX-License-Identifier: Apache-2.0
"""The texts of the evacuation page, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from migration_panel.exceptions import MigrationPanelError, RequestRejected, user_message
from migration_panel.formatting import names_text, shortened
from migration_panel.hosts.drain.evidence import Evidence
from migration_panel.hosts.evacuate.plan import (
    EvacuableInstance,
    EvacuationProgress,
    EvacuationState,
    is_confirmed_empty,
)
from migration_panel.instance_states import state_label, task_label

OBSTACLES = {
    EvacuationState.IN_PROGRESS: gettext_lazy("Evacuation in progress."),
    EvacuationState.DELETING: gettext_lazy("Cannot be evacuated: the instance is being deleted."),
    EvacuationState.UNSUPPORTED: gettext_lazy(
        "Cannot be evacuated: the status of the instance is %(state)s. Nova evacuates only instances that are active, "
        "shut off or in Error."
    ),
    EvacuationState.NOT_ON_HOST: gettext_lazy("The instance is no longer on the host."),
    EvacuationState.HOST_UNKNOWN: gettext_lazy("Nova does not currently report the host of the instance."),
    EvacuationState.STALLED: gettext_lazy(
        "The instance is already being rebuilt, but nothing has changed for more than an hour. Before you evacuate it "
        "again, check nova-compute on the first destination. Two running guests would destroy the instance's data."
    ),
}

# Maximum number of reasons that one page shows.
MAX_REASONS = 3

REMEDY = gettext_lazy(
    "If the failure of the host interrupted the task, clear the task with “openstack server set --state active "
    "INSTANCE”. Then evacuate the instance again. The evacuation starts the instance even if it was shut off."
)


def consequence_text(instance: EvacuableInstance) -> str:
    """Return what an evacuation does to the instance, or why the instance cannot be evacuated."""
    server = instance.server
    if instance.state is not EvacuationState.READY:
        return obstacle_text(instance)
    if server.volume_backed and server.has_local_disk:
        return _(
            "Rebuilt on another host from its volume. The ephemeral disk and the swap are created empty, and "
            "their data is lost."
        )
    if server.volume_backed:
        return _("Rebuilt on another host from its volume.")
    return _("Rebuilt on another host from its image. Written data is lost, unless the disk is on shared storage.")


def obstacle_text(instance: EvacuableInstance) -> str:
    """Return why the instance cannot be evacuated, or should not."""
    server = instance.server
    return str(OBSTACLES[instance.state]) % {"state": state_label(server.vm_state or server.status)}


def cautions(instance: EvacuableInstance) -> list[str]:
    """Return what to know before the instance is selected."""
    server = instance.server
    if not instance.selectable:
        return []
    texts = []
    if server.locked and server.locked_reason:
        texts.append(
            _("Locked: “%(reason)s”. Another tool or administrator may be working on the instance.")
            % {"reason": shortened(server.locked_reason)}
        )
    elif server.locked:
        texts.append(_("Locked. Another tool or administrator may be working on the instance."))
    if server.task_state and instance.state is EvacuationState.READY:
        texts.append(
            _(
                "The task “%(task)s” was interrupted. Before release 26 (Zed), Nova refuses the evacuation until you "
                "clear the task with “openstack server set --state active %(id)s”. The evacuation then starts the "
                "instance even if it was shut off."
            )
            % {"task": task_label(server.task_state), "id": server.id}
        )
    return texts


def progress_texts(progress: EvacuationProgress) -> list[str]:
    """Return the numbers of evacuations and of instances as labels; empty before the first evacuation."""
    if not (progress.done or progress.in_progress or progress.failed):
        return []
    return [
        _("Evacuated: %(number)d") % {"number": progress.done},
        _("In progress: %(number)d") % {"number": progress.in_progress},
        _("Failed: %(number)d") % {"number": progress.failed},
        _("Still to evacuate: %(number)d") % {"number": progress.remaining},
    ]


def empty_text(host: str, evidence: Evidence) -> str:
    """Return what an empty list of instances means: Nova omits a cell whose database does not answer."""
    if is_confirmed_empty(evidence):
        text = _("Nova lists no instance on %(host)s, and Placement confirms this.")
    elif evidence.known:
        text = _(
            "Nova lists no instance on %(host)s, but Placement still holds allocations on this host. Nova's list may "
            "be incomplete. Refresh this page, and check “openstack resource provider show --allocations”."
        )
    else:
        text = _(
            "Nova lists no instance on %(host)s. This could not be confirmed. Nova's list is incomplete while Nova "
            "cannot reach a cell. Refresh this page later."
        )
    return text % {"host": host}


def not_restarted_text(host: str, count: int) -> str:
    return ngettext(
        "nova-compute on %(host)s has not been restarted since %(count)d instance was evacuated.",
        "nova-compute on %(host)s has not been restarted since %(count)d instances were evacuated.",
        count,
    ) % {"host": host, "count": count}


def accepted_text(count: int) -> str:
    return ngettext(
        "Nova accepted the evacuation of %(count)d instance.",
        "Nova accepted the evacuation of %(count)d instances.",
        count,
    ) % {"count": count}


def not_attempted_text(count: int) -> str:
    return ngettext(
        "%(count)d instance was not requested in time. Click Evacuate again.",
        "%(count)d instances were not requested in time. Click Evacuate again.",
        count,
    ) % {"count": count}


def refused_text(names: Sequence[str], reason: str) -> str:
    """Return a short message for any number of names: the page itself lists the remaining instances."""
    return _("Not evacuated: %(names)s. %(reason)s") % {"names": names_text(names), "reason": reason}


def other_reasons_text(count: int) -> str:
    return ngettext(
        "%(count)d more instance was not evacuated for other reasons.",
        "%(count)d more instances were not evacuated for other reasons.",
        count,
    ) % {"count": count}


def error_text(error: MigrationPanelError, instance_id: str) -> str:
    """Return Nova's reason without the instance's ID, so that equal reasons can be shown together."""
    text = shortened(user_message(error).replace(instance_id, pgettext("placeholder in a command", "INSTANCE")))
    interrupted = isinstance(error, RequestRejected) and "task_state" in str(error.reason)
    return f"{text} {REMEDY}" if interrupted else text


ALREADY_REQUESTED = gettext_lazy("The evacuation was requested a moment ago.")
