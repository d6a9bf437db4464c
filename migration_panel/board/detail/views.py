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
from migration_panel.board.detail.chart_text import chart_context
from migration_panel.board.detail.query import Detail, instance_of, read_detail
from migration_panel.board.detail.summary import summary
from migration_panel.board.detail.text import (
    commands,
    error_text,
    hand_over_text,
    hidden_text,
    moment_text,
    outcome_text,
    properties,
    record_text,
    requester_text,
    step_text,
)
from migration_panel.board.detail.timeline import timeline
from migration_panel.board.presenter import RowPresenter, present
from migration_panel.board.status import age_key
from migration_panel.board.text import status_text
from migration_panel.board.views import listing_context, offered, query_of
from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError, as_json, as_page
from migration_panel.identifiers import normalize_uuid
from migration_panel.migrate.sent import sent_request
from migration_panel.migrate.text import KIND_TEXTS
from migration_panel.migration_types import KINDS
from migration_panel.policy import allowed
from migration_panel.scope import ADMIN, PROJECT, Scope
from migration_panel.times import readers_zone


class MigrationView(views.HorizonTemplateView):
    """The page of one migration; with ``?part=1``, only the part below its row, for the script."""

    template_name = "migration_panel/detail.html"
    scope: Scope = PROJECT

    def get(self, request: HttpRequest, migration_id: UUID, **kwargs: Any) -> HttpResponse:
        """Return the page, the part, or the error.  An address without the instance is redirected."""
        part, hint = bool(request.GET.get("part")), request.GET.get("instance", "")
        try:
            query = query_of(request, self.scope, normalize_uuid(hint))
            nova = Nova.connect(request)
            if query.instance_id is None:
                return self._with_hint(async_to_sync(instance_of)(nova, query, str(migration_id)))
            self.detail = async_to_sync(read_detail)(nova, query, str(migration_id))
        except MigrationPanelError as error:
            return as_json(error) if part else as_page(request, error)
        if part:
            return self._part()
        response: HttpResponse = super().get(request, **kwargs)
        return response

    def _with_hint(self, instance_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{self.request.path}?instance={instance_id}")

    def _part(self) -> HttpResponse:
        context = detail_context(self.request, self.scope, self.detail)
        response = render(self.request, "migration_panel/_detail.html", context)
        add_never_cache_headers(response)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of ``detail.html``: the listing with one row, and the part below the row."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        detail = detail_context(self.request, self.scope, self.detail)
        row: RowPresenter = detail["row"]
        return (
            context
            | detail
            | {
                # Set here: Horizon would use an attribute of this name as the source of a template.
                "page_title": _("Migration of %(instance)s") % {"instance": row.instance},
                "fixed": True,
                "any": True,
                "instance_id": row.migration.instance_id,
                "sections": [("results", "", [row])],
                "cursor": "",
            }
        )


def detail_context(request: HttpRequest, scope: Scope, detail: Detail) -> dict[str, Any]:
    """Return the context of ``_detail.html``."""
    [row] = offered(request, [detail.row])
    request_id = detail.request.request_id if detail.request else None
    sent = sent_request(request, row.migration.instance_id, request_id)
    return {
        "scope": scope,
        "row": present(row),
        "facts": properties(detail, request.user.pk, sent),
        "hand_over": hand_over_text(detail),
        "charts": [chart_context(line) for line in lines_of(detail.samples)],
        "width": WIDTH,
        "height": HEIGHT,
        "steps": _steps_context(detail, status_text(row), request.user.pk),
        "summary": summary(row, detail.request, sent),
        "error": None,
        "steps_error": detail.error,
        "untold": hidden_text(detail),
        "commands": commands(row, request_id),
        "hypervisors": hypervisors(request, scope),
    }


def _steps_context(detail: Detail, status: str, reader: str | None) -> list[dict[str, Any]]:
    row = detail.row
    entries = timeline(row.migration, detail.request, detail.actions, detail.samples, stale=row.stale is not None)
    return [
        {
            "entry": entry,
            "time": moment_text(entry.at),
            "text": step_text(entry, status),
            "record": record_text(entry),
            "outcome": outcome_text(entry),
            "error": error_text(entry, detail.row.reason),
            "requester": requester_text(entry.user_id, reader),
        }
        for entry in entries
    ]


def hypervisors(request: HttpRequest, scope: Scope) -> str | None:
    """Return the address of Horizon's own page of hypervisors; None if the user may not open it."""
    if not scope.all_projects or not allowed(request, "os_compute_api:os-hypervisors:list"):
        return None
    try:
        return reverse("horizon:admin:hypervisors:index")
    except NoReverseMatch:
        # The deployer may have removed the panel.
        return None


def dashboard_of(request: HttpRequest) -> str:
    """Return the slug of the dashboard, which Horizon's middleware stores in the request."""
    return str(vars(request)["horizon"]["dashboard"].slug)


class InstanceMigrationsTab(tabs.Tab):
    """The tab on Horizon's page of an instance: its migrations, and the page of the newest."""

    name = gettext_lazy("Migrations")
    slug = "migrations"
    template_name = "migration_panel/_instance_tab.html"
    # Read only when it is opened.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        """Return whether policy allows the user to list migrations."""
        return allowed(request, "os_compute_api:os-migrations:index")

    def render(self) -> str:
        """Set the reader's time zone: Horizon loads the tab with a script, for which it sets no time zone."""
        with readers_zone(self.request):
            return str(super().render())

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Return the context of ``_instance_tab.html``."""
        scope = ADMIN if dashboard_of(request) == ADMIN.dashboard else PROJECT
        instance_id = self.tab_group.kwargs["instance_id"]
        kinds = [(KIND_TEXTS[slug], scope.url("migrate", instance_id, slug)) for slug in KINDS]
        with limits(request):
            context: dict[str, Any] = super().get_context_data(request, **kwargs)
            context |= listing_context(request, scope, instance_id)
            return context | {"request": request, "kinds": kinds, "latest": latest(request, scope, context)}


def latest(request: HttpRequest, scope: Scope, context: dict[str, Any]) -> dict[str, Any] | None:
    """Return the context of ``_detail.html`` for the newest listed migration; None without a row or after an error."""
    sections = context["sections"]
    rows = [row for _slug, _title, rows in sections for row in rows if isinstance(row, RowPresenter)]
    if not rows:
        return None
    newest = max(rows, key=lambda row: age_key(row.migration))
    try:
        query = query_of(request, scope, newest.migration.instance_id)
        detail = async_to_sync(read_detail)(Nova.connect(request), query, newest.migration.uuid)
    except MigrationPanelError:
        return None
    return detail_context(request, scope, detail)
