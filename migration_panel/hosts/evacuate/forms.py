# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Server
from migration_panel.hosts.evacuate.plan import EvacuableInstance
from migration_panel.identifiers import natural_key, split_ids


class JoinedSelect(forms.SelectMultiple):
    """Read several IDs from one field, as the page's script sends them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return split_ids(data.getlist(name))


class InstancesField(forms.MultipleChoiceField):
    """Look each ID up in a set: Django compares each ID with every choice, which takes seconds for thousands."""

    widget = JoinedSelect
    known: frozenset[str] = frozenset()

    def valid_value(self, value: str) -> bool:
        return value in self.known


class EvacuateForm(forms.Form):
    """Which instances, whereto, and that the host is off for certain."""

    instances = InstancesField(
        label=gettext_lazy("Instances"),
        error_messages={
            "required": gettext_lazy("Choose the instances to evacuate."),
            "invalid_choice": gettext_lazy("Not all of them can be evacuated any more: this is how it stands now."),
        },
    )
    destination = forms.ChoiceField(label=gettext_lazy("Destination"), required=False)
    confirmed = forms.CharField(max_length=255, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    # Required only while another service that is up may be the same machine.
    other = forms.BooleanField(
        required=True,
        error_messages={"required": gettext_lazy("Confirm that these services run on different machines.")},
    )

    def __init__(
        self,
        *args: Any,
        host: str,
        instances: list[EvacuableInstance],
        hosts: list[ComputeHost],
        unsafe: Collection[str] = (),
        others: Sequence[str] = (),
        **kwargs: Any,
    ):
        """Build the form.

        ``unsafe``: hosts not restarted since an evacuation; ``others``: services that may be the same machine.
        """
        super().__init__(*args, **kwargs)
        self.host = host
        self.ready = {one.server.id: one.server for one in instances if one.selectable}
        self.preselected = [one.server.id for one in instances if one.preselected]
        self.fields["instances"].known = frozenset(self.ready)
        fit = [one.name for one in hosts if one.name != host and one.up and one.enabled]
        self.unsafe = sorted((one for one in fit if one in unsafe), key=natural_key)
        self.fields["destination"].choices = [
            ("", _("Let the scheduler choose")),
            *((name, name) for name in sorted(fit, key=natural_key) if name not in unsafe),
        ]
        self.fields["confirmed"].label = _("%(host)s is powered off: type its name to confirm it") % {"host": host}
        if others:
            self.fields["other"].label = _("I have checked that %(host)s and %(others)s are different machines") % {
                "host": host,
                "others": ", ".join(others),
            }
        else:
            del self.fields["other"]

    @cached_property
    def chosen(self) -> frozenset[str]:
        """Return the selected IDs: at first, the IDs of all instances without a caution."""
        return frozenset(split_ids(self.data.getlist("instances")) if self.is_bound else self.preselected)

    def clean_instances(self) -> list[Server]:
        return [self.ready[one] for one in self.cleaned_data["instances"]]

    def clean_confirmed(self) -> str:
        if self.cleaned_data["confirmed"].strip() != self.host:
            raise forms.ValidationError(_("This is not the name of the host that is powered off."))
        return self.host
