# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from horizon import views
from horizon.utils.functions import get_page_size

from migration_panel import messages
from migration_panel.api.nova import Nova
from migration_panel.board.history.forms import HistoryForm
from migration_panel.board.history.query import Filters, Page, read_page
from migration_panel.board.presenter import BULK_BUTTONS, present
from migration_panel.board.views import cursor_text, offered
from migration_panel.exceptions import MigrationPanelError, RequestRejected, as_page, user_message
from migration_panel.identifiers import normalize_uuid
from migration_panel.scope import Scope

# Where one came from, page by page, so that newer pages can be had: Nova only goes to older ones.
TRAIL = 50

# Nova lists a thousand at most, and one more than is shown is needed.
MAX_MIGRATIONS = 999


class HistoryView(views.HorizonTemplateView):
    """The past, filtered and page by page; all of it stands in the address."""

    template_name = "migration_panel/history.html"
    page_title = _("Past migrations")
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            nova = Nova.connect(request)
            self.own_project = self.scope.project_of(request.user)
            self.form = HistoryForm(request.GET, nova=nova, own_project=self.own_project)
            self.page = self._read(nova)
        except MigrationPanelError as error:
            return as_page(request, error)
        return super().get(request, *args, **kwargs)

    def _read(self, nova: Nova) -> Page:
        """What cannot be searched for is said, and the first page shown."""
        size = min(max(get_page_size(self.request), 1), MAX_MIGRATIONS)
        self.trail = [one for one in map(normalize_uuid, self.request.GET.get("trail", "").split(",")) if one]
        self.marker = self.request.GET.get("marker", "")
        self.chosen = {name: value for name, value in self.request.GET.items() if name in self.form.fields}
        try:
            if self.form.is_valid():
                return self._read_chosen(nova, self.form.filters(), size)
        except RequestRejected as error:
            messages.warning(self.request, user_message(error))
        self.marker, self.trail, self.chosen = "", [], {}
        return async_to_sync(read_page)(nova, Filters(project_id=self.own_project), None, size)

    def _read_chosen(self, nova: Nova, filters: Filters, size: int) -> Page:
        """Of a marker that leads nowhere, the filters are kept."""
        try:
            if normalize_uuid(self.marker):
                return async_to_sync(read_page)(nova, filters, self.marker, size)
            if self.marker:
                messages.warning(self.request, _("There is no such page: this is the first one."))
        except RequestRejected as error:
            messages.warning(self.request, user_message(error))
        self.marker, self.trail = "", []
        return async_to_sync(read_page)(nova, filters, None, size)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "scope": self.scope,
            "form": self.form,
            "fixed": True,
            "bulk": BULK_BUTTONS,
            "any": bool(self.page.rows),
            "sections": [("results", "", list(map(present, offered(self.request, self.page.rows))))],
            "cursor": cursor_text(self.request, self.page.cursor),
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
        return "?" + urlencode({name: value for name, value in (self.chosen | paging).items() if value})
