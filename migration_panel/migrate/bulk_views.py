# SPDX-License-Identifier: Apache-2.0
"""The page that migrates several instances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from horizon import views

from migration_panel.api.nova import Nova
from migration_panel.api.session import token_expiry
from migration_panel.exceptions import MigrationPanelError, as_page
from migration_panel.migrate.bulk import Plan, read_plan
from migration_panel.migrate.bulk_selection import MAX_INSTANCES, parse_selection
from migration_panel.migrate.bulk_submit import SubmitResult, submit_all
from migration_panel.migrate.cards import server_facts
from migration_panel.migrate.search import SearchResult, search
from migration_panel.migrate.sent import MAX_REFERENCE, is_reference
from migration_panel.migrate.text import INVALID_REFERENCE, KIND_TEXTS, REFERENCE_HELP, reference_text
from migration_panel.migrate.widgets import options_for_any, select
from migration_panel.migration_types import KINDS, Kind
from migration_panel.preflight.estimate import outlasts
from migration_panel.preflight.fit_text import room_text, unchecked_text
from migration_panel.scope import PROJECT, Scope


class SeveralView(views.HorizonTemplateView):
    """GET shows the selected instances and what excludes some of them; POST starts the migrations."""

    template_name = "migration_panel/several.html"
    page_title = gettext_lazy("Migrate several instances")
    scope: Scope = PROJECT
    plan: Plan
    # Why nothing was sent, and the text of the search.
    refusal = ""
    text = ""
    # For example a ticket number.
    reference = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.nova = Nova.connect(request)
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except MigrationPanelError as error:
            return as_page(request, error)
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.plan = self._read_plan(request.GET, capacity=True)
        self.text = request.GET.get("q", "").strip()[:255]
        self.reference = request.GET.get("reference", "").strip()
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Start the migrations.  If the selection as a whole is invalid, show the page again and send nothing."""
        self.plan = self._read_plan(request.POST, capacity=False)
        self.reference = request.POST.get("reference", "").strip()
        kind = self.plan.selection.kind
        self.refusal = nothing_sent_text(self.plan, self.reference)
        if self.refusal or kind is None:
            response: HttpResponse = super().get(request, *args, **kwargs)
            return response
        results = async_to_sync(submit_all)(self.nova, kind, self.plan, self.reference)
        context = done_context(self.scope, kind, results, self.reference)
        return render(request, "migration_panel/several_done.html", context)

    def _read_plan(self, query: QueryDict, *, capacity: bool) -> Plan:
        selection = parse_selection(
            query.getlist("instance"), query.get("type", ""), query.get("destination", ""), query.getlist("seen")
        )
        return async_to_sync(read_plan)(self.request, self.nova, selection, capacity=capacity)

    def _search(self) -> SearchResult:
        """Return further instances to select: the hits of a search, or any instances if nothing is selected yet."""
        if not self.text and self.plan.lines:
            return SearchResult()
        return search(self.nova, self.text, all_projects=self.scope.all_projects)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan, result = self.plan, self._search()
        kind = plan.selection.kind
        hits = [server for server in result.servers if server.id not in plan.selection.instances]
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "scope": self.scope,
            "plan": plan,
            "chosen": plan.selection,
            "kinds": [(each, KIND_TEXTS[slug], plan.numbers[slug]) for slug, each in KINDS.items()],
            "texts": KIND_TEXTS[kind.slug] if kind else None,
            "commands": commands(plan, kind) if kind else [],
            "hosts": host_select(plan) if plan.hosts else "",
            "text": self.text,
            "hits": [(server, server_facts(server)) for server in hits],
            "cut": result.cut,
            "looked_through": result.ids_searched,
            "most": MAX_INSTANCES,
            "refusal": self.refusal,
            "reference": self.reference,
            "reference_help": REFERENCE_HELP,
            "reference_length": MAX_REFERENCE,
            "room": room_text(plan.fit, len(plan.fit.lacks)) if plan.fit else "",
            "unchecked": [unchecked_text(item) for item in plan.unchecked],
            "token_expires": self._token_expires(),
        }

    def _token_expires(self) -> datetime | None:
        """Return when the user's token expires; None if all instances will probably have migrated before."""
        expires = token_expiry(self.request)
        return expires if outlasts(self.plan.longest, datetime.now(timezone.utc), expires) else None


def nothing_sent_text(plan: Plan, reference: str = "") -> str:
    """Return why nothing is sent; empty if the plan is valid."""
    if plan.selection.surplus:
        return ngettext(
            "Nothing was changed: at most %(most)d instance can be migrated at once.",
            "Nothing was changed: at most %(most)d instances can be migrated at once.",
            MAX_INSTANCES,
        ) % {"most": MAX_INSTANCES}
    if plan.selection.kind is None:
        return _("Nothing was changed: select a type.")
    if plan.destination_error:
        return _("Nothing was changed. %(reason)s") % {"reason": plan.destination_error}
    if not is_reference(reference):
        return _("Nothing was changed. %(reason)s") % {"reason": INVALID_REFERENCE}
    return "" if plan.migratable else _("Nothing was changed: no selected instance can be migrated.")


def host_select(plan: Plan) -> SafeString:
    attrs = {
        "id": "migration-several-destination",
        "name": "destination",
        "class": "form-control",
        "aria-describedby": "migration-several-note",
    }
    return select(options_for_any(plan.hosts or (), plan.evacuated or ()), plan.selection.destination, attrs)


def commands(plan: Plan, kind: Kind) -> list[str]:
    return [kind.command(line.instance_id, plan.selection.destination) for line in plan.migratable]


def done_context(scope: Scope, kind: Kind, results: Sequence[SubmitResult], reference: str) -> dict[str, Any]:
    return {
        "scope": scope,
        "page_title": SeveralView.page_title,
        "title": KIND_TEXTS[kind.slug].title,
        "results": results,
        "number": sum(result.accepted for result in results),
        "reference": reference_text(reference) if reference else "",
    }
