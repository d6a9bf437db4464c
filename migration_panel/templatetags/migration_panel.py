# SPDX-License-Identifier: Apache-2.0
"""The board's words and addresses, for templates."""

from django import template

from migration_panel.board import action_words, why_words, words
from migration_panel.scope import Scope

register = template.Library()

for word in (
    words.type_words,
    words.status_words,
    words.progress_words,
    words.announcement,
    words.stall_words,
    action_words.action_name,
    action_words.asked_words,
    action_words.consequence,
    why_words.reason_words,
):
    register.filter(word.__name__, word)


@register.simple_tag
def panel_url(scope: Scope, name: str, *args: object) -> str:
    return scope.url(name, *args)


@register.simple_tag
def instance_url(scope: Scope, instance_id: str) -> str:
    return scope.instance_url(instance_id)
