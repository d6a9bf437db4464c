# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from migration_panel.api.host_models import disabled_by_nova
from migration_panel.api.hosts import Maintenance
from migration_panel.exceptions import MigrationPanelError, Misfit, SignedOut, as_json, as_page, told
from migration_panel.hosts.pages.context import address, as_answer, groups, signed, told_refusals
from migration_panel.hosts.runs.run import Outcome, Run
from migration_panel.hosts.runs.words import reason_of, warnings
from migration_panel.hosts.steering.beginning import begin_return
from migration_panel.hosts.steering.known import names_of
from migration_panel.hosts.steering.reading import Reading, read_host, read_return, since_of
from migration_panel.http import wants_json
from migration_panel.preflight.fit_text import by_nova_words
from migration_panel.scope import Scope
from migration_panel.times import parse_time, utc_text


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
            nova, since = Maintenance.of(request), asked_since(request.POST)
            run, result = async_to_sync(begin_return)(nova, host, since, replace=replace)
        except MigrationPanelError as error:
            return self._refusal(host, error)
        if wants_json(request):
            return async_to_sync(as_answer)(request, self.scope, nova, run, 202, order=signed(request, run))
        told_refusals(request, run, result)
        return HttpResponseRedirect(address(self.scope, run, signed(request, run)))

    def _refusal(self, host: str, error: MigrationPanelError) -> HttpResponse:
        if wants_json(self.request):
            return as_json(error)
        if isinstance(error, (SignedOut, Misfit)):
            return as_page(self.request, error)
        try:
            return self._plan(host, self.request.POST, error)
        except MigrationPanelError as another:
            return as_page(self.request, another)

    def _plan(self, host: str, given: QueryDict, error: MigrationPanelError | None = None) -> HttpResponse:
        context = async_to_sync(self._context)(host, asked_since(given))
        if error:
            context["problem"] = told(error)
        status = error.status if error else 200
        return render(self.request, "migration_panel/hosts/return.html", context, status=status)

    async def _context(self, host: str, since: datetime | None) -> dict[str, Any]:
        nova = Maintenance.of(self.request)
        reading = await read_host(nova, host, since)
        found = since or since_of(reading)
        run = await read_return(nova, reading, found or reading.now)
        names = await names_of(nova, run)
        return return_context(reading, run, names, self.scope) | {
            "since": utc_text(found) if found else "",
            # Whether the reason still tells it, or it was worked out.
            "certain": bool(since or reading.order),
        }


def return_context(reading: Reading, run: Run, names: dict[str, str | None], scope: Scope) -> dict[str, Any]:
    service = reading.service
    order = reading.order
    by_nova = not service.enabled and disabled_by_nova(service.disabled_reason)
    foreign = (service.disabled_reason or "") if not service.enabled and order is None and not by_nova else None
    reasons = {step.instance_id: reason_of(run, step, {}) for step in run.steps}
    return {
        "page_title": _("Return to %(host)s") % {"host": service.host},
        "scope": scope,
        "run": run,
        "service": service,
        "order": order,
        "foreign": foreign,
        "obstacle": by_nova_words(service.host) if by_nova else "",
        "groups": groups(run, names, reasons),
        "warnings": warnings(run) if run.up else [],
        "number": run.count(Outcome.TODO),
    }


def asked_since(given: QueryDict) -> datetime | None:
    """Return ``since`` of an address or a form in UTC.  Raise Misfit for a text that is no time."""
    text = given.get("since", "").strip()
    try:
        return parse_time(text)
    except ValueError as error:
        raise Misfit(_("“%(text)s” is no time: write it like 2026-11-22T14:00:05Z.") % {"text": text}) from error
