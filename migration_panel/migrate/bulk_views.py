# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from horizon import views

from migration_panel.api.nova import Nova
from migration_panel.api.session import token_expiry
from migration_panel.exceptions import MigrationPanelError, as_page
from migration_panel.migrate.bulk import Plan, read_plan
from migration_panel.migrate.bulk_selection import MAX_INSTANCES, Selection, selection_of
from migration_panel.migrate.bulk_submit import submit_all
from migration_panel.migrate.cards import facts
from migration_panel.migrate.search import Found, search
from migration_panel.migrate.text import KINDS as WORDS
from migration_panel.migrate.widgets import options_for_any, select
from migration_panel.migration_types import KINDS
from migration_panel.preflight.estimate import outlasts
from migration_panel.preflight.fit_text import room_text, unchecked_text
from migration_panel.scope import Scope


class SeveralView(views.HorizonTemplateView):
    """GET gathers instances and tells what keeps which; POST moves those that can go."""

    template_name = "migration_panel/several.html"
    page_title = gettext_lazy("Migrate several instances")
    scope: Scope = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.nova = Nova.connect(request)
            return super().dispatch(request, *args, **kwargs)
        except MigrationPanelError as error:
            return as_page(request, error)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._look(request.GET, room=True)
        self.text = request.GET.get("q", "").strip()[:255]
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What cannot be sent as a whole comes back as the page, with nothing sent."""
        self._look(request.POST, room=False)
        self.text = ""
        self.refusal = refusal_of(self.plan)
        if self.refusal:
            return super().get(request, *args, **kwargs)
        results = async_to_sync(submit_all)(self.nova, self.plan)
        return render(request, "migration_panel/several_done.html", done_context(self.scope, self.plan, results))

    def _look(self, given: QueryDict, *, room: bool) -> None:
        chosen = selection_of(
            given.getlist("instance"), given.get("type", ""), given.get("destination", ""), given.getlist("seen")
        )
        self.refusal = ""
        self.plan = async_to_sync(read_plan)(self.request, self.nova, chosen, room=room)

    def _found(self) -> Found:
        """What else may be chosen: of a search, or at the very beginning the first there are."""
        if not self.text and self.plan.lines:
            return Found()
        return search(self.nova, self.text, all_projects=self.scope.all_projects)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan, found = self.plan, self._found()
        hits = [server for server in found.servers if server.id not in plan.selection.instances]
        return super().get_context_data(**kwargs) | {
            "scope": self.scope,
            "plan": plan,
            "chosen": plan.selection,
            "kinds": [(kind, WORDS[slug], plan.numbers[slug]) for slug, kind in KINDS.items()],
            "words": WORDS[plan.selection.kind.slug] if plan.selection.kind else None,
            "commands": commands(plan) if plan.selection.kind else [],
            "hosts": host_select(plan) if plan.hosts else "",
            "text": self.text,
            "hits": [(server, facts(server)) for server in hits],
            "cut": found.cut,
            "looked_through": found.looked_through,
            "most": MAX_INSTANCES,
            "refusal": self.refusal,
            "room": room_text(plan.fit, len(plan.fit.lacks)) if plan.fit else "",
            "unchecked": [unchecked_text(one) for one in plan.unchecked],
            "token_expires": self._token_expires(),
        }

    def _token_expires(self) -> datetime | None:
        """Return when the user's token expires; None if all instances are likely to have moved before."""
        expires = token_expiry(self.request)
        return expires if outlasts(self.plan.most, datetime.now(timezone.utc), expires) else None


def refusal_of(plan: Plan) -> str:
    """Why nothing of it is sent."""
    chosen: Selection = plan.selection
    if chosen.surplus:
        return _("Nothing was sent: these are more than %(most)d instances.") % {"most": MAX_INSTANCES}
    if chosen.kind is None:
        return _("Nothing was sent: choose a type.")
    if plan.destination_error:
        return _("Nothing was sent: %(reason)s") % {"reason": plan.destination_error}
    return "" if plan.going else _("Nothing was sent: none of these instances can go.")


def host_select(plan: Plan) -> SafeString:
    attrs = {
        "id": "migration-several-destination",
        "name": "destination",
        "class": "form-control",
        "aria-describedby": "migration-several-note",
    }
    return select(options_for_any(plan.hosts or (), plan.evacuated or ()), plan.selection.destination, attrs)


def commands(plan: Plan) -> list[str]:
    kind, destination = plan.selection.kind, plan.selection.destination
    return [kind.command(line.instance_id, destination) for line in plan.going]


def done_context(scope: Scope, plan: Plan, results: list[Any]) -> dict[str, Any]:
    return {
        "scope": scope,
        "page_title": SeveralView.page_title,
        "title": WORDS[plan.selection.kind.slug].title,
        "results": results,
        "number": sum(result.asked for result in results),
    }
