# SPDX-License-Identifier: Apache-2.0
"""What evacuation means, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.brief import names_text, shortened
from migration_panel.errors import MigrationPanelError, Refused, told
from migration_panel.hosts.evacuate.plan import Fate, Proof, Stranded, Tally
from migration_panel.nova.records import Server

FATES = {
    Fate.BEGUN: gettext_lazy("Being evacuated."),
    Fate.DELETING: gettext_lazy("Cannot be evacuated: it is being deleted."),
    Fate.STATE: gettext_lazy("Cannot be evacuated: it is %(state)s, and Nova takes only active, stopped and error."),
    Fate.GONE: gettext_lazy("It is no longer on the host."),
    Fate.UNKNOWN: gettext_lazy("Nova does not report its host at the moment."),
    Fate.STALLED: gettext_lazy(
        "It is being rebuilt already, and nothing has changed for more than an hour. Before you request another "
        "evacuation, check nova-compute on the destination of the first: two guests of one instance destroy its data."
    ),
}

# Refusals of different reasons that one page shows.
MOST_REASONS = 3

REMEDY = gettext_lazy(
    "If the task was interrupted by the failure of the host, an administrator can clear it with “openstack server set "
    "--state active INSTANCE”. Then evacuate the instance again. It is started even if it was shut off."
)


def fate_words(one: Stranded) -> str:
    """What will come of it."""
    if one.fate is not Fate.READY:
        return refused_fate_words(one.fate, one.server)
    if one.server.volume_backed and one.server.has_local_disk:
        return _(
            "Started elsewhere from its volume. Its ephemeral disk and its swap are created empty, so what is on them "
            "is lost."
        )
    if one.server.volume_backed:
        return _("Started elsewhere from its volume.")
    return _("Rebuilt from its image, and what it has written is lost, unless its disk is on shared storage.")


def refused_fate_words(fate: Fate, server: Server) -> str:
    return str(FATES[fate]) % {"state": server.vm_state or server.status}


def caution_words(one: Stranded) -> list[str]:
    """What else to know before one is chosen."""
    server = one.server
    if not one.selectable:
        return []
    found = []
    if server.locked and server.locked_reason:
        found.append(
            _("Locked: “%(reason)s”. Another tool or administrator may be at work on it.")
            % {"reason": shortened(server.locked_reason)}
        )
    elif server.locked:
        found.append(_("Locked. Another tool or administrator may be at work on it."))
    if server.task_state and one.fate is Fate.READY:
        found.append(
            _(
                "Its task “%(task)s” was interrupted. Nova before release 26 (Zed) refuses to evacuate it until an "
                "administrator clears the task: “openstack server set --state active %(id)s”. It is then started even "
                "if it was shut off."
            )
            % {"task": server.task_state, "id": server.id}
        )
    return found


def tally_words(tally: Tally) -> str:
    """For example "3 evacuated, 2 under way, 1 failed, 4 left"; empty before anything has begun."""
    if not (tally.done or tally.moving or tally.failed):
        return ""
    return _("%(done)d evacuated, %(moving)d under way, %(failed)d failed, %(left)d left on the host.") % vars(tally)


def empty_words(host: str, proof: Proof) -> str:
    """What an empty list of instances means: Nova leaves a cell out whose database does not answer."""
    words = {
        Proof.EMPTY: _("Nova lists no instance on %(host)s, and Placement confirms it."),
        Proof.HELD: _(
            "Nova lists no instance on %(host)s, but in Placement other instances or migrations still hold resources "
            "of it. Nova's list may be incomplete: refresh this page, and check “openstack resource provider show "
            "--allocations”."
        ),
        Proof.UNKNOWN: _(
            "Nova lists no instance on %(host)s. No second source confirms it, and Nova's list is incomplete while "
            "the database of a cell does not answer."
        ),
    }
    return words[proof] % {"host": host}


def not_restarted_words(host: str, count: int) -> str:
    return ngettext(
        "nova-compute on %(host)s has not been restarted since %(count)d instance was evacuated.",
        "nova-compute on %(host)s has not been restarted since %(count)d instances were evacuated.",
        count,
    ) % {"host": host, "count": count}


def begun_words(count: int) -> str:
    return ngettext(
        "Nova has begun to evacuate %(count)d instance.", "Nova has begun to evacuate %(count)d instances.", count
    ) % {"count": count}


def late_words(count: int) -> str:
    return ngettext(
        "%(count)d instance is still to be asked for, since that took long: evacuate it now.",
        "%(count)d instances are still to be asked for, since that took long: evacuate them now.",
        count,
    ) % {"count": count}


def refused_words(names: Sequence[str], reason: str) -> str:
    """Short whatever their number: the page itself lists all that is left."""
    return _("Not evacuated: %(names)s. %(reason)s") % {"names": names_text(names), "reason": reason}


def other_reasons_words(count: int) -> str:
    return ngettext(
        "Not evacuated for other reasons: %(count)d more instance.",
        "Not evacuated for other reasons: %(count)d more instances.",
        count,
    ) % {"count": count}


def error_words(error: MigrationPanelError, instance_id: str) -> str:
    """Nova's reason without the instance's ID, so that it is the same for all that are refused alike."""
    words = shortened(told(error).replace(instance_id, _("INSTANCE")))
    interrupted = isinstance(error, Refused) and "task_state" in str(error.reason)
    return f"{words} {REMEDY}" if interrupted else words


CLAIMED = gettext_lazy("It has just been asked for.")
