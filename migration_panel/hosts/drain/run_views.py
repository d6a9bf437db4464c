# SPDX-License-Identifier: Apache-2.0
"""The page and the JSON of a drain or a return in progress."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, NoDrainFound, as_json, as_page
from migration_panel.hosts.drain.action_text import ACTION_NAMES
from migration_panel.hosts.drain.control import ACTIONS, continue_run, perform_action, read_run
from migration_panel.hosts.drain.presenter import (
    add_problems,
    address,
    new_proof,
    page_context,
    present,
    run_json,
    with_proof,
)
from migration_panel.hosts.drain.run import Direction, DrainRun
from migration_panel.hosts.drain.submit_result import SubmitResult
from migration_panel.hosts.drain.views import parse_since
from migration_panel.http import from_our_script, wants_page
from migration_panel.proof import SignedOrder, read_order
from migration_panel.scope import ADMIN, Scope

# The questions before actions that cannot be undone.
QUESTIONS = {
    "abort": gettext_lazy(
        "All queued and running live migrations are aborted, and no further migrations start. The "
        "instances stay on their hosts, and copied data is discarded. Cold migrations in progress cannot "
        "be aborted."
    ),
    "confirm": gettext_lazy(
        "All cold-migrated instances stay on their current hosts. Nova deletes the data of the instances "
        "on their earlier hosts. You cannot revert afterwards."
    ),
    "reset-retry": gettext_lazy(
        "Nova sets the instances in Error to Active again and migrates them once more. First check on "
        "the consoles that the guests are still running."
    ),
}


class RunView(View):
    """Show the progress of a run (GET: a page for browsers, else JSON), and continue the run (POST).

    A page and its script continue a run only with the proof of an order (proof.py).  Other scripts continue a run that
    is ordered according to Nova's record, the cache or a proof.
    """

    scope: Scope = ADMIN

    async def get(self, request: HttpRequest, host: str) -> HttpResponse:
        try:
            given = request.GET.get("order", "")
            order = read_order(request, host, given)
            nova = await asyncio.to_thread(Nova.connect, request)
            run, _reading = await read_run(nova, host, parse_since(request.GET), order)
            proof = given if proves(order, run) else ""
            if wants_page(request):
                return await self._page(nova, run, proof)
            return await run_json(request, self.scope, nova, run, order=proof)
        except MigrationPanelError as error:
            return await self._refusal(host, error)

    async def post(self, request: HttpRequest, host: str) -> HttpResponse:
        """Carry out ``action``, one of ACTIONS.  Without an action, start the next part of the remaining work."""
        action, page = request.POST.get("action", ""), wants_page(request)
        if action and action not in ACTIONS:
            return await sync_to_async(HttpResponse)(_("This action does not exist."), status=400)
        if page and action in QUESTIONS and not request.POST.get("sure"):
            return await sync_to_async(self._question)(host, action)
        try:
            given = request.POST.get("order", "")
            order = read_order(request, host, given)
            nova = await asyncio.to_thread(Nova.connect, request)
            run, reading = await read_run(nova, host, parse_since(request.GET), order)
            proof = given if proves(order, run) else ""
            if action:
                proof = proof_after(request, run, action, proof)
                run, result = await perform_action(nova, run, reading, action)
            elif proof or not (page or from_our_script(request)):
                run, result = await continue_run(nova, run)
            else:
                result = SubmitResult()
            if page:
                await sync_to_async(add_problems)(request, result, action)
                return HttpResponseRedirect(address(self.scope, run, proof))
            return await run_json(request, self.scope, nova, run, result=result, order=proof, action=action)
        except MigrationPanelError as error:
            return await self._refusal(host, error)

    async def _page(self, nova: Nova, run: DrainRun, proof: str) -> HttpResponse:
        title = _("Drain of %(host)s") if run.direction is Direction.DRAIN else _("Return to %(host)s")
        presented = await present(self.request, nova, run)
        context = await page_context(self.request, self.scope, nova, presented, proof)
        return await self._render(
            "migration_panel/hosts/run.html", context | {"page_title": title % {"host": run.host}}
        )

    async def _render(self, template: str, context: dict[str, Any]) -> HttpResponse:
        response = await sync_to_async(render)(self.request, template, context)
        add_never_cache_headers(response)
        return response

    def _question(self, host: str, action: str) -> HttpResponse:
        order = self.request.POST.get("order", "")
        context = {
            "page_title": ACTION_NAMES[action],
            "scope": self.scope,
            "action": action,
            "question": QUESTIONS[action],
            "name": ACTION_NAMES[action],
            "address": self.request.get_full_path(),
            "back": with_proof(self.request.get_full_path(), order),
            "order": order,
        }
        return render(self.request, "migration_panel/hosts/sure.html", context)

    async def _refusal(self, host: str, error: MigrationPanelError) -> HttpResponse:
        if not wants_page(self.request):
            return as_json(error)
        if isinstance(error, NoDrainFound):
            context = {"page_title": host, "scope": self.scope, "host": host, "error": error}
            return await self._render("migration_panel/hosts/no_drain.html", context)
        return await sync_to_async(as_page)(self.request, error)


def proves(order: SignedOrder | None, run: DrainRun) -> bool:
    """Return whether the order is for this run."""
    return order is not None and order.covers(run.direction.value, run.started_at)


def proof_after(request: HttpRequest, run: DrainRun, action: str, proof: str) -> str:
    """Return the proof that the page has after an action: a new proof if the action was an order to continue."""
    if action == "abort":
        return ""
    ordered = run.direction is Direction.DRAIN or run.resumable
    # A retry of some instances is not an order to return the other instances.
    return new_proof(request, run) if action == "resume" or (action == "retry" and ordered) else proof
