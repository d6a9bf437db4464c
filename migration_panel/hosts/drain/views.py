# SPDX-License-Identifier: Apache-2.0
"""The pages that show the plan of a drain or a return, and start it."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import ComputeHost, disabled_by_nova
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.api.session import token_expiry
from migration_panel.conf import get_config
from migration_panel.exceptions import (
    DrainRejected,
    HostAlreadyDisabled,
    InvalidDrainRequest,
    ListChanged,
    MigrationPanelError,
    NotMovable,
    SessionExpired,
    as_json,
    as_page,
    user_message,
)
from migration_panel.formatting import MIB, format_range, format_size
from migration_panel.hosts.drain.forms import Wishes
from migration_panel.hosts.drain.names import names_of
from migration_panel.hosts.drain.plan import Entry, Plan, plan_of
from migration_panel.hosts.drain.presenter import address, as_answer, groups, refusal_texts, signed
from migration_panel.hosts.drain.query import Reading, read_host, read_return, residents, since_of
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.drain.run import DrainRun, Outcome
from migration_panel.hosts.drain.service import begin_drain, begin_return, find_service
from migration_panel.hosts.drain.text import obstacle_text, reason_of, warnings, way_text
from migration_panel.http import wants_json
from migration_panel.identifiers import MAX_FIELDS, natural_key
from migration_panel.preflight.estimate import outlasts
from migration_panel.preflight.fit import Mover, may_come_back
from migration_panel.preflight.fit_query import read_drain
from migration_panel.preflight.fit_text import (
    by_nova_text,
    come_back_text,
    driver_text,
    lack_text,
    room_text,
    unchecked_text,
)
from migration_panel.scope import Scope
from migration_panel.times import parse_time, utc_text


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
            nova = Nova.connect(request)
            run, result = async_to_sync(begin_drain)(nova, host, Wishes.of(request.POST), request.user.username)
        except MigrationPanelError as error:
            return self._refusal(host, error)
        if wants_json(request):
            return async_to_sync(as_answer)(request, self.scope, nova, run, 202, order=signed(request, run))
        refusal_texts(request, run, result)
        return HttpResponseRedirect(address(self.scope, run, signed(request, run)))

    def _refusal(self, host: str, error: MigrationPanelError) -> HttpResponse:
        """The plan again, with what was asked for still in it."""
        if wants_json(self.request):
            return as_json(error)
        if isinstance(error, SessionExpired):
            return as_page(self.request, error)
        try:
            return self._plan(host, self.request.POST, error)
        except MigrationPanelError as another:
            return as_page(self.request, another)

    def _plan(self, host: str, given: QueryDict | None, error: MigrationPanelError | None = None) -> HttpResponse:
        plan, services = async_to_sync(self._read)(host, given)
        context = plan_context(plan, services, self.scope, Wishes.of(given) if given else None)
        context["token_expires"] = self._token_expires(plan)
        if error:
            context["problem"] = user_message(error)
        status = (
            error.status if isinstance(error, (HostAlreadyDisabled, NotMovable, DrainRejected, ListChanged)) else 200
        )
        return render(self.request, "migration_panel/hosts/drain.html", context, status=status)

    async def _read(self, host: str, given: QueryDict | None) -> tuple[Plan, list[ComputeHost]]:
        nova = Nova.connect(self.request)
        services, here = await gather([nova.compute_hosts, partial(residents, nova, host)])
        service = find_service(host, services)
        before = None if service.enabled else DrainRequest.parse(service.disabled_reason)
        wishes = Wishes.of(given) if given is not None else Wishes.again(before) if before else Wishes()
        started = before.started_at if before else nova.now()
        order = wishes.order(started, before.author if before else self.request.user.username, here)
        config = get_config()
        planned = partial(plan_of, host, order, here, bandwidth=config.bandwidth, wave=config.cold_wave)
        # The destination applies to live migrations only: for the others the scheduler chooses.
        movers = [
            Mover(entry.server, entry.way.kind, order.destination if entry.way.kind.live else "")
            for entry in planned().going
            if entry.way.kind
        ]
        fit, hypervisor_type, evacuated = await read_drain(self.request, nova, host, movers, here, services)
        unsafe = may_come_back(movers, services, evacuated)
        return planned(fit=fit, hypervisor_type=hypervisor_type, unsafe=unsafe), services

    def _token_expires(self, plan: Plan) -> datetime | None:
        """Return when the user's token expires; None if the plan is likely to finish before."""
        expires = token_expiry(self.request)
        return expires if plan.going and outlasts(plan.most, datetime.now(timezone.utc), expires) else None


def plan_context(plan: Plan, services: list[ComputeHost], scope: Scope, wishes: Wishes | None) -> dict[str, Any]:
    service = find_service(plan.host, services)
    order = None if service.enabled else DrainRequest.parse(service.disabled_reason)
    by_nova = not service.enabled and disabled_by_nova(service.disabled_reason)
    foreign = service.disabled_reason or "" if not service.enabled and order is None and not by_nova else None
    others = sorted((one for one in services if one.name != plan.host), key=lambda one: natural_key(one.name))
    return {
        "page_title": _("Drain %(host)s") % {"host": plan.host},
        "scope": scope,
        "plan": plan,
        "service": service,
        "under_way": order,
        # The reason that somebody else gave, which is asked for before it is lost.
        "foreign": foreign,
        "obstacles": obstacles(plan, by_nova=by_nova),
        "room": room_text(plan.fit, plan.unplaceable) if plan.fit else "",
        "unchecked": [unchecked_text(one) for one in plan.fit.unchecked] if plan.fit else [],
        "come_back": come_back_text(*plan.unsafe) if plan.unsafe[0] else "",
        "note": plan.order.note or (foreign or "" if wishes is None else ""),
        "duration": format_range(plan.least, plan.most) if plan.least is not None and plan.most is not None else "",
        "shown": " ".join(entry.server.id for entry in plan.entries if entry.possible),
        "needs_script": sum(entry.possible for entry in plan.entries) > MAX_FIELDS,
        "lines": [line_of(plan, entry) for entry in plan.entries],
        "hosts": [(one, one.up and one.enabled) for one in others],
    }


def obstacles(plan: Plan, *, by_nova: bool) -> list[str]:
    """Return why the host cannot be drained."""
    found = [] if plan.movable else [driver_text(plan.host, plan.hypervisor_type or "")]
    return [by_nova_text(plan.host), *found] if by_nova else found


def line_of(plan: Plan, entry: Entry) -> dict[str, Any]:
    server, way = entry.server, entry.way
    return {
        "entry": entry,
        "name": server.name or server.id,
        "ticked": not plan.order.excludes(server.id),
        "size": size_of(server),
        "words": way_text(way) if way.kind else obstacle_text(way.obstacle, way.detail, plan.host),
        "lack": lack_text(entry.lack) if entry.lack else "",
    }


def size_of(server: Server) -> str:
    if server.memory_mib is None or server.vcpus is None:
        return ""
    told = [_("%(count)d vCPU") % {"count": server.vcpus}, format_size(server.memory_mib * MIB)]
    if server.local_gib:
        told.append(_("%(size)d GiB of disk") % {"size": server.local_gib})
    return " · ".join(told)


class ReturnView(View):
    """GET shows what would come back; POST enables the host and begins."""

    scope: Scope = None

    def get(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            return self._plan(host, request.GET)
        except MigrationPanelError as error:
            return as_page(request, error)

    def post(self, request: HttpRequest, host: str) -> HttpResponse:
        replace = bool(request.POST.get("replace"))
        try:
            nova, since = Nova.connect(request), asked_since(request.POST)
            run, result = async_to_sync(begin_return)(nova, host, since, replace=replace)
        except MigrationPanelError as error:
            return self._refusal(host, error)
        if wants_json(request):
            return async_to_sync(as_answer)(request, self.scope, nova, run, 202, order=signed(request, run))
        refusal_texts(request, run, result)
        return HttpResponseRedirect(address(self.scope, run, signed(request, run)))

    def _refusal(self, host: str, error: MigrationPanelError) -> HttpResponse:
        if wants_json(self.request):
            return as_json(error)
        if isinstance(error, (SessionExpired, InvalidDrainRequest)):
            return as_page(self.request, error)
        try:
            return self._plan(host, self.request.POST, error)
        except MigrationPanelError as another:
            return as_page(self.request, another)

    def _plan(self, host: str, given: QueryDict, error: MigrationPanelError | None = None) -> HttpResponse:
        context = async_to_sync(self._context)(host, asked_since(given))
        if error:
            context["problem"] = user_message(error)
        status = error.status if error else 200
        return render(self.request, "migration_panel/hosts/return.html", context, status=status)

    async def _context(self, host: str, since: datetime | None) -> dict[str, Any]:
        nova = Nova.connect(self.request)
        reading = await read_host(nova, host, since)
        found = since or since_of(reading)
        run = await read_return(nova, reading, found or reading.now)
        names = await names_of(nova, run)
        return return_context(reading, run, names, self.scope) | {
            "since": utc_text(found) if found else "",
            # Whether the reason still tells it, or it was worked out.
            "certain": bool(since or reading.order),
        }


def return_context(reading: Reading, run: DrainRun, names: dict[str, str | None], scope: Scope) -> dict[str, Any]:
    service = reading.service
    order = reading.order
    by_nova = not service.enabled and disabled_by_nova(service.disabled_reason)
    foreign = (service.disabled_reason or "") if not service.enabled and order is None and not by_nova else None
    reasons = {step.instance_id: reason_of(run, step, {}) for step in run.steps}
    return {
        "page_title": _("Return to %(host)s") % {"host": service.name},
        "scope": scope,
        "run": run,
        "service": service,
        "order": order,
        "foreign": foreign,
        "obstacle": by_nova_text(service.name) if by_nova else "",
        "groups": groups(run, names, reasons),
        "warnings": warnings(run) if run.up else [],
        "number": run.count(Outcome.TODO),
    }


def asked_since(given: QueryDict) -> datetime | None:
    """Return ``since`` of an address or a form in UTC.  Raise InvalidDrainRequest for a text that is no time."""
    text = given.get("since", "").strip()
    try:
        return parse_time(text)
    except ValueError as error:
        raise InvalidDrainRequest(
            _("“%(text)s” is no time: write it like 2026-11-22T14:00:05Z.") % {"text": text}
        ) from error
