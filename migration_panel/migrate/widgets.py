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
from django.utils.translation import gettext_lazy, pgettext

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

# By whether the resource is memory, and whether the figures include overcommit.
CAPACITIES = {
    (True, True): gettext_lazy("%(free)s of %(total)s memory free, %(after)s afterwards"),
    (True, False): gettext_lazy("%(free)s of %(total)s memory free, %(after)s afterwards (without overcommit)"),
    (False, True): gettext_lazy("%(free)s of %(total)s vCPU free, %(after)s afterwards"),
    (False, False): gettext_lazy("%(free)s of %(total)s vCPU free, %(after)s afterwards (without overcommit)"),
}


class DestinationSelect(Select):
    """A plain select, for keyboards, screen readers and browsers without JavaScript.  Show unfit hosts as disabled.

    It renders itself: Django's template for each option would need most of the page's time with 500 hosts.
    """

    hosts: tuple[HostOption, ...] = ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return select(self.hosts, "" if attrs.get("disabled") else str(value or ""), attrs)


def select(hosts: Iterable[HostOption], chosen: str, attrs: dict[str, Any]) -> SafeString:
    """Return the HTML of the list.

    The chosen host stays selected even if it does not fit: the form must not silently send another destination.
    """
    options = list(hosts)
    if chosen and chosen not in {option.name for option in options}:
        unknown = (
            HostOption(chosen, fits=False, remarks=(pgettext("reason in brief", "the host does not exist"),))
            if options
            else HostOption(chosen)
        )
        options.append(unknown)
    script_attrs = {
        "data-picker": True,
        "data-text-found": _("Hosts found: {count}"),
        "data-text-none": _("No host has “{text}” in its name, zone or reason."),
    }
    return format_html(
        '<select{}><option value="">{}</option>{}{}</select>',
        flatatt(attrs | script_attrs),
        _("Automatic (scheduler chooses)"),
        _group(_("Fits"), [_option_html(option, chosen) for option in options if option.fits]),
        _group(_("Does not fit"), [_option_html(option, chosen) for option in options if not option.fits]),
    )


def _group(label: str, options: list[SafeString]) -> SafeString:
    joined = format_html_join("", "{}", ((option,) for option in options))
    return format_html('<optgroup label="{}">{}</optgroup>', label, joined) if options else joined


def _option_html(option: HostOption, chosen: str) -> SafeString:
    attrs = {
        "selected": option.name == chosen,
        "disabled": not option.fits and option.name != chosen,
        "data-zone": option.zone,
        "data-remark": ", ".join(option.remarks),
        **_capacity_attrs("vcpus", option.vcpus),
        **_capacity_attrs("memory", option.memory),
    }
    given = flatatt({name: value for name, value in attrs.items() if value})
    return format_html('<option value="{}"{}>{}</option>', option.name, given, option.label)


def _capacity_attrs(name: str, capacity: CapacityText | None) -> dict[str, str]:
    if capacity is None:
        return {}
    return {
        f"data-{name}": f"{capacity.used} {capacity.need} {capacity.total}",
        f"data-{name}-text": capacity.text,
    }


@dataclass(frozen=True)
class CapacityText:
    """One resource of a host: used, needed by the instance, and total with overcommit.  In vCPUs or MiB."""

    used: int
    need: int
    total: int
    text: str


@dataclass(frozen=True)
class HostOption:
    """A host in the list."""

    name: str
    zone: str = ""
    fits: bool = True
    # Why the host does not fit, or warnings.
    remarks: tuple[str, ...] = ()
    vcpus: CapacityText | None = None
    memory: CapacityText | None = None

    @property
    def label(self) -> str:
        """Return the option's text in a plain select: name, zone, capacities, and the remarks in brackets."""
        parts = [self.name, self.zone, *(capacity.text for capacity in (self.vcpus, self.memory) if capacity)]
        label = " · ".join(filter(None, parts))
        return f"{label} ({', '.join(self.remarks)})" if self.remarks else label


def host_options(case: PreflightInput, failed: str = "") -> list[HostOption]:
    """Return the options for one instance: the best fitting host first, then the hosts that do not fit.

    ``failed``: host where an earlier attempt failed.
    """
    return [_host_option(verdict, case.kind, failed) for verdict in verdicts(case)]


def options_for_any(hosts: Iterable[ComputeHost], evacuated: Container[str] = ()) -> list[HostOption]:
    """Return the options for several instances.

    ``evacuated``: hosts where nova-compute has not been restarted since an evacuation.
    """
    options = [_option_for_any(host, unsafe=host.up and host.name in evacuated) for host in hosts]
    return sorted(options, key=lambda option: (not option.fits, natural_key(option.name)))


def _option_for_any(host: ComputeHost, *, unsafe: bool) -> HostOption:
    remarks = list(_state_remarks(host))
    if unsafe:
        remarks.append(str(SENTENCES["destination-evacuated"].brief))
    return HostOption(host.name, host.zone or "", host.up and host.enabled and not unsafe, tuple(remarks))


def _host_option(verdict: Verdict, kind: Kind, failed: str) -> HostOption:
    # The checks show once what is unknown about hosts, so it is not repeated for each host.
    shown = [*verdict.errors, *(finding for finding in verdict.notes if finding.level == WARNING)]
    remarks = [short_text(finding, kind) for finding in shown]
    if verdict.name == failed:
        remarks.append(pgettext("reason in brief", "the last attempt failed on this host"))
    capacities = {gauge.resource: _capacity_text(gauge) for gauge in verdict.gauges if verdict.fits}
    return HostOption(
        verdict.name,
        verdict.zone or "",
        verdict.fits,
        tuple(remarks),
        capacities.get(VCPU) or capacities.get(PCPU),
        capacities.get(MEMORY),
    )


def _capacity_text(gauge: Gauge) -> CapacityText:
    amounts = (gauge.free, gauge.capacity, max(0, gauge.after))
    is_memory = gauge.resource == MEMORY
    free, total, after = (format_size(amount * MIB) if is_memory else str(amount) for amount in amounts)
    text = str(CAPACITIES[is_memory, bool(gauge.overcommit)]) % {"free": free, "total": total, "after": after}
    return CapacityText(gauge.used, gauge.need, gauge.capacity, text)


def _state_remarks(host: ComputeHost) -> Iterator[str]:
    if host.cell_down:
        yield pgettext("reason in brief", "unknown (cell unreachable)")
        return
    if not host.up:
        yield pgettext("reason in brief", "down")
    if not host.enabled:
        yield (
            pgettext("reason in brief", "disabled: “%(reason)s”") % {"reason": host.disabled_reason}
            if host.disabled_reason
            else pgettext("reason in brief", "disabled")
        )
