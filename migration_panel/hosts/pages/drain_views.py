# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from migration_panel.conf import get_config
from migration_panel.errors import MigrationPanelError, SignedOut, as_json, as_page, told
from migration_panel.hosts.pages.context import as_answer, told_refusals
from migration_panel.hosts.runs.order import Order
from migration_panel.hosts.runs.plan import Entry, Plan, plan_of
from migration_panel.hosts.runs.words import obstacle_words, way_words
from migration_panel.hosts.steering.beginning import begin_drain, named
from migration_panel.hosts.steering.capacity import without_room
from migration_panel.hosts.steering.errors import NothingBegun, NotOurs
from migration_panel.hosts.steering.reading import residents
from migration_panel.hosts.steering.wishes import Wishes
from migration_panel.natural import natural
from migration_panel.nova.fanout import at_once
from migration_panel.nova.maintenance import Maintenance, Service
from migration_panel.nova.records import Server
from migration_panel.responses import wants_json
from migration_panel.scope import Scope
from migration_panel.units import MIB, size_words, span_words
from migration_panel.uuids import MOST_FIELDS


class DrainView(View):
    """GET shows the plan; POST begins it, or with ``update`` shows it again with other wishes."""

    scope: Scope = None

    def get(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            return self._plan(host, None)
        except MigrationPanelError as error:
            return as_page(request, error)

    def post(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            if "update" in request.POST:
                return self._plan(host, request.POST)
            wishes, now = Wishes.of(request.POST), datetime.now(timezone.utc).replace(microsecond=0)
            nova = Maintenance.of(request)
            run, result = async_to_sync(begin_drain)(nova, host, wishes, request.user.username, now)
        except MigrationPanelError as error:
            return self._refusal(host, error)
        if wants_json(request):
            return async_to_sync(as_answer)(request, self.scope, nova, run, 202)
        told_refusals(request, run, result)
        return HttpResponseRedirect(self.scope.url("run", host))

    def _refusal(self, host: str, error: MigrationPanelError) -> HttpResponse:
        """The plan again, with what was asked for still in it."""
        if wants_json(self.request):
            return as_json(error)
        if isinstance(error, SignedOut):
            return as_page(self.request, error)
        try:
            return self._plan(host, self.request.POST, error)
        except MigrationPanelError as another:
            return as_page(self.request, another)

    def _plan(self, host: str, given: QueryDict | None, error: MigrationPanelError | None = None) -> HttpResponse:
        plan, services = async_to_sync(self._read)(host, given)
        context = plan_context(plan, services, self.scope, Wishes.of(given) if given else None)
        if error:
            context["problem"] = told(error)
        status = error.status if isinstance(error, (NotOurs, NothingBegun)) else 200
        return render(self.request, "migration_panel/hosts/drain.html", context, status=status)

    async def _read(self, host: str, given: QueryDict | None) -> tuple[Plan, list[Service]]:
        nova = Maintenance.of(self.request)
        services, here = await at_once([nova.compute_services, partial(residents, nova, host)])
        service = named(host, services)
        before = None if service.enabled else Order.parse(service.disabled_reason)
        wishes = Wishes.of(given) if given is not None else Wishes.again(before) if before else Wishes()
        started = before.started_at if before else datetime.now(timezone.utc)
        order = wishes.order(started, before.author if before else self.request.user.username, here)
        config = get_config()
        planned = partial(plan_of, host, order, here, bandwidth=config.bandwidth, wave=config.cold_wave)
        going = [entry.server for entry in planned().going]
        homeless = await without_room(self.request, going, leaving=host, only=order.destination)
        return planned(homeless=homeless), services


def plan_context(plan: Plan, services: list[Service], scope: Scope, wishes: Wishes | None) -> dict[str, Any]:
    service = named(plan.host, services)
    order = None if service.enabled else Order.parse(service.disabled_reason)
    foreign = service.disabled_reason or "" if not service.enabled and order is None else None
    others = sorted((one for one in services if one.host != plan.host), key=lambda one: natural(one.host))
    return {
        "page_title": _("Drain %(host)s") % {"host": plan.host},
        "scope": scope,
        "plan": plan,
        "service": service,
        "under_way": order,
        # The reason that somebody else gave, which is asked for before it is lost.
        "foreign": foreign,
        "note": plan.order.note or (foreign or "" if wishes is None else ""),
        "duration": span_words(plan.least, plan.most) if plan.least is not None and plan.most is not None else "",
        "shown": " ".join(entry.server.id for entry in plan.entries if entry.possible),
        "needs_script": sum(entry.possible for entry in plan.entries) > MOST_FIELDS,
        "lines": [line_of(plan, entry) for entry in plan.entries],
        "hosts": [(one, one.up and one.enabled) for one in others],
    }


def line_of(plan: Plan, entry: Entry) -> dict[str, Any]:
    server, way = entry.server, entry.way
    return {
        "entry": entry,
        "name": server.name or server.id,
        "ticked": not plan.order.leaves_out(server.id),
        "size": size_of(server),
        "words": way_words(way) if way.kind else obstacle_words(way.obstacle, way.detail, plan.host),
    }


def size_of(server: Server) -> str:
    if server.memory_mib is None or server.vcpus is None:
        return ""
    told = [_("%(count)d vCPU") % {"count": server.vcpus}, size_words(server.memory_mib * MIB)]
    if server.local_gib:
        told.append(_("%(size)d GiB of disk") % {"size": server.local_gib})
    return " · ".join(told)
