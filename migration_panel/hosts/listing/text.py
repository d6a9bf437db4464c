# SPDX-License-Identifier: Apache-2.0
"""The texts of the list of compute hosts, in the reader's language."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate
from migration_panel.api.host_models import disabled_by_nova
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.listing.rows import HostRow, State, Usage
from migration_panel.preflight.fit_text import by_nova_text
from migration_panel.times import time_text

COLUMN_LABELS = {
    "host": gettext_lazy("Host"),
    "state": gettext_lazy("State"),
    "zone": gettext_lazy("Zone"),
    "instances": gettext_lazy("Instances"),
    "vcpus": gettext_lazy("vCPU"),
    # The unit is in the heading, so that the figures are short and end at the same place.
    "memory": gettext_lazy("Memory (GiB)"),
    "disk": gettext_lazy("Disk (GiB)"),
    "moving": gettext_lazy("Migrations"),
}

STATE_LABELS = {
    "up": gettext_lazy("Up"),
    "down": gettext_lazy("Down"),
    "forced-down": gettext_lazy("Forced down"),
    "cell-down": gettext_lazy("Unknown (cell unreachable)"),
    "unknown": gettext_lazy("No compute service"),
    "enabled": gettext_lazy("Enabled"),
    "disabled": gettext_lazy("Disabled"),
}

MIB_PER_GIB = 1024


# State and status of the service: one label for each pair, because languages differ in how they join the two.
DISABLED_LABELS = {
    State.UP: gettext_lazy("Up, disabled"),
    State.DOWN: gettext_lazy("Down, disabled"),
    State.FORCED_DOWN: gettext_lazy("Forced down, disabled"),
}

# The drain of a host, by whether it is stopped and whether its user gave a reason.
DRAIN_TEXTS = {
    (False, False): gettext_lazy("%(user)s started a drain at %(time)s."),
    (False, True): gettext_lazy("%(user)s started a drain at %(time)s. Reason: “%(note)s”"),
    (True, False): gettext_lazy("%(user)s started a drain at %(time)s. The drain is stopped."),
    (True, True): gettext_lazy("%(user)s started a drain at %(time)s. The drain is stopped. Reason: “%(note)s”"),
}

# The two figures of a resource: a visible label for each, and a whole name for screen readers.
PHYSICAL, LIMIT = "physical", "limit"
FIGURE_LABELS = {
    PHYSICAL: pgettext_lazy("resources of a host", "Physical"),
    LIMIT: pgettext_lazy("resources of a host", "Limit"),
}
BAR_NAMES = {
    ("vcpus", PHYSICAL): gettext_lazy("Allocated vCPUs of %(host)s, compared with the physical CPUs"),
    ("vcpus", LIMIT): gettext_lazy("Allocated vCPUs of %(host)s, compared with the limit of the scheduler"),
    ("memory", PHYSICAL): gettext_lazy("Allocated memory of %(host)s, compared with the physical memory"),
    ("memory", LIMIT): gettext_lazy("Allocated memory of %(host)s, compared with the limit of the scheduler"),
    ("disk", PHYSICAL): gettext_lazy("Allocated disk space of %(host)s, compared with the physical disk space"),
    ("disk", LIMIT): gettext_lazy("Allocated disk space of %(host)s, compared with the limit of the scheduler"),
}


def host_state_text(row: HostRow) -> str:
    return str(DISABLED_LABELS[row.state] if row.disabled else STATE_LABELS[row.state.value])


def host_reason_text(row: HostRow) -> str:
    """Return why the host is disabled: user, start and reason of a drain, or the reason that Nova stores."""
    drain = DrainRequest.parse(row.reason)
    if drain is None:
        return f"“{row.reason}”" if row.reason else ""
    text = DRAIN_TEXTS[drain.stopped, bool(drain.note)]
    return str(text) % {"user": drain.author, "time": time_text(drain.started_at), "note": drain.note}


def host_notes(row: HostRow) -> list[str]:
    """Return what to know before any action on the host, and why actions are not offered."""
    notes = []
    if row.state is State.UP and row.disabled and disabled_by_nova(row.reason):
        notes.append(by_nova_text(row.name))
    if row.evacuated:
        notes.append(_not_restarted_text(row))
    if row.ambiguous:
        names = ", ".join(sorted(node.name for node in row.nodes))
        notes.append(
            _(
                "Nova lists several nodes for this service: %(names)s. Only one node can be current, so the figures of "
                "the host are unknown."
            )
            % {"names": names}
        )
    notes += [_driver_text(type_) for type_ in sorted(row.types)]
    return [note for note in notes if note]


def _not_restarted_text(row: HostRow) -> str:
    return ngettext(
        "nova-compute has not been restarted since %(count)d instance was evacuated. The next restart deletes the "
        "guest of this instance on the host, even if the instance has returned. Restart nova-compute before you use "
        "the host again.",
        "nova-compute has not been restarted since %(count)d instances were evacuated. The next restart deletes the "
        "guests of these instances on the host, even if they have returned. Restart nova-compute before you use the "
        "host again.",
        row.evacuated,
    ) % {"count": row.evacuated}


def _driver_text(hypervisor_type: str) -> str:
    """Return what Nova's driver for a type cannot do; empty for a driver that can migrate and evacuate."""
    migrates = can_live_migrate(hypervisor_type) or can_cold_migrate(hypervisor_type)
    evacuates = can_evacuate(hypervisor_type)
    if migrates and evacuates:
        return ""
    if migrates:
        text = _("Nova's driver for the hypervisor type “%(type)s” cannot evacuate instances.")
    elif evacuates:
        text = _("Nova's driver for the hypervisor type “%(type)s” cannot migrate instances.")
    else:
        text = _("Nova's driver for the hypervisor type “%(type)s” can neither migrate nor evacuate instances.")
    return text % {"type": hypervisor_type}


class UsageBar(NamedTuple):
    """What is allocated of one amount: of the physical resources, or of what the scheduler may allocate."""

    label: str
    # For screen readers.
    name: str
    # Above 100 with overcommit.
    percent: int
    figures: str


class UsageCell(NamedTuple):
    """One resource of a host; without bars if nothing is known."""

    label: str
    bars: tuple[UsageBar, ...]
    # Says that more than the physical resources are allocated; empty otherwise.
    overcommit: str


def usage_cells(row: HostRow) -> list[UsageCell]:
    """Return the figures of vCPUs, memory and disk."""
    return [
        _usage_cell(row, "vcpus", row.vcpus, 1),
        _usage_cell(row, "memory", row.memory, MIB_PER_GIB),
        _usage_cell(row, "disk", row.disk, 1),
    ]


def _usage_cell(row: HostRow, column: str, usage: Usage, unit: int) -> UsageCell:
    """Return one resource.  ``unit``: the amount that is shown as 1."""
    bars = []
    percent, limit = usage.percent, usage.schedulable
    if percent is not None and usage.used is not None and usage.total is not None:
        bars.append(_usage_bar(row, column, PHYSICAL, percent, _figures(usage.used, usage.total, unit)))
    if limit is not None and usage.schedulable_percent is not None:
        bars.append(
            _usage_bar(row, column, LIMIT, usage.schedulable_percent, _figures(limit.used, limit.capacity, unit))
        )
    overcommit = _("Overcommitted: %(percent)s %%") % {"percent": percent} if percent and percent > 100 else ""
    return UsageCell(str(COLUMN_LABELS[column]), tuple(bars), overcommit)


def _usage_bar(row: HostRow, column: str, kind: str, percent: int, figures: str) -> UsageBar:
    name = str(BAR_NAMES[column, kind]) % {"host": row.name}
    return UsageBar(str(FIGURE_LABELS[kind]), name, percent, figures)


def _figures(used: int, total: int, unit: int) -> str:
    return _("%(done)s of %(total)s") % {"done": _number(used / unit), "total": _number(total / unit)}


def _number(amount: float) -> str:
    """Return a number with at most one digit after the point."""
    rounded = round(amount, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1)


def limits_text(*, known: bool, cut: bool, missing: bool) -> str:
    """Return why limits of the scheduler are not shown; empty if all are.

    ``known``: whether Placement reported any; ``cut``: whether it may have omitted hosts; ``missing``: whether a host
    has no limit.
    """
    if not known:
        return _(
            "The limits of the scheduler are unknown. Placement returned no usable data, or your role cannot read "
            "the data."
        )
    if not missing:
        return ""
    if cut:
        return _("Placement did not return the limits of all hosts.")
    return _("A limit is missing if the host has no free memory or Placement does not list the resource there.")


def moving_texts(row: HostRow) -> list[str]:
    """Return the numbers of migrations in progress, for example "2 leaving" and "1 arriving"; empty without any."""
    texts = []
    if row.leaving:
        texts.append(ngettext("%(count)d leaving", "%(count)d leaving", row.leaving) % {"count": row.leaving})
    if row.arriving:
        texts.append(ngettext("%(count)d arriving", "%(count)d arriving", row.arriving) % {"count": row.arriving})
    if row.unchanged:
        texts.append(
            ngettext("%(count)d unchanged for a day", "%(count)d unchanged for a day", row.unchanged)
            % {"count": row.unchanged}
        )
    return texts


def nodes_text(row: HostRow) -> str:
    """Return the number of nodes; empty for a host with one node."""
    count = len(row.nodes)
    return ngettext("%(count)d node", "%(count)d nodes", count) % {"count": count} if count > 1 else ""


def shown_text(shown: int, total: int) -> str:
    """Return how many hosts the filters show: a label without a plural, because the script fills the same text."""
    return _("Hosts: {shown} of {total}").format(shown=shown, total=total)
