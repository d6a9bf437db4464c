# SPDX-License-Identifier: Apache-2.0
"""Finds the instance to migrate by what a caller says: name, ID or IP address."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from horizon import views

from migration_panel.api.neutron import Neutron
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, as_page
from migration_panel.migrate.cards import facts
from migration_panel.migrate.search import Found, project_names, search
from migration_panel.scope import Scope


class FindView(views.HorizonTemplateView):
    template_name = "migration_panel/find.html"
    page_title = _("Migrate an instance")
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.text = request.GET.get("q", "").strip()[:255]
        self.result = Found()
        if self.text:
            try:
                self.result = self._search(request)
            except MigrationPanelError as error:
                return as_page(request, error)
        if len(self.result.servers) == 1:
            return HttpResponseRedirect(self.scope.url("choose", self.result.servers[0].id))
        return super().get(request, *args, **kwargs)

    def _search(self, request: HttpRequest) -> Found:
        # Raises NoProjectSelected, before Nova is asked for anything.
        self.scope.project_of(request.user)
        network = partial(Neutron.of, request)
        return search(Nova.connect(request), self.text, all_projects=self.scope.all_projects, network=network)

    def _names(self) -> dict[str, str]:
        """Of the projects, for those who see more than their own."""
        if not self.scope.all_projects:
            return {}
        return project_names(self.request, [server.project_id for server in self.result.servers])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = self._names()
        return super().get_context_data(**kwargs) | {
            "scope": self.scope,
            "text": self.text,
            "found": [
                (server, facts(server), names.get(server.project_id or "", server.project_id))
                for server in self.result.servers
            ],
            "cut": self.result.cut,
            "looked_through": self.result.looked_through,
            "without_floating": self.result.without_floating,
        }
