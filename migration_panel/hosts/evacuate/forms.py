# SPDX-License-Identifier: Apache-2.0
"""The form that requests evacuations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _

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

    def __init__(self, instances: Iterable[EvacuableInstance]) -> None:
        instances = list(instances)
        super().__init__(
            label=_("Instances"),
            initial=[instance.server.id for instance in instances if instance.preselected],
            error_messages={
                "required": _("Select the instances to evacuate."),
                "invalid_choice": _(
                    "Some selected instances can no longer be evacuated. The list shows the current state."
                ),
            },
        )
        self.selectable = {instance.server.id: instance.server for instance in instances if instance.selectable}

    def valid_value(self, value: str) -> bool:
        return value in self.selectable


class EvacuateForm(forms.Form):
    """Instances, destination, and the confirmation that the host is powered off."""

    def __init__(
        self,
        *args: Any,
        host: str,
        instances: Iterable[EvacuableInstance],
        services: Iterable[ComputeHost],
        not_restarted: Collection[str] = (),
        namesakes: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """Build the form.

        ``not_restarted``: hosts where nova-compute was not restarted since an evacuation; ``namesakes``: services that
        may be the same machine as the host.
        """
        super().__init__(*args, **kwargs)
        self.host = host
        available = [service.name for service in services if service.name != host and service.up and service.enabled]
        # Hosts that would be destinations after a restart of nova-compute.
        self.not_restarted = sorted((name for name in available if name in not_restarted), key=natural_key)
        destinations = sorted((name for name in available if name not in not_restarted), key=natural_key)
        instances_field = InstancesField(instances)
        self.selectable = instances_field.selectable
        self.fields["instances"] = instances_field
        self.fields["destination"] = forms.ChoiceField(
            label=_("Destination"),
            required=False,
            choices=[("", _("Automatic (scheduler chooses)")), *((name, name) for name in destinations)],
        )
        self.fields["confirmed"] = forms.CharField(
            label=_("Enter the name of the host to confirm that %(host)s is powered off") % {"host": host},
            max_length=255,
            required=False,
            widget=forms.TextInput({"autocomplete": "off"}),
        )
        if namesakes:
            self.fields["other"] = self._other_field(namesakes)

    def _other_field(self, namesakes: Sequence[str]) -> forms.BooleanField:
        names = {"host": self.host, "others": ", ".join(namesakes)}
        return forms.BooleanField(
            label=_("I have checked that %(host)s and %(others)s are different machines") % names,
            error_messages={"required": _("Confirm that these services run on different machines.")},
        )

    @cached_property
    def selected(self) -> frozenset[str]:
        """Return the selected IDs: at first, the IDs of all instances without a caution."""
        return frozenset(self["instances"].value())

    def clean_instances(self) -> list[Server]:
        return [self.selectable[instance_id] for instance_id in self.cleaned_data["instances"]]

    def clean_confirmed(self) -> str:
        if self.cleaned_data["confirmed"].strip() != self.host:
            raise forms.ValidationError(_("The name does not match. Enter the name of the host that is powered off."))
        return self.host
