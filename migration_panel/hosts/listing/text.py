# SPDX-License-Identifier: Apache-2.0
"""What the list of hosts says, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate
from migration_panel.api.host_models import disabled_by_nova
from migration_panel.formatting import MIB, format_size
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.listing.rows import HostRow, State, Usage
from migration_panel.times import time_text

COLUMNS = {
    "host": gettext_lazy("Host"),
    "state": gettext_lazy("State"),
    "zone": gettext_lazy("Zone"),
    "instances": gettext_lazy("Instances"),
    "vcpus": gettext_lazy("vCPU"),
    "memory": gettext_lazy("Memory"),
    "disk": gettext_lazy("Disk"),
    "moving": gettext_lazy("Migrations"),
}

STATES = {
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
    state = str(STATES[row.state.value])
    return _("%(state)s, disabled") % {"state": state} if row.disabled else state


def host_reason_text(row: HostRow) -> str:
    """Why it is disabled: a drain of ours by whom and since when, anything else as it was written."""
    order = DrainRequest.parse(row.reason)
    if order is None:
        return row.reason
    facts = {"user": order.author, "time": time_text(order.started_at), "note": order.note}
    words = _("Drain by %(user)s, stopped, since %(time)s") if order.stopped else _("Drain by %(user)s since %(time)s")
    return (_("%(drain)s: %(note)s") % {"drain": words % facts, **facts}) if order.note else words % facts


def host_notes(row: HostRow) -> list[str]:
    """Return what to know before any action on the host, and why actions are not offered."""
    notes = []
    if row.state is State.UP and row.disabled and disabled_by_nova(row.reason):
        notes.append(
            _(
                "nova-compute disabled its own service, because libvirt does not answer. It enables the service again "
                "when libvirt answers. Until then, the host cannot be drained or enabled."
            )
        )
    if row.evacuated:
        notes.append(_not_restarted(row))
    if row.ambiguous:
        names = ", ".join(sorted(node.name for node in row.nodes))
        notes.append(
            _(
                "Nova lists several nodes for this service: %(names)s. Only one node can be current, so the figures of "
                "the host are unknown."
            )
            % {"names": names}
        )
    notes += [_driver(name) for name in sorted(row.types)]
    return [note for note in notes if note]


def _not_restarted(row: HostRow) -> str:
    return ngettext(
        "nova-compute has not been restarted since %(count)d instance was evacuated. The next restart deletes the "
        "guest of this instance on the host, even if the instance has returned. Restart nova-compute before you use "
        "the host again.",
        "nova-compute has not been restarted since %(count)d instances were evacuated. The next restart deletes the "
        "guests of these instances on the host, even if they have returned. Restart nova-compute before you use the "
        "host again.",
        row.evacuated,
    ) % {"count": row.evacuated}


def _driver(name: str) -> str:
    """Return what a driver cannot do; empty for a driver without limits."""
    moves, evacuates = can_live_migrate(name) or can_cold_migrate(name), can_evacuate(name)
    if moves and evacuates:
        return ""
    if moves:
        return _("Nova's driver for the hypervisor type “%(type)s” cannot evacuate instances.") % {"type": name}
    if evacuates:
        return _("Nova's driver for the hypervisor type “%(type)s” cannot migrate instances.") % {"type": name}
    return _("Nova's driver for the hypervisor type “%(type)s” can neither migrate nor evacuate instances.") % {
        "type": name
    }


def usages(row: HostRow) -> list[dict[str, object]]:
    """The three bars of a host: label, percent and figures of each."""
    return [
        _bar("vcpus", row.vcpus, str(row.vcpus.used), str(row.vcpus.total)),
        _sized("memory", row.memory, MIB),
        _sized("disk", row.disk, GIB),
    ]


def _sized(column: str, usage: Usage, unit: int) -> dict[str, object]:
    if usage.used is None or usage.total is None:
        return _bar(column, usage, "", "")
    return _bar(column, usage, format_size(usage.used * unit), format_size(usage.total * unit))


def _bar(column: str, usage: Usage, used: str, total: str) -> dict[str, object]:
    label, percent = str(COLUMNS[column]), usage.percent
    figures = ""
    if percent is not None:
        figures = _("%(used)s of %(total)s") % {"used": used, "total": total}
    if percent is not None and percent > 100:
        figures = _("%(figures)s, %(percent)s %%: overcommitted") % {"figures": figures, "percent": percent}
    return {"label": label, "percent": percent, "figures": figures}


def moving_text(row: HostRow) -> str:
    """For example "2 leaving, 1 arriving"; empty while nothing moves."""
    parts = []
    if row.leaving:
        parts.append(ngettext("%(count)d leaving", "%(count)d leaving", row.leaving) % {"count": row.leaving})
    if row.arriving:
        parts.append(ngettext("%(count)d arriving", "%(count)d arriving", row.arriving) % {"count": row.arriving})
    if row.silent:
        parts.append(
            ngettext("%(count)d unchanged for a day", "%(count)d unchanged for a day", row.silent)
            % {"count": row.silent}
        )
    return ", ".join(parts)


def shown_text(shown: int, total: int) -> str:
    if shown == total:
        return ngettext("%(total)d host", "%(total)d hosts", total) % {"total": total}
    return ngettext("%(shown)d of %(total)d host", "%(shown)d of %(total)d hosts", total) % {
        "shown": shown,
        "total": total,
    }
