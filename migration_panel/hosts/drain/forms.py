# SPDX-License-Identifier: Apache-2.0
"""The form of a drain, for the page of the plan and for scripts, and the checks of the resulting request."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oslo_utils.strutils import bool_from_string

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Server
from migration_panel.exceptions import CellDown, InvalidDrainRequest, ListChanged
from migration_panel.hosts.drain.plan import can_leave
from migration_panel.hosts.drain.request import LONGEST, DrainRequest
from migration_panel.identifiers import normalize_uuid, split_ids


@dataclass(frozen=True)
class DrainOptions:
    """What a user or a script selected for a drain."""

    note: str = ""
    block: bool = False
    cold: bool = False
    destination: str = ""
    # The IDs of the selected instances; None for all instances that can be migrated.
    instances: frozenset[str] | None = None
    # The IDs that the plan offered for selection; None if a script did not send them.
    shown: frozenset[str] | None = None
    # Whether a disabled reason that another user gave may be replaced.
    replace: bool = False

    @classmethod
    def of(cls, order: DrainRequest) -> DrainOptions:
        """Return the options of a drain in progress."""
        return cls(order.note, order.block, order.cold, order.destination)

    def to_request(self, started_at: datetime, author: str, listed: Iterable[Server]) -> DrainRequest:
        """Return the request, which excludes the instances that were offered and not selected.

        ``listed``: the instances that Nova lists on the host.
        """
        order = DrainRequest(started_at, author, self.note, self.block, self.cold, self.destination).shortened()
        if self.instances is None:
            return order
        return replace(order, author=author).excluding(sorted(self._not_selected(order, listed)))

    def _not_selected(self, order: DrainRequest, listed: Iterable[Server]) -> set[str]:
        """Return the IDs of the instances that the plan showed and the user did not select.

        Without ``shown``, which scripts may omit, all instances that Nova lists now count as shown.
        """
        if self.shown is None:
            offered = {server.id for server in listed if can_leave(server, order)}
        else:
            offered = {uuid for text in self.shown if (uuid := normalize_uuid(text))}
        return offered - (self.instances or frozenset())

    def check_list(self, listed: Collection[Server]) -> None:
        """Raise ListChanged if the plan showed instances and Nova now lists no instance at all."""
        if (self.shown or self.instances) and not listed:
            raise ListChanged()


class IdsInput(forms.TextInput):
    """Read the IDs in all fields of one name, as the page's script and other scripts send them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        return split_ids(data.getlist(name)) if name in data else None


class IdsField(forms.Field):
    """A set of IDs; None if no field of the name was sent."""

    widget = IdsInput

    def to_python(self, value: list[str] | None) -> frozenset[str] | None:
        return None if value is None else frozenset(value)


class FlagInput(forms.CheckboxInput):
    """Read a flag as scripts send it: ``1`` is true; an empty text, ``0``, ``false``, ``no`` and ``off`` are false."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        text = data.get(name, "")
        return bool(text) and bool(bool_from_string(text, default=True))


class FlagField(forms.BooleanField):
    """A flag that may be missing."""

    widget = FlagInput


class DrainForm(forms.Form):
    """The fields of a drain (doc/api.rst), all of them optional."""

    reason = forms.CharField(required=False)
    block = FlagField(required=False)
    cold = FlagField(required=False)
    destination = forms.CharField(required=False)
    instance = IdsField(required=False)
    shown = IdsField(required=False)
    replace = FlagField(required=False)

    def clean_instance(self) -> frozenset[str] | None:
        """Return the selection; empty if the page sent ``chosen`` without a selected instance."""
        instances: frozenset[str] | None = self.cleaned_data["instance"]
        return frozenset() if instances is None and "chosen" in self.data else instances

    def options(self) -> DrainOptions:
        """Return the options.  Raise InvalidDrainRequest for a text that Django refuses, such as a null character."""
        if not self.is_valid():
            raise InvalidDrainRequest(" ".join(str(text) for texts in self.errors.values() for text in texts))
        data = self.cleaned_data
        return DrainOptions(
            note=" ".join(data["reason"].split()),
            block=data["block"],
            cold=data["cold"],
            destination=data["destination"],
            instances=data["instance"],
            shown=data["shown"],
            replace=data["replace"],
        )


class ReturnForm(forms.Form):
    """The field of a return beside ``since``, which addresses have too."""

    replace = FlagField(required=False)

    def replaces(self) -> bool:
        """Return whether the host may be enabled although another user disabled it."""
        return self.is_valid() and bool(self.cleaned_data["replace"])


def check_request(order: DrainRequest, host: str, services: Iterable[ComputeHost]) -> None:
    """Raise InvalidDrainRequest for a reason that is too long, or a destination that cannot be used."""
    if not order.fits:
        raise InvalidDrainRequest(_too_long(order))
    if not order.destination:
        return
    values = {"host": order.destination}
    service = next((service for service in services if service.name == order.destination), None)
    if order.destination == host:
        raise InvalidDrainRequest(_("The instances are already on %(host)s.") % values)
    if service is None:
        raise InvalidDrainRequest(_("Compute host “%(host)s” does not exist.") % values)
    if service.cell_down:
        raise InvalidDrainRequest(CellDown(order.destination).headline)
    if not service.up:
        raise InvalidDrainRequest(_("%(host)s is down.") % values)
    if not service.enabled:
        raise InvalidDrainRequest(_("%(host)s is disabled.") % values)


def _too_long(order: DrainRequest) -> str:
    """Return what to shorten: the reason, or the name of the destination if no reason at all would fit."""
    if order.note and order.room > 0:
        return ngettext(
            "The reason is too long. The limit is %(number)d character.",
            "The reason is too long. The limit is %(number)d characters.",
            order.room,
        ) % {"number": order.room}
    return _("The name of the destination is too long. Nova stores %(most)d characters in total.") % {"most": LONGEST}
