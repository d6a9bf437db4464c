# SPDX-License-Identifier: Apache-2.0
"""The pages that show the plan of a drain or a return, and start it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View
from openstack_auth.user import User

from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import ComputeHost
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
from migration_panel.formatting import MIB, SEPARATOR, format_size
from migration_panel.hosts.drain.forms import DrainForm, DrainOptions, ReturnForm
from migration_panel.hosts.drain.lookups import names_of
from migration_panel.hosts.drain.plan import Entry, Plan, plan_of
from migration_panel.hosts.drain.presenter import add_problems, address, groups, new_proof, run_json
from migration_panel.hosts.drain.query import HostReading, find_service, read_host, read_return, residents, since_of
from migration_panel.hosts.drain.request import drain_in_progress, is_disabled_by_nova, other_reason
from migration_panel.hosts.drain.run import DrainRun, Outcome
from migration_panel.hosts.drain.run_text import duration_text, warnings
from migration_panel.hosts.drain.service import start_drain, start_return
from migration_panel.hosts.drain.submit_result import SubmitResult
from migration_panel.hosts.drain.text import method_text, obstacle_text, reason_of
from migration_panel.http import wants_json
from migration_panel.identifiers import MAX_FIELDS, natural_key
from migration_panel.instance_states import state_label
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
from migration_panel.scope import ADMIN, Scope
from migration_panel.times import parse_time, utc_text

# The page of the plan has the status of these errors, and 200 for any other error.
CONFLICTS = (HostAlreadyDisabled, NotMovable, DrainRejected, ListChanged)


class DrainView(View):
    """Show the plan of a drain (GET, and POST with ``update``), or start the drain (POST)."""

    scope: Scope = ADMIN

    def get(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            return self._plan(host, None)
        except MigrationPanelError as error:
            return as_page(request, error)

    def post(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            options = DrainForm(request.POST).options()
        except MigrationPanelError as error:
            return as_json(error) if wants_json(request) else as_page(request, error)
        try:
            if "update" in request.POST:
                return self._plan(host, options)
            nova = Nova.connect(request)
            run, result = async_to_sync(start_drain)(nova, host, options, user_name(request))
        except MigrationPanelError as error:
            return refused(request, error, partial(self._plan, host, options, error))
        return started(request, self.scope, nova, run, result)

    def _plan(self, host: str, options: DrainOptions | None, error: MigrationPanelError | None = None) -> HttpResponse:
        """Return the plan.  ``options``: None for those of the drain in progress, or for no drain."""
        plan, services = async_to_sync(self._read)(host, options)
        context = plan_context(plan, services, self.scope, keep_note=options is not None)
        context["token_expires"] = self._token_expires(plan)
        if error:
            context["problem"] = user_message(error)
        status = error.status if isinstance(error, CONFLICTS) else 200
        return render(self.request, "migration_panel/hosts/drain.html", context, status=status)

    async def _read(self, host: str, options: DrainOptions | None) -> tuple[Plan, list[ComputeHost]]:
        nova = Nova.connect(self.request)
        services, listed = await gather([nova.compute_hosts, partial(residents, nova, host)])
        before = drain_in_progress(find_service(host, services))
        if options is None:
            options = DrainOptions.of(before) if before else DrainOptions()
        started_at = before.started_at if before else nova.now()
        order = options.to_request(started_at, before.author if before else user_name(self.request), listed)
        config = get_config()
        planned = partial(plan_of, host, order, listed, bandwidth=config.bandwidth, wave=config.cold_wave)
        # The destination applies to live migrations only: the scheduler chooses the hosts of cold migrations.
        movers = [
            Mover(entry.server, entry.method.kind, order.destination if entry.method.kind.live else "")
            for entry in planned().migrating
            if entry.method.kind
        ]
        fit, hypervisor_type, evacuated = await read_drain(self.request, nova, host, movers, listed, services)
        unsafe = may_come_back(movers, services, evacuated)
        return planned(fit=fit, hypervisor_type=hypervisor_type, unsafe=unsafe), services

    def _token_expires(self, plan: Plan) -> datetime | None:
        """Return when the user's token expires; None if the plan is likely to finish before."""
        expires = token_expiry(self.request)
        return expires if plan.migrating and outlasts(plan.most, datetime.now(timezone.utc), expires) else None


class ReturnView(View):
    """Show which instances would return (GET), or enable the host and start the return (POST)."""

    scope: Scope = ADMIN

    def get(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            return self._plan(host, request.GET)
        except MigrationPanelError as error:
            return as_page(request, error)

    def post(self, request: HttpRequest, host: str) -> HttpResponse:
        form = ReturnForm(request.POST)
        try:
            nova, since = Nova.connect(request), parse_since(request.POST)
            run, result = async_to_sync(start_return)(nova, host, since, replace=form.replaces())
        except MigrationPanelError as error:
            return refused(request, error, partial(self._plan, host, request.POST, error))
        return started(request, self.scope, nova, run, result)

    def _plan(self, host: str, fields: QueryDict, error: MigrationPanelError | None = None) -> HttpResponse:
        context = async_to_sync(self._context)(host, parse_since(fields))
        if error:
            context["problem"] = user_message(error)
        status = error.status if error else 200
        return render(self.request, "migration_panel/hosts/return.html", context, status=status)

    async def _context(self, host: str, since: datetime | None) -> dict[str, Any]:
        nova = Nova.connect(self.request)
        reading = await read_host(nova, host, since)
        start = since or since_of(reading)
        run = await read_return(nova, reading, start or reading.now)
        names = await names_of(nova, run)
        return return_context(reading, run, names, self.scope) | {
            "since": utc_text(start) if start else "",
            # False if the start is estimated from the departures.
            "certain": bool(since or reading.order),
        }


def started(request: HttpRequest, scope: Scope, nova: Nova, run: DrainRun, result: SubmitResult) -> HttpResponse:
    """Return the answer to a POST that started a run: its JSON with 202, or a redirect to its page."""
    proof = new_proof(request, run)
    if wants_json(request):
        return async_to_sync(run_json)(request, scope, nova, run, 202, order=proof)
    add_problems(request, result)
    return HttpResponseRedirect(address(scope, run, proof))


def refused(request: HttpRequest, error: MigrationPanelError, show_plan: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer to a POST that started nothing: its JSON, or the plan with the user's input and the error."""
    if wants_json(request):
        return as_json(error)
    if isinstance(error, SessionExpired):
        return as_page(request, error)
    try:
        return show_plan()
    except MigrationPanelError as another:
        return as_page(request, another)


def user_name(request: HttpRequest) -> str:
    """Return the name that Keystone has for the user."""
    user: User = request.user
    return str(user.username)


def plan_context(plan: Plan, services: list[ComputeHost], scope: Scope, *, keep_note: bool) -> dict[str, Any]:
    """Return the context of ``drain.html``.

    ``keep_note``: do not offer the host's present disabled reason as the note, because the user entered a note.
    """
    service = find_service(plan.host, services)
    reason = other_reason(service)
    others = sorted((other for other in services if other.name != plan.host), key=lambda other: natural_key(other.name))
    return {
        "page_title": _("Drain %(host)s") % {"host": plan.host},
        "scope": scope,
        "plan": plan,
        "service": service,
        "drain_in_progress": drain_in_progress(service),
        # The user has to confirm that it may be replaced.
        "other_reason": reason,
        "obstacles": obstacles(plan, service),
        "room": room_text(plan.fit, plan.unplaceable) if plan.fit else "",
        "unchecked": [unchecked_text(unchecked) for unchecked in plan.fit.unchecked] if plan.fit else [],
        "come_back": come_back_text(*plan.unsafe) if plan.unsafe[0] else "",
        "note": plan.order.note or ("" if keep_note else reason or ""),
        "duration": duration_text(plan.least, plan.most) if plan.least is not None and plan.most is not None else "",
        "shown": " ".join(entry.server.id for entry in plan.entries if entry.possible),
        "needs_script": sum(entry.possible for entry in plan.entries) > MAX_FIELDS,
        "lines": [line_of(plan, entry) for entry in plan.entries],
        "hosts": [(other, other.up and other.enabled) for other in others],
    }


def obstacles(plan: Plan, service: ComputeHost) -> list[str]:
    """Return why the host cannot be drained."""
    texts = [by_nova_text(plan.host)] if is_disabled_by_nova(service) else []
    return texts if plan.movable else [*texts, driver_text(plan.host, plan.hypervisor_type or "")]


def line_of(plan: Plan, entry: Entry) -> dict[str, Any]:
    """Return a row in the table of the plan."""
    server, method = entry.server, entry.method
    return {
        "entry": entry,
        "name": server.name or server.id,
        "ticked": not plan.order.excludes(server.id),
        "status": state_label(server.status),
        "size": size_of(server),
        "text": method_text(method) if method.kind else obstacle_text(method.obstacle, method.detail, plan.host),
        "lack": lack_text(entry.lack) if entry.lack else "",
    }


def size_of(server: Server) -> str:
    """Return the size of an instance for the reader; empty if Nova does not report it."""
    if server.memory_mib is None or server.vcpus is None:
        return ""
    parts = [_("%(count)d vCPU") % {"count": server.vcpus}, format_size(server.memory_mib * MIB)]
    if server.local_gib:
        parts.append(_("%(size)d GiB of disk") % {"size": server.local_gib})
    return SEPARATOR.join(parts)


def return_context(reading: HostReading, run: DrainRun, names: dict[str, str | None], scope: Scope) -> dict[str, Any]:
    """Return the context of ``return.html``, without the start of the drain."""
    service = reading.service
    reasons = {step.instance_id: reason_of(run, step, {}) for step in run.steps}
    return {
        "page_title": _("Return instances to %(host)s") % {"host": service.name},
        "scope": scope,
        "run": run,
        "service": service,
        "other_reason": other_reason(service),
        "obstacle": by_nova_text(service.name) if is_disabled_by_nova(service) else "",
        "groups": groups(run, names, reasons),
        "warnings": warnings(run) if run.up else [],
        "number": run.count(Outcome.TODO),
    }


def parse_since(fields: QueryDict) -> datetime | None:
    """Return ``since`` of an address or a form in UTC; None if empty.  Raise InvalidDrainRequest for any other text."""
    text = fields.get("since", "").strip()
    try:
        return parse_time(text)
    except ValueError as error:
        raise InvalidDrainRequest(
            _("“%(text)s” is not a valid time. Use this format: 2026-11-22T14:00:05Z.") % {"text": text}
        ) from error
