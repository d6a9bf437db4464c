# SPDX-License-Identifier: Apache-2.0
"""The list of destination hosts: options in the order in which they are shown, and their HTML."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.forms.utils import flatatt
from django.forms.widgets import Select
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from migration_panel.api.host_models import ComputeHost
from migration_panel.formatting import MIB, format_size
from migration_panel.identifiers import natural_key
from migration_panel.migration_types import Kind
from migration_panel.preflight.capacity import MEMORY, PCPU, VCPU, Gauge
from migration_panel.preflight.destinations import Verdict, verdicts
from migration_panel.preflight.finding import WARNING
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.messages import SENTENCES
from migration_panel.preflight.text import short_text


class DestinationSelect(Select):
    """Works as it is by keyboard, with screen readers and without JavaScript; unfit hosts are shown but not to be had.

    Renders itself: Django's template for each option would take most of the page's time with 500 hosts.
    """

    spots: tuple[HostOption, ...] = ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return select(self.spots, "" if attrs.get("disabled") else str(value or ""), attrs)


def select(spots: Iterable[HostOption], chosen: str, attrs: dict[str, Any]) -> SafeString:
    """What was chosen stays so even if it cannot be had: a form must not ask for something else in silence."""
    groups: dict[bool, list[SafeString]] = {True: [], False: []}
    spots = list(spots)
    if chosen and chosen not in {spot.name for spot in spots}:
        spots.append(HostOption(chosen, fits=False, remarks=(_("no such host"),)) if spots else HostOption(chosen))
    for spot in spots:
        groups[spot.fits].append(_option(spot, chosen))
    told = {
        "data-picker": True,
        "data-text-found": _("{count} hosts"),
        "data-text-none": _("No host has “{text}” in its name, zone or reason."),
    }
    return format_html(
        '<select{}><option value="">{}</option>{}{}</select>',
        flatatt(attrs | told),
        _("Let the scheduler choose"),
        _group(_("Can take it"), groups[True]),
        _group(_("Cannot take it"), groups[False]),
    )


def _group(label: str, options: list[SafeString]) -> SafeString:
    joined = format_html_join("", "{}", ((option,) for option in options))
    return format_html('<optgroup label="{}">{}</optgroup>', label, joined) if options else joined


def _option(spot: HostOption, chosen: str) -> SafeString:
    attrs = {
        "selected": spot.name == chosen,
        "disabled": not spot.fits and spot.name != chosen,
        "data-zone": spot.zone,
        "data-remark": ", ".join(spot.remarks),
        **_told("vcpus", spot.vcpus),
        **_told("memory", spot.memory),
    }
    told = flatatt({name: one for name, one in attrs.items() if one})
    return format_html('<option value="{}"{}>{}</option>', spot.name, told, spot.label)


def _told(name: str, room: CapacityText | None) -> dict[str, str]:
    if room is None:
        return {}
    return {f"data-{name}": f"{room.used} {room.taken} {room.total}", f"data-{name}-words": room.words}


@dataclass(frozen=True)
class CapacityText:
    """Of one resource: what is used, what the instance would take, and all there is, overcommit included."""

    used: int
    taken: int
    total: int
    words: str


@dataclass(frozen=True)
class HostOption:
    name: str
    zone: str = ""
    fits: bool = True
    # Why it cannot be had, or what else is worth knowing.
    remarks: tuple[str, ...] = ()
    vcpus: CapacityText | None = None
    memory: CapacityText | None = None

    @property
    def label(self) -> str:
        """All of it in a line, for a plain select: the host, its zone, its room, and in brackets the remarks."""
        told = [self.name, self.zone, *(room.words for room in (self.vcpus, self.memory) if room)]
        label = " · ".join(filter(None, told))
        return f"{label} ({', '.join(self.remarks)})" if self.remarks else label


def host_options(case: PreflightInput, failed: str = "") -> list[HostOption]:
    """Those that fit first, best first; then the others."""
    return [_host_option(one, case.kind, failed) for one in verdicts(case)]


def options_for_any(hosts: Iterable[ComputeHost], evacuated: Container[str] = ()) -> list[HostOption]:
    """Return the same without a certain instance.  ``evacuated``: hosts not restarted since an evacuation."""
    spots = [_option_for_any(host, unsafe=host.up and host.name in evacuated) for host in hosts]
    return sorted(spots, key=lambda spot: (not spot.fits, natural_key(spot.name)))


def _option_for_any(host: ComputeHost, *, unsafe: bool) -> HostOption:
    remarks = list(_against(host))
    if unsafe:
        remarks.append(str(SENTENCES["destination-evacuated"].brief))
    return HostOption(host.name, host.zone or "", host.up and host.enabled and not unsafe, tuple(remarks))


def _host_option(one: Verdict, kind: Kind, failed: str) -> HostOption:
    # What is not known of a host is told once for all, among the checks.
    told = [*one.reasons, *(doubt for doubt in one.doubts if doubt.level == WARNING)]
    remarks = [short_text(finding, kind) for finding in told]
    if one.name == failed:
        remarks.append(_("the last try failed there"))
    rooms = {gauge.resource: _room(gauge) for gauge in one.gauges if one.fits}
    return HostOption(
        one.name, one.zone or "", one.fits, tuple(remarks), rooms.get(VCPU) or rooms.get(PCPU), rooms.get(MEMORY)
    )


def _room(gauge: Gauge) -> CapacityText:
    if gauge.resource == MEMORY:
        sizes = (gauge.free, gauge.capacity, max(0, gauge.after))
        free, total, after = (format_size(size * MIB) for size in sizes)
        words = _("%(free)s of %(total)s of memory free, then %(after)s")
    else:
        free, total, after = gauge.free, gauge.capacity, max(0, gauge.after)
        words = _("%(free)s of %(total)s vCPU free, then %(after)s")
    told = words % {"free": free, "total": total, "after": after}
    return CapacityText(gauge.used, gauge.need, gauge.capacity, told if gauge.overcommit else _without_overcommit(told))


def _without_overcommit(told: str) -> str:
    return _("%(room)s (without overcommit)") % {"room": told}


def _against(host: ComputeHost) -> Iterator[str]:
    if host.cell_down:
        yield _("unknown (cell unreachable)")
        return
    if not host.up:
        yield _("down")
    if not host.enabled:
        yield _("disabled: %(reason)s") % {"reason": host.disabled_reason} if host.disabled_reason else _("disabled")
