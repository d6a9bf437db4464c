# SPDX-License-Identifier: Apache-2.0
"""The page of one migration, and the tab on the page of an instance."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from horizon import tabs, views

from migration_panel.api.nova import Nova
from migration_panel.board.detail.chart import HEIGHT, WIDTH, lines_of
from migration_panel.board.detail.query import Detail, instance_of, read_detail
from migration_panel.board.detail.summary import summary
from migration_panel.board.detail.text import (
    commands,
    facts,
    line_text,
    moment_text,
    outcome_text,
    step_text,
    untold,
    user_text,
)
from migration_panel.board.detail.timeline import timeline
from migration_panel.board.presenter import RowPresenter, present
from migration_panel.board.query import query_of
from migration_panel.board.status import age_key
from migration_panel.board.text import status_text
from migration_panel.board.views import listing, offered
from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError, as_json, as_page
from migration_panel.identifiers import normalize_uuid
from migration_panel.migrate.text import KIND_TEXTS
from migration_panel.migration_types import KINDS
from migration_panel.policy import allowed
from migration_panel.scope import ADMIN, PROJECT, Scope
from migration_panel.times import readers_zone


class MigrationView(views.HorizonTemplateView):
    """All about one migration; ``?part=1`` brings only what stands below its row, for the script."""

    template_name = "migration_panel/detail.html"
    scope: Scope = None

    def get(self, request: HttpRequest, migration_id: UUID, **kwargs: Any) -> HttpResponse:
        part, hint = bool(request.GET.get("part")), request.GET.get("instance", "")
        try:
            query = query_of(request, self.scope, normalize_uuid(hint))
            nova = Nova.of(request)
            if query.instance_id is None:
                return self._with_hint(async_to_sync(instance_of)(nova, query, str(migration_id)))
            self.detail = async_to_sync(read_detail)(nova, query, str(migration_id))
        except MigrationPanelError as error:
            return as_json(error) if part else as_page(request, error)
        return self._part() if part else super().get(request, **kwargs)

    def _with_hint(self, instance_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{self.request.path}?instance={instance_id}")

    def _part(self) -> HttpResponse:
        context = detail_context(self.request, self.scope, self.detail)
        response = render(self.request, "migration_panel/_detail.html", context)
        add_never_cache_headers(response)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = detail_context(self.request, self.scope, self.detail)
        row = context["row"]
        return (
            super().get_context_data(**kwargs)
            | context
            | {
                # Given outright: Horizon would take an attribute of this name for the source of a template.
                "page_title": _("Migration of %(instance)s") % {"instance": row.instance},
                # The listing, with this one only.
                "fixed": True,
                "any": True,
                "instance_id": row.migration.instance_id,
                "sections": [("results", "", [row])],
                "cursor": "",
            }
        )


def detail_context(request: HttpRequest, scope: Scope, detail: Detail) -> dict[str, Any]:
    """Context of ``_detail.html``."""
    [row] = offered(request, [detail.row])
    begun, end = detail.begun, status_text(row)
    entries = timeline(row.migration, begun, detail.actions)
    return {
        "scope": scope,
        "row": present(row),
        "facts": facts(detail, request.user.id),
        "lines": [line_text(line) for line in lines_of(detail.samples)],
        "width": WIDTH,
        "height": HEIGHT,
        "steps": [
            {
                "entry": one,
                "time": moment_text(one.at),
                "words": step_text(one, end),
                "outcome": outcome_text(one),
                "user": user_text(one.user_id, request.user.id) if one.user_id else "",
            }
            for one in entries
        ],
        "summary": summary(row, begun),
        "error": None,
        "steps_error": detail.error,
        "untold": untold(detail),
        "commands": commands(row, begun.request_id if begun else None),
        "hypervisors": hypervisors(request, scope),
    }


def hypervisors(request: HttpRequest, scope: Scope) -> str | None:
    """Address of Horizon's own page of the hosts, for those who may open it."""
    if not scope.all_projects or not allowed(request, "os_compute_api:os-hypervisors:list"):
        return None
    try:
        return reverse("horizon:admin:hypervisors:index")
    except NoReverseMatch:
        # A deployer may have taken the panel away.
        return None


class InstanceMigrationsTab(tabs.Tab):
    name = gettext_lazy("Migrations")
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
        kinds = [(KIND_TEXTS[slug], scope.url("migrate", instance_id, slug)) for slug in KINDS]
        with limits(request):
            context = super().get_context_data(request, **kwargs) | listing(request, scope, instance_id)
            return context | {"request": request, "kinds": kinds, "latest": latest(request, scope, context)}


def latest(request: HttpRequest, scope: Scope, context: dict[str, Any]) -> dict[str, Any] | None:
    """Context of ``_detail.html`` for the newest of those listed; None without any, or if it cannot be had."""
    rows = [row for _slug, _title, rows in context["sections"] for row in rows if isinstance(row, RowPresenter)]
    if not rows:
        return None
    newest = max(rows, key=lambda row: age_key(row.migration))
    try:
        query = query_of(request, scope, newest.migration.instance_id)
        detail = async_to_sync(read_detail)(Nova.of(request), query, newest.migration.uuid)
    except MigrationPanelError:
        return None
    return detail_context(request, scope, detail)
