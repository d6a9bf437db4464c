# SPDX-License-Identifier: Apache-2.0
"""The board's words and addresses, for templates."""

from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from migration_panel.board import action_text as action_words
from migration_panel.board import failure_text, text
from migration_panel.hosts.listing import text as listing_words
from migration_panel.proof import page_binding as binding_of
from migration_panel.scope import Scope
from migration_panel.times import time_element, time_words

register = template.Library()

for word in (
    text.type_words,
    text.status_words,
    text.progress_words,
    text.announcement,
    text.stall_words,
    text.unlisted_words,
    text.unlisted_announcement,
    text.unlisted_consequence,
    action_words.action_name,
    action_words.asked_words,
    action_words.consequence,
    failure_text.reason_words,
    listing_words.host_state_words,
    listing_words.host_reason_words,
    listing_words.host_notes,
    listing_words.moving_words,
    listing_words.usages,
    time_element,
    time_words,
):
    register.filter(word.__name__, word)


@register.simple_tag
def panel_url(scope: Scope, name: str, *args: object) -> str:
    return scope.url(name, *args)


@register.simple_tag(takes_context=True)
def page_binding(context: Context) -> SafeString:
    """Return the hidden field that every form with ``method="post"`` needs (routing.py)."""
    return format_html('<input type="hidden" name="binding" value="{}">', binding_of(context["request"]))


@register.simple_tag
def instance_url(scope: Scope, instance_id: str) -> str:
    return scope.instance_url(instance_id)


@register.simple_tag
def detail_of(latest: dict[str, Any]) -> str:
    """The part of a migration's page below its row, from a context of its own."""
    return render_to_string("migration_panel/_detail.html", latest)
