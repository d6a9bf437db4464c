# SPDX-License-Identifier: Apache-2.0
"""The page that finds the instance to migrate by name, ID or IP address."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from horizon import views

from migration_panel.api.neutron import Neutron
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, as_page
from migration_panel.migrate.cards import server_facts
from migration_panel.migrate.search import SearchResult, project_names, search
from migration_panel.scope import PROJECT, Scope


class FindView(views.HorizonTemplateView):
    """The search.  A single hit leads to the choice of its migration type."""

    template_name = "migration_panel/find.html"
    page_title = _("Migrate an instance")
    scope: Scope = PROJECT
    result = SearchResult()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.text = request.GET.get("q", "").strip()[:255]
        if self.text:
            try:
                self.result = self._search(request)
            except MigrationPanelError as error:
                return as_page(request, error)
        if len(self.result.servers) == 1:
            return HttpResponseRedirect(self.scope.url("choose", self.result.servers[0].id))
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def _search(self, request: HttpRequest) -> SearchResult:
        # Raise NoProjectSelected before any call to Nova.
        self.scope.project_of(request.user)
        network = partial(Neutron.of, request)
        return search(Nova.connect(request), self.text, all_projects=self.scope.all_projects, network=network)

    def _project_names(self) -> dict[str, str]:
        """Return the names of the projects, for users who see more than their own project."""
        if not self.scope.all_projects:
            return {}
        return project_names(self.request, [server.project_id for server in self.result.servers])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = self._project_names()
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "scope": self.scope,
            "text": self.text,
            "found": [
                (server, server_facts(server), names.get(server.project_id or "", server.project_id))
                for server in self.result.servers
            ],
            "cut": self.result.cut,
            "looked_through": self.result.ids_searched,
            "without_floating": self.result.without_floating,
        }
