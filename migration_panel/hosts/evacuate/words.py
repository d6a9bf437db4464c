# SPDX-License-Identifier: Apache-2.0
"""What evacuation means, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.hosts.evacuate.plan import Fate, Stranded, Tally

FATES = {
    Fate.BEGUN: gettext_lazy("Being evacuated."),
    Fate.DELETING: gettext_lazy("Cannot be evacuated: it is being deleted."),
    Fate.STATE: gettext_lazy("Cannot be evacuated: it is %(state)s, and Nova takes only active, stopped and error."),
}


def fate_words(one: Stranded) -> str:
    """What will come of it."""
    if one.fate is not Fate.READY:
        return str(FATES[one.fate]) % {"state": one.server.vm_state or one.server.status}
    if one.server.volume_backed:
        return _("Started elsewhere from its volume.")
    return _("Rebuilt from its image, and what it has written is lost, unless its disk is on shared storage.")


def tally_words(tally: Tally) -> str:
    """For example "3 evacuated, 2 under way, 1 failed, 4 left"; empty before anything has begun."""
    if not (tally.done or tally.moving or tally.failed):
        return ""
    return _("%(done)d evacuated, %(moving)d under way, %(failed)d failed, %(left)d left on the host.") % vars(tally)


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


def refused_words(names: list[str], reason: str) -> str:
    return _("Not evacuated: %(names)s. %(reason)s") % {"names": ", ".join(names), "reason": reason}


CLAIMED = gettext_lazy("It has just been asked for.")
