# SPDX-License-Identifier: Apache-2.0
"""What a form or a script asks of a drain."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Server
from migration_panel.exceptions import InvalidDrainRequest, ListChanged
from migration_panel.hosts.drain.methods import move_method
from migration_panel.hosts.drain.request import LONGEST, DrainRequest
from migration_panel.identifiers import normalize_uuid, split_ids


@dataclass(frozen=True)
class Wishes:
    note: str = ""
    block: bool = False
    cold: bool = False
    destination: str = ""
    # Those ticked in the plan; None for all that can go.
    instances: frozenset[str] | None = None
    # Those that the plan had a tick for: others are not left out by its missing.  None for a script's list.
    shown: frozenset[str] | None = None
    # Whether a reason that somebody else gave may be lost.
    replace: bool = False

    @classmethod
    def of(cls, given: QueryDict) -> Wishes:
        return cls(
            note=" ".join(given.get("reason", "").split()),
            block=bool(given.get("block")),
            cold=bool(given.get("cold")),
            destination=given.get("destination", "").strip(),
            instances=frozenset(split_ids(given.getlist("instance")))
            if "chosen" in given or "instance" in given
            else None,
            shown=frozenset(split_ids(given.getlist("shown"))) if "shown" in given else None,
            replace=bool(given.get("replace")),
        )

    @classmethod
    def again(cls, order: DrainRequest) -> Wishes:
        """Those of a drain that is under way."""
        return cls(order.note, order.block, order.cold, order.destination)

    def order(self, started_at: datetime, author: str, here: Iterable[Server]) -> DrainRequest:
        """With those left out by name that could go and were not ticked."""
        order = DrainRequest(started_at, author, self.note, self.block, self.cold, self.destination).shortened()
        if self.instances is None:
            return order
        return replace(order, author=author).excluding(sorted(self._unticked(order, here)))

    def _unticked(self, order: DrainRequest, here: Iterable[Server]) -> set[str]:
        """Return the IDs of the instances that the plan showed and the user did not select.

        Without ``shown``, which scripts may omit, all instances that Nova lists now count as shown.
        """
        if self.shown is None:
            offered = {one.id for one in here if could_go(one, order)}
        else:
            offered = {found for one in self.shown if (found := normalize_uuid(one))}
        return offered - (self.instances or frozenset())

    def require_seen(self, here: Collection[Server]) -> None:
        """Raise ListChanged if the plan showed instances and Nova now lists no instance at all."""
        if (self.shown or self.instances) and not here:
            raise ListChanged()


def could_go(server: Server, order: DrainRequest) -> bool:
    """Whether it would under some choice of options: only then there is a tick to be set."""
    return (
        move_method(server, DrainRequest(order.started_at, order.author, block=order.block, cold=True)).kind is not None
    )


def require_fit(order: DrainRequest, host: str, services: Iterable[ComputeHost]) -> None:
    """Raises InvalidDrainRequest for an order that Nova would not take."""
    if not order.fits:
        raise InvalidDrainRequest(_too_long(order))
    if not order.destination:
        return
    facts = {"host": order.destination}
    service = next((one for one in services if one.name == order.destination), None)
    if order.destination == host:
        raise InvalidDrainRequest(_("The instances are on %(host)s already.") % facts)
    if service is None:
        raise InvalidDrainRequest(_("There is no compute host “%(host)s”.") % facts)
    if service.cell_down:
        raise InvalidDrainRequest(_("Nova cannot reach the cell of %(host)s.") % facts)
    if not service.up:
        raise InvalidDrainRequest(_("%(host)s is down.") % facts)
    if not service.enabled:
        raise InvalidDrainRequest(_("%(host)s is disabled.") % facts)


def _too_long(order: DrainRequest) -> str:
    """Return what to shorten: the reason, or the name of the destination if no reason at all would fit."""
    if order.note and order.room > 0:
        return ngettext(
            "The reason is too long. The limit is %(number)d character.",
            "The reason is too long. The limit is %(number)d characters.",
            order.room,
        ) % {"number": order.room}
    return _("The name of the destination is too long: Nova stores %(most)d characters in all.") % {"most": LONGEST}
