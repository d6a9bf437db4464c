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

from migration_panel import clock
from migration_panel.api.nova import Nova
from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError, NotAllowed, SessionExpired, as_page
from migration_panel.hosts.listing.actions import allowed_actions, host_actions
from migration_panel.hosts.listing.filters import HostFilter
from migration_panel.hosts.listing.forms import HostFilterForm
from migration_panel.hosts.listing.presenter import HostRowPresenter
from migration_panel.hosts.listing.query import LIST_LIMIT, HostList, read_hosts
from migration_panel.hosts.listing.text import COLUMN_LABELS, limits_text, shown_text
from migration_panel.policy import may_list
from migration_panel.scope import ADMIN, Scope
from migration_panel.times import readers_zone


def listing(request: HttpRequest, address: str, **page_parameters: str) -> dict[str, Any]:
    """Return the context of ``_hosts.html``.  Raise MigrationPanelError.

    ``address`` is the page that contains the list; ``page_parameters`` are its own parameters beside the filters.
    """
    hosts: HostList = async_to_sync(read_hosts)(request, Nova.connect(request))
    form = HostFilterForm(request.GET, zones={row.zone for row in hosts.rows if row.zone})
    host_filter = form.host_filter()
    shown, allowed = host_filter.apply(hosts.rows), allowed_actions(request)
    return {
        "scope": ADMIN,
        "address": address,
        "page_parameters": page_parameters,
        "clear_address": f"{address}?{urlencode(page_parameters)}",
        "refresh_address": f"{address}?{urlencode(page_parameters | host_filter.parameters)}",
        "now": clock.now(),
        "filters": form,
        "order": host_filter.order,
        "columns": [_column(host_filter, slug, address, page_parameters) for slug in COLUMN_LABELS],
        "rows": [HostRowPresenter(row, host_actions(allowed, row)) for row in shown],
        "total": len(hosts.rows),
        "list_limit": LIST_LIMIT,
        "count": shown_text(len(shown), len(hosts.rows)),
        "hypervisor_error": hosts.hypervisor_error,
        "evacuations_known": hosts.evacuations_known,
        "complete": hosts.complete,
        "limits": limits_text(
            known=hosts.limits_known, cut=hosts.limits_cut, missing=any(row.limits_missing for row in shown)
        ),
    }


def _column(host_filter: HostFilter, slug: str, address: str, page_parameters: dict[str, str]) -> dict[str, object]:
    """Return the heading of a column: its link sorts by the column."""
    return {
        "slug": slug,
        "title": COLUMN_LABELS[slug],
        "aria_sort": host_filter.aria_sort(slug),
        "address": f"{address}?{urlencode(page_parameters | host_filter.query(slug))}",
    }


class HostsView(views.HorizonTemplateView):
    """The page of all compute hosts."""

    template_name = "migration_panel/hosts.html"
    page_title = _("Compute hosts")
    scope: Scope = ADMIN

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not may_list(request):
                raise NotAllowed()
            self.listing = listing(request, self.scope.url("hosts"))
        except MigrationPanelError as error:
            return as_page(request, error)
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | self.listing


class MaintenanceTab(tabs.Tab):
    """The list of compute hosts, as a tab of Horizon's page of hypervisors."""

    name = _("Maintenance")
    slug = "maintenance"
    template_name = "migration_panel/_hosts_tab.html"
    # Load the list only when the user opens the tab.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        return may_list(request)

    def render(self) -> str:
        """Set the reader's time zone: Horizon loads the tab with a script, for which it sets no time zone."""
        with readers_zone(self.request):
            html: str = super().render()
            return html

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(request, **kwargs) | {"request": request}
        try:
            with limits(request):
                return context | listing(request, reverse("horizon:admin:hypervisors:index"), tab=self.get_id())
        except SessionExpired as error:
            raise NotAuthenticated() from error
        except MigrationPanelError as error:
            return context | {"error": error}
