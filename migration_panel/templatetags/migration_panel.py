# SPDX-License-Identifier: Apache-2.0
"""Tags and filters of the panel's templates.  The texts of rows come from presenters."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from migration_panel import navigation, times
from migration_panel.board.columns import Columns
from migration_panel.deadline import script_limit_ms
from migration_panel.proof import page_binding as binding_of
from migration_panel.scope import Scope

register = template.Library()


@register.filter
def time_element(moment: datetime) -> SafeString:
    """Return a ``<time>`` element: the text in the reader's time zone, the attribute in UTC."""
    return times.time_element(moment)


@register.simple_tag
def panel_url(scope: Scope, name: str, *args: object) -> str:
    """Return the address of a page of the panel, in the dashboard of ``scope``."""
    return scope.url(name, *args)


@register.simple_tag(takes_context=True)
def page_binding(context: Context) -> SafeString:
    """Return the hidden field that every form with ``method="post"`` needs (routing.py)."""
    return format_html('<input type="hidden" name="binding" value="{}">', binding_of(context["request"]))


@register.inclusion_tag("migration_panel/_tabs.html", takes_context=True)
def panel_tabs(context: Context) -> dict[str, Any]:
    """Render the navigation of the panel."""
    return {"tabs": navigation.tabs(context["request"])}


@register.simple_tag(takes_context=True)
def panel_breadcrumb(context: Context) -> list[tuple[str, str]]:
    """Return the pages above the current page, for Horizon's breadcrumb."""
    return navigation.breadcrumb(context["request"])


@register.simple_tag(takes_context=True)
def list_columns(context: Context) -> Columns:
    """Return the columns of a list of migrations.  A list to which no rows are added may do without a checkbox."""
    columns = Columns.of(context["request"])
    if not context.get("fixed"):
        return columns
    rows = [row for _slug, _title, rows in context["sections"] for row in rows]
    return replace(columns, select=columns.select and len(rows) > 1 and any(row.selectable for row in rows))


@register.simple_tag
def script_limit() -> int:
    """Return how long the panel's scripts wait for an answer, ms."""
    return script_limit_ms()


@register.simple_tag
def instance_url(scope: Scope, instance_id: str) -> str:
    """Return the address of Horizon's own page of an instance."""
    return scope.instance_url(instance_id)


@register.simple_tag
def detail_of(latest: dict[str, Any]) -> str:
    """Render the part of a migration's page below its row, with a separate context."""
    return render_to_string("migration_panel/_detail.html", latest)
