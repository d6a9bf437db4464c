# SPDX-License-Identifier: Apache-2.0
"""The destination's field: a plain select, which a script makes a searchable picker of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.forms.utils import flatatt
from django.forms.widgets import Select
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from migration_panel.launch.destinations.spots import Room, Spot


class DestinationSelect(Select):
    """Works as it is by keyboard, with screen readers and without JavaScript; unfit hosts are shown but not to be had.

    Renders itself: Django's template for each option would take most of the page's time with 500 hosts.
    """

    spots: tuple[Spot, ...] = ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return select(self.spots, "" if attrs.get("disabled") else str(value or ""), attrs)


def select(spots: Iterable[Spot], chosen: str, attrs: dict[str, Any]) -> SafeString:
    """What was chosen stays so even if it cannot be had: a form must not ask for something else in silence."""
    groups: dict[bool, list[SafeString]] = {True: [], False: []}
    spots = list(spots)
    if chosen and chosen not in {spot.name for spot in spots}:
        spots.append(Spot(chosen, fits=False, remarks=(_("no such host"),)) if spots else Spot(chosen))
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


def _option(spot: Spot, chosen: str) -> SafeString:
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


def _told(name: str, room: Room | None) -> dict[str, str]:
    if room is None:
        return {}
    return {f"data-{name}": f"{room.used} {room.taken} {room.total}", f"data-{name}-words": room.words}
