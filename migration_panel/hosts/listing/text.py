# SPDX-License-Identifier: Apache-2.0
"""The texts of the list of compute hosts, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate
from migration_panel.api.host_models import disabled_by_nova
from migration_panel.formatting import MIB, format_size
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.listing.rows import HostRow, State, Usage
from migration_panel.times import time_text

COLUMN_LABELS = {
    "host": gettext_lazy("Host"),
    "state": gettext_lazy("State"),
    "zone": gettext_lazy("Zone"),
    "instances": gettext_lazy("Instances"),
    "vcpus": gettext_lazy("vCPU"),
    "memory": gettext_lazy("Memory"),
    "disk": gettext_lazy("Disk"),
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

GIB = 1024 * MIB


def host_state_text(row: HostRow) -> str:
    state = str(STATE_LABELS[row.state.value])
    return _("%(state)s, disabled") % {"state": state} if row.disabled else state


def host_reason_text(row: HostRow) -> str:
    """Return why the host is disabled: user and start of a drain, or the reason as Nova stores it."""
    drain = DrainRequest.parse(row.reason)
    if drain is None:
        return row.reason
    text = _("Drain by %(user)s since %(time)s, stopped") if drain.stopped else _("Drain by %(user)s since %(time)s")
    text %= {"user": drain.author, "time": time_text(drain.started_at)}
    return _("%(drain)s: %(note)s") % {"drain": text, "note": drain.note} if drain.note else text


def host_notes(row: HostRow) -> list[str]:
    """Return what to know before any action on the host, and why actions are not offered."""
    notes = []
    if row.state is State.UP and row.disabled and disabled_by_nova(row.reason):
        notes.append(
            _(
                "nova-compute disabled its own service, because libvirt does not answer. nova-compute enables "
                "the service again when libvirt answers. Until then, the host cannot be drained or enabled."
            )
        )
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
    label: str
    # Above 100 with overcommit; None without figures.
    percent: int | None
    figures: str


def usage_bars(row: HostRow) -> list[UsageBar]:
    """Return the bars of vCPUs, memory and disk."""
    return [
        _usage_bar("vcpus", row.vcpus, str),
        _usage_bar("memory", row.memory, lambda mib: format_size(mib * MIB)),
        _usage_bar("disk", row.disk, lambda gib: format_size(gib * GIB)),
    ]


def _usage_bar(column: str, usage: Usage, format_amount: Callable[[int], str]) -> UsageBar:
    label, percent = str(COLUMN_LABELS[column]), usage.percent
    if percent is None or usage.used is None or usage.total is None:
        return UsageBar(label, None, "")
    figures = _("%(used)s of %(total)s") % {"used": format_amount(usage.used), "total": format_amount(usage.total)}
    if percent > 100:
        figures = _("%(figures)s (%(percent)s %%, overcommitted)") % {"figures": figures, "percent": percent}
    return UsageBar(label, percent, figures)


def moving_text(row: HostRow) -> str:
    """Return the migrations in progress, for example "2 leaving, 1 arriving"; empty without any."""
    parts = []
    if row.leaving:
        parts.append(ngettext("%(count)d leaving", "%(count)d leaving", row.leaving) % {"count": row.leaving})
    if row.arriving:
        parts.append(ngettext("%(count)d arriving", "%(count)d arriving", row.arriving) % {"count": row.arriving})
    if row.unchanged:
        parts.append(
            ngettext("%(count)d unchanged for a day", "%(count)d unchanged for a day", row.unchanged)
            % {"count": row.unchanged}
        )
    return ", ".join(parts)


def shown_text(shown: int, total: int) -> str:
    """Return how many hosts the filters show."""
    if shown == total:
        return ngettext("%(total)d host", "%(total)d hosts", total) % {"total": total}
    return ngettext("%(shown)d of %(total)d host", "%(shown)d of %(total)d hosts", total) % {
        "shown": shown,
        "total": total,
    }
