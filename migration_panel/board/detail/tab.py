# SPDX-License-Identifier: Apache-2.0
"""The tab that Horizon's own pages of an instance get by EXTRA_TABS."""

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from horizon import tabs

from migration_panel.api.nova import Nova
from migration_panel.board.detail.reading import read_detail
from migration_panel.board.detail.views import about
from migration_panel.board.feed.row import Row
from migration_panel.board.rules.ordering import age_key
from migration_panel.board.views import listing, query_of
from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError
from migration_panel.migrate.text import KINDS as WORDS
from migration_panel.migration_types import KINDS
from migration_panel.policy import allowed
from migration_panel.scope import ADMIN, PROJECT, Scope
from migration_panel.times import readers_zone


class InstanceMigrationsTab(tabs.Tab):
    name = _("Migrations")
    slug = "migrations"
    template_name = "migration_panel/_instance_tab.html"
    # Read only when it is opened.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        return allowed(request, "os_compute_api:os-migrations:index")

    def render(self) -> str:
        """Set the reader's time zone: Horizon loads the tab with a script, for which it sets no time zone."""
        with readers_zone(self.request):
            return super().render()

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        scope = ADMIN if request.horizon["dashboard"].slug == ADMIN.dashboard else PROJECT
        instance_id = self.tab_group.kwargs["instance_id"]
        kinds = [(WORDS[slug], scope.url("migrate", instance_id, slug)) for slug in KINDS]
        with limits(request):
            context = super().get_context_data(request, **kwargs) | listing(request, scope, instance_id)
            return context | {"request": request, "kinds": kinds, "latest": latest(request, scope, context)}


def latest(request: HttpRequest, scope: Scope, context: dict[str, Any]) -> dict[str, Any] | None:
    """Context of ``_detail.html`` for the newest of those listed; None without any, or if it cannot be had."""
    rows = [row for _slug, _title, rows in context["sections"] for row in rows if isinstance(row, Row)]
    if not rows:
        return None
    newest = max(rows, key=lambda row: age_key(row.migration))
    try:
        query = query_of(request, scope, newest.migration.instance_id)
        detail = async_to_sync(read_detail)(Nova.of(request), query, newest.migration.uuid)
    except MigrationPanelError:
        return None
    return about(request, scope, detail)
