# SPDX-License-Identifier: Apache-2.0
"""Finds the instance to migrate by what a caller says: name, ID or IP address."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from horizon import views

from migration_panel.conf import get_config
from migration_panel.errors import MigrationPanelError, NotFound, as_page
from migration_panel.launch.choice import facts
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once
from migration_panel.nova.records import Server
from migration_panel.scope import Scope
from migration_panel.uuids import as_uuid

# Two groups at least: "10" alone is likelier part of a name.
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{0,3}){1,3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){1,7}")


def find(nova: Nova, text: str, *, all_projects: bool) -> list[Server]:
    """Sorted by name.  A whole ID or address means the one that has it; else it may be part of any."""
    identity = as_uuid(text)
    if identity:
        try:
            return [nova.server(identity)]
        except NotFound:
            return []
    search = partial(nova.servers, all_projects=all_projects, limit=get_config().search_limit)
    calls = [partial(search, name=text)]
    if ADDRESS.fullmatch(text):
        calls.append(partial(search, address=text))
    named, *addressed = async_to_sync(at_once)(calls)
    having = [server for servers in addressed for server in servers if _has(server, text)]
    whole = [server for server in having if text in server.addresses]
    found = {server.id: server for server in (whole or [*named, *having])}
    return sorted(found.values(), key=lambda server: (server.name or "", server.id))


def _has(server: Server, text: str) -> bool:
    """Nova may have taken the dots for any character."""
    return any(text in address for address in server.addresses)


class FindView(views.HorizonTemplateView):
    template_name = "migration_panel/find.html"
    page_title = _("Migrate an instance")
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.text = request.GET.get("q", "").strip()[:255]
        self.found: list[Server] = []
        if self.text:
            try:
                self.found = find(Nova.of(request), self.text, all_projects=self.scope.all_projects)
            except MigrationPanelError as error:
                return as_page(request, error)
        if len(self.found) == 1:
            return HttpResponseRedirect(self.scope.url("choose", self.found[0].id))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "scope": self.scope,
            "text": self.text,
            "found": [(server, facts(server)) for server in self.found],
            "cut": len(self.found) >= get_config().search_limit,
        }
