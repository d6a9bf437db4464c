# SPDX-License-Identifier: Apache-2.0
"""Sentences about room for the instances of a plan, and about hosts that no drain can empty."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.hosts.runs.fit import Fit, Lack, Unchecked

# So many names of hosts or groups stand in one sentence.
MOST_NAMES = 5

# Why no host was found, by Lack.code.
LACKS: dict[str, Promise] = {
    "room": gettext_lazy("no other host has enough room"),
    "together": gettext_lazy("no other host has enough room once the larger instances have moved"),
    "zone": gettext_lazy("no host of availability zone %(detail)s has enough room, and the instance is pinned to it"),
    "affinity": gettext_lazy("server group “%(detail)s” (affinity) keeps the instance on hosts of its other members"),
    "anti-affinity": gettext_lazy("each host with enough room has a member of anti-affinity group “%(detail)s”"),
    "type": gettext_lazy("no host with the same hypervisor type (%(detail)s) has enough room"),
    "older": gettext_lazy("each host with enough room has an older hypervisor"),
}

UNCHECKED: dict[str, Promise] = {
    "hypervisors": gettext_lazy("Nova did not return all hypervisors: hosts that are missing were not checked."),
    "without-hypervisor": gettext_lazy("These hosts were not checked, because Nova lists no hypervisor: %(names)s."),
    "placement": gettext_lazy(
        "Placement returned only a part of the hosts that have room: the other hosts were not checked."
    ),
    "zones": gettext_lazy(
        "Availability zones were not checked: Nova does not report the zone that an instance is pinned to."
    ),
    "groups-not-allowed": gettext_lazy("Server groups were not checked: your role cannot list them."),
    "groups-failed": gettext_lazy("Server groups were not checked: Nova did not return them."),
    "groups-many": gettext_lazy("Server groups were not checked: there are too many of them."),
    "groups-untold": gettext_lazy("Server groups were not checked: this Nova does not report them."),
    "members": gettext_lazy(
        "These server groups were not checked, because it is not known where all their members are: %(names)s."
    ),
}


def lack_words(lack: Lack) -> str:
    return str(LACKS[lack.code]) % {"detail": lack.detail}


def unchecked_words(one: Unchecked) -> str:
    if one.code == "flavors":
        return ngettext(
            "Room for %(number)d instance was not checked: its flavor is unknown, or there are too many flavors.",
            "Room for %(number)d instances was not checked: their flavors are unknown, or there are too many flavors.",
            one.number,
        ) % {"number": one.number}
    return str(UNCHECKED[one.code]) % {"names": names_words(one.names)}


def names_words(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    if rest <= 0:
        return shown
    return _("%(names)s and %(number)d more") % {"names": shown, "number": rest}


def room_words(fit: Fit, lacking: int) -> str:
    """Return what is known about room, in one sentence.  ``lacking``: instances for which no host was found."""
    if lacking and fit.whole:
        return ngettext(
            "No other host can take %(number)d instance.", "No other host can take %(number)d instances.", lacking
        ) % {"number": lacking}
    if lacking:
        return ngettext(
            "No host was found for %(number)d instance among the hosts that were checked.",
            "No host was found for %(number)d instances among the hosts that were checked.",
            lacking,
        ) % {"number": lacking}
    if fit.unchecked:
        return _("A host was found for each instance, but not everything was checked.")
    return _("There is enough for all of them together.")


def by_nova_words(host: str) -> str:
    """Return the sentence about a host whose nova-compute disabled itself."""
    return _("Nova disabled it itself: libvirt on %(host)s does not answer.") % {"host": host}


def driver_words(host: str, hypervisor_type: str) -> str:
    """Return the sentence about a host whose driver cannot live-migrate."""
    return _("Instances on %(host)s cannot leave it: Nova cannot live-migrate with its hypervisor (%(type)s).") % {
        "host": host,
        "type": hypervisor_type,
    }
