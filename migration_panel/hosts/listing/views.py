# SPDX-License-Identifier: Apache-2.0
"""The page of all compute hosts, and the tab on the page of hypervisors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from horizon import tabs, views
from horizon.exceptions import NotAuthenticated

from migration_panel.api.nova import Nova
from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError, NotAllowed, SessionExpired, as_page
from migration_panel.hosts.listing.actions import allowed_to, host_actions
from migration_panel.hosts.listing.filters import STATES, HostFilter
from migration_panel.hosts.listing.presenter import HostRowPresenter
from migration_panel.hosts.listing.query import LIST_LIMIT, read_hosts
from migration_panel.hosts.listing.text import COLUMNS, shown_text
from migration_panel.hosts.listing.text import STATES as STATE_WORDS
from migration_panel.policy import may_list
from migration_panel.scope import ADMIN, Scope
from migration_panel.times import readers_zone


def listing(request: HttpRequest, page: str, **fixed: str) -> dict[str, Any]:
    """Context of ``_hosts.html`` on the page at an address, whose parameters are ``fixed`` beside ours.

    Raises MigrationPanelError.
    """
    rows, missing, complete, evacuations_known = async_to_sync(read_hosts)(Nova.connect(request))
    choice = HostFilter.read(request.GET)
    shown, allowed = choice.of(rows), allowed_to(request)
    return {
        "scope": ADMIN,
        "page": page,
        "fixed": fixed,
        "everything": f"{page}?{urlencode(fixed)}",
        "choice": choice,
        "columns": [_column(choice, one, page, fixed) for one in COLUMNS],
        "zones": sorted({row.zone for row in rows if row.zone}),
        "states": [(one, STATE_WORDS[one]) for one in STATES],
        "rows": [HostRowPresenter(row, host_actions(allowed, row)) for row in shown],
        "total": len(rows),
        "window": LIST_LIMIT,
        "count": shown_text(len(shown), len(rows)),
        "missing": missing,
        "evacuations_known": evacuations_known,
        "complete": complete,
    }


def _column(choice: HostFilter, column: str, page: str, fixed: dict[str, str]) -> dict[str, object]:
    return {
        "slug": column,
        "title": COLUMNS[column],
        "direction": choice.direction(column),
        "address": f"{page}?{urlencode(fixed | choice.address(column))}",
    }


class HostsView(views.HorizonTemplateView):
    template_name = "migration_panel/hosts.html"
    page_title = _("Compute hosts")
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not may_list(request):
                raise NotAllowed()
            self.listing = listing(request, self.scope.url("hosts"))
        except MigrationPanelError as error:
            return as_page(request, error)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.listing


class MaintenanceTab(tabs.Tab):
    name = _("Maintenance")
    slug = "maintenance"
    template_name = "migration_panel/_hosts_tab.html"
    # Read only when it is opened.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        return may_list(request)

    def render(self) -> str:
        """Set the reader's time zone: Horizon loads the tab with a script, for which it sets no time zone."""
        with readers_zone(self.request):
            return super().render()

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(request, **kwargs) | {"request": request}
        try:
            with limits(request):
                return context | listing(request, reverse("horizon:admin:hypervisors:index"), tab=self.get_id())
        except SessionExpired as error:
            raise NotAuthenticated() from error
        except MigrationPanelError as error:
            return context | {"error": error}
