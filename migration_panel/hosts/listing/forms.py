# SPDX-License-Identifier: Apache-2.0
"""The filters above the list of compute hosts, as parameters of the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_panel.hosts.listing.filters import SORT_KEYS, STATES, HostFilter
from migration_panel.hosts.listing.text import STATE_LABELS

ANY = ("", _("Any"))
# The list's script filters the rows while the user types.
NAME_ATTRIBUTES = {"type": "search", "maxlength": "255", "data-host-filter": ""}


class HostFilterForm(forms.Form):
    """Read the filters from the address; an invalid value counts as a missing value."""

    name = forms.CharField(label=_("Name contains"), required=False, widget=forms.TextInput(NAME_ATTRIBUTES))
    # A zone without hosts is valid, and shows no host.
    zone = forms.CharField(label=_("Zone"), required=False, strip=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *((state, STATE_LABELS[state]) for state in STATES)]
    )
    sort = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[(order, order) for column in SORT_KEYS for order in (column, f"-{column}")],
    )

    def __init__(self, parameters: Mapping[str, str], *, zones: Iterable[str] = ()) -> None:
        super().__init__(parameters, auto_id="migration-hosts-%s")
        self.fields["zone"].widget = forms.Select(choices=[ANY, *((zone, zone) for zone in sorted(zones))])

    def host_filter(self) -> HostFilter:
        self.full_clean()
        valid = {name: value for name, value in self.cleaned_data.items() if value}
        order = valid.pop("sort", "host")
        return HostFilter(**valid, sort=order.removeprefix("-"), descending=order.startswith("-"))
