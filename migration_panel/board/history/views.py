# SPDX-License-Identifier: Apache-2.0
"""The page of past migrations."""

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
from migration_panel.scope import PROJECT, Scope

# Maximum number of markers of newer pages in the address: Nova's own markers only lead to older pages.
TRAIL = 50

# Nova lists at most a thousand, and the page needs one record more than it shows.
MAX_MIGRATIONS = 999


class HistoryView(views.HorizonTemplateView):
    """Past migrations, filtered and page by page.  The address contains filters and page."""

    template_name = "migration_panel/history.html"
    page_title = _("Migration history")
    scope: Scope = PROJECT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or the error."""
        try:
            nova = Nova.connect(request)
            self.own_project = self.scope.project_of(request.user)
            self.form = HistoryForm(request.GET, nova=nova, own_project=self.own_project)
            self.page = self._read(nova)
        except MigrationPanelError as error:
            return as_page(request, error)
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def _read(self, nova: Nova) -> Page:
        """Read the page; after an error in the filters, show a message and the first page."""
        size = min(max(get_page_size(self.request), 1), MAX_MIGRATIONS)
        markers = map(normalize_uuid, self.request.GET.get("trail", "").split(","))
        self.trail = [marker for marker in markers if marker]
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
        """Read the page with these filters; after an error in the marker, show a message and the first page."""
        try:
            if normalize_uuid(self.marker):
                return async_to_sync(read_page)(nova, filters, self.marker, size)
            if self.marker:
                messages.warning(
                    self.request, _("The page does not exist. The list starts with the newest migrations.")
                )
        except RequestRejected as error:
            messages.warning(self.request, user_message(error))
        self.marker, self.trail = "", []
        return async_to_sync(read_page)(nova, filters, None, size)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of ``history.html``."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
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
        """Return the address of the next, older page; None on the last page."""
        if self.page.older is None:
            return None
        trail = [*self.trail, self.marker] if self.marker else []
        return self._address(marker=self.page.older, trail=",".join(trail[-TRAIL:]))

    def _newer(self) -> str | None:
        """Return the address of the newer page, or of the first page if the newer page is unknown."""
        if not self.marker:
            return None
        *before, last = self.trail or [""]
        return self._address(marker=last, trail=",".join(before))

    def _address(self, **paging: str) -> str:
        return "?" + urlencode({name: value for name, value in (self.chosen | paging).items() if value})
