# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from horizon import views

from migration_panel.api.hosts import Hosts
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, NotAllowed, as_page
from migration_panel.hosts.listing.offers import allowed_to, offers
from migration_panel.hosts.listing.order import STATES, Choice
from migration_panel.hosts.listing.reading import WINDOW, read_hosts
from migration_panel.hosts.listing.words import COLUMNS, shown_words
from migration_panel.hosts.listing.words import STATES as STATE_WORDS
from migration_panel.policy import may_list
from migration_panel.scope import ADMIN, Scope


def listing(request: HttpRequest, page: str, **fixed: str) -> dict[str, Any]:
    """Context of ``_hosts.html`` on the page at an address, whose parameters are ``fixed`` beside ours.

    Raises MigrationPanelError.
    """
    rows, missing, complete, evacuations_known = async_to_sync(read_hosts)(Nova.of(request), Hosts.of(request))
    choice = Choice.read(request.GET)
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
        "rows": [(row, offers(allowed, row)) for row in shown],
        "total": len(rows),
        "window": WINDOW,
        "count": shown_words(len(shown), len(rows)),
        "missing": missing,
        "evacuations_known": evacuations_known,
        "complete": complete,
    }


def _column(choice: Choice, column: str, page: str, fixed: dict[str, str]) -> dict[str, object]:
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
