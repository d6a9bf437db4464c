# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from horizon import views
from horizon.utils.functions import get_page_size

from migration_panel.board.history import Filters, Page, read_page
from migration_panel.board.history_form import HistoryForm
from migration_panel.board.views import offered
from migration_panel.errors import MigrationPanelError, Refused, as_page, told
from migration_panel.nova.client import Nova
from migration_panel.scope import Scope
from migration_panel.uuids import is_uuid

# Where one came from, page by page, so that newer pages can be had: Nova only goes to older ones.
TRAIL = 50


class HistoryView(views.HorizonTemplateView):
    """The past, filtered and page by page; all of it stands in the address."""

    template_name = "migration_panel/history.html"
    page_title = _("Past migrations")
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            nova = Nova.of(request)
            self.own_project = None if self.scope.all_projects else request.user.tenant_id
            self.form = HistoryForm(request.GET, nova=nova, own_project=self.own_project)
            self.page = self._read(nova)
        except MigrationPanelError as error:
            return as_page(request, error)
        return super().get(request, *args, **kwargs)

    def _read(self, nova: Nova) -> Page:
        """What cannot be searched for is said, and the first page shown."""
        size = get_page_size(self.request)
        self.trail = [one for one in self.request.GET.get("trail", "").split(",") if is_uuid(one)]
        self.marker = marker = self.request.GET.get("marker", "")
        try:
            if self.form.is_valid() and (not marker or is_uuid(marker)):
                return async_to_sync(read_page)(nova, self.form.filters(), marker or None, size)
            if marker and self.form.is_valid():
                messages.warning(self.request, _("There is no such page: this is the first one."))
        except Refused as error:
            messages.warning(self.request, told(error))
        self.marker, self.trail = "", []
        return async_to_sync(read_page)(nova, Filters(project_id=self.own_project), None, size)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "scope": self.scope,
            "form": self.form,
            "fixed": True,
            "any": bool(self.page.rows),
            "sections": [("results", "", offered(self.request, self.page))],
            "cursor": str(self.page.cursor or ""),
            "older": self._older(),
            "newer": self._newer(),
        }

    def _older(self) -> str | None:
        if self.page.older is None:
            return None
        trail = [*self.trail, self.marker] if self.marker else []
        return self._address(marker=self.page.older, trail=",".join(trail[-TRAIL:]))

    def _newer(self) -> str | None:
        """The page before, or the first one where the way back is not known."""
        if not self.marker:
            return None
        *before, last = self.trail or [""]
        return self._address(marker=last, trail=",".join(before))

    def _address(self, **paging: str) -> str:
        chosen = {name: value for name, value in self.request.GET.items() if name in self.form.fields}
        return "?" + urlencode({name: value for name, value in (chosen | paging).items() if value})
