# SPDX-License-Identifier: Apache-2.0
"""Sentences about the capacity for the instances of a plan, and about hosts that cannot be drained."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.formatting import names_text
from migration_panel.preflight.fit import Fit, Lack, Unchecked

# Maximum number of hosts or groups that a sentence names.
MAX_NAMED = 5
# The reader has to find these hosts and groups, so their names are complete: Nova's limit, characters.
LONGEST_HOST = 255

# Why no host was found, by Lack.code: if the scheduler chooses, and for a host that the request names.
LACKS: dict[str, Promise] = {
    "room": gettext_lazy("No other host has enough free capacity."),
    "together": gettext_lazy("No other host has enough free capacity after the larger instances are migrated."),
    "apart": gettext_lazy(
        "Other instances of anti-affinity group “%(detail)s” occupy each host with enough free capacity."
    ),
    "zone": gettext_lazy(
        "The instance is pinned to availability zone %(detail)s, where no other host has enough free capacity."
    ),
    "zone-empty": gettext_lazy(
        "The instance is pinned to availability zone %(detail)s, which has no other host in service. Add a host to "
        "the zone, or unpin the instance."
    ),
    "affinity": gettext_lazy(
        "The instance must stay with affinity group “%(detail)s”, and no other host with a member has "
        "enough free capacity."
    ),
    "anti-affinity": gettext_lazy(
        "Each host with enough free capacity already has a member of anti-affinity group “%(detail)s”."
    ),
    "type": gettext_lazy("No other host with the same hypervisor type (%(detail)s) has enough free capacity."),
    "older": gettext_lazy("Each host with enough free capacity has an older hypervisor."),
    "evacuated": gettext_lazy(
        "On each host with enough free capacity, nova-compute has not been restarted since an evacuation."
    ),
}
LACKS_THERE: dict[str, Promise] = {
    "room": gettext_lazy("%(host)s does not have enough free capacity."),
    "together": gettext_lazy("%(host)s does not have enough free capacity after the larger instances are migrated."),
    "apart": gettext_lazy("%(host)s cannot host another instance of anti-affinity group “%(detail)s”."),
    "zone": gettext_lazy("%(host)s is not in availability zone %(detail)s, to which the instance is pinned."),
    "affinity": gettext_lazy("%(host)s has no other member of affinity group “%(detail)s”."),
    "anti-affinity": gettext_lazy("%(host)s already has a member of anti-affinity group “%(detail)s”."),
    "type": gettext_lazy("%(host)s does not have the hypervisor type of the source (%(detail)s)."),
    "older": gettext_lazy("%(host)s has an older hypervisor than the source."),
    "evacuated": gettext_lazy(
        "nova-compute on %(host)s has not been restarted since instances were evacuated from the host."
    ),
}

UNCHECKED: dict[str, Promise] = {
    "hypervisors": gettext_lazy("Nova did not return all hypervisors. The missing hosts were not checked."),
    "without-hypervisor": gettext_lazy(
        "These hosts were not checked, because Nova lists no hypervisor for them: %(names)s."
    ),
    "placement": gettext_lazy(
        "Placement did not return all hosts with free capacity. The missing hosts were not checked."
    ),
    "zones": gettext_lazy(
        "Availability zones were not checked: Nova does not report the zone that an instance is pinned to."
    ),
    "groups-not-allowed": gettext_lazy("Server groups were not checked: your role cannot list the groups."),
    "groups-failed": gettext_lazy("Server groups were not checked: Nova did not return the groups."),
    "groups-many": gettext_lazy("Server groups were not checked: there are too many server groups."),
    "groups-untold": gettext_lazy("Server groups were not checked: this version of Nova does not report the groups."),
    "evacuations": gettext_lazy(
        "After an evacuation, nova-compute must be restarted. This was not checked on the other hosts, "
        "because Nova did not list evacuations."
    ),
    "members": gettext_lazy(
        "These server groups were not checked, because the hosts of some members are unknown: %(names)s."
    ),
}


def lack_text(lack: Lack) -> str:
    """Return why no host was found for an instance."""
    sentences = LACKS_THERE if lack.host else LACKS
    return str(sentences[lack.code]) % {"detail": lack.detail, "host": lack.host}


def unchecked_text(item: Unchecked) -> str:
    """Return what was not checked."""
    if item.code == "flavors":
        return ngettext(
            "Capacity for %(number)d instance was not checked: its flavor is unknown, or there are too many flavors.",
            "Capacity for %(number)d instances was not checked: their flavors are unknown, or there are too "
            "many flavors.",
            item.number,
        ) % {"number": item.number}
    return str(UNCHECKED[item.code]) % {"names": names_text(item.names, MAX_NAMED, LONGEST_HOST)}


def come_back_text(hosts: tuple[str, ...], number: int) -> str:
    """Return the warning about instances that the scheduler may send to where they were evacuated from."""
    return ngettext(
        "%(number)d instance was evacuated from hosts where nova-compute has not been restarted since: "
        "%(names)s. If the scheduler chooses a host of this list, the next restart of nova-compute "
        "deletes the instance. Restart nova-compute there first, or disable the hosts.",
        "%(number)d instances were evacuated from hosts where nova-compute has not been restarted since: "
        "%(names)s. If the scheduler chooses a host of this list, the next restart of nova-compute "
        "deletes the instances. Restart nova-compute there first, or disable the hosts.",
        number,
    ) % {"number": number, "names": names_text(hosts, MAX_NAMED, LONGEST_HOST)}


def room_text(fit: Fit, lacking: int) -> str:
    """Return what is known about room, in one sentence.  ``lacking``: instances for which no host was found."""
    if lacking and fit.whole:
        return ngettext("%(number)d instance fits on no host.", "%(number)d instances fit on no host.", lacking) % {
            "number": lacking
        }
    if lacking:
        return ngettext(
            "%(number)d instance fits on no host that was checked.",
            "%(number)d instances fit on no host that was checked.",
            lacking,
        ) % {"number": lacking}
    if fit.unchecked:
        return _("A host was found for each instance, but some checks were not possible.")
    return _("There is enough free capacity for all instances together.")


def by_nova_text(host: str) -> str:
    """Return the sentence about a host whose nova-compute disabled itself."""
    return _(
        "nova-compute on %(host)s disabled its own service, because libvirt does not answer. Check libvirt on the "
        "host. nova-compute enables the service again when libvirt answers. Until then, the host cannot be drained or "
        "enabled."
    ) % {"host": host}


def driver_text(host: str, hypervisor_type: str) -> str:
    """Return the sentence about a host whose driver cannot live-migrate."""
    return _(
        "%(host)s cannot be drained: Nova's driver for the hypervisor type “%(type)s” cannot live-migrate instances."
    ) % {"host": host, "type": hypervisor_type}
