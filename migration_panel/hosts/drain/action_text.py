# SPDX-License-Identifier: Apache-2.0
"""The names of the actions on a run, and the messages about what an action did not do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.hosts.drain.submit_result import NO_REASON, REFUSED, Refusal, SubmitResult
from migration_panel.hosts.drain.text import refusal_text

# Labels of the bulk actions that only a click repeats.  “resume” is not included: the page continues a run by itself.
ACTION_NAMES: dict[str, Promise] = {
    "abort": gettext_lazy("Abort all"),
    "confirm": gettext_lazy("Confirm all"),
    "retry": gettext_lazy("Retry"),
    "reset-retry": gettext_lazy("Reset state and retry"),
}


def unprocessed_texts(action: str, result: SubmitResult) -> list[str]:
    """Return the messages about instances that were not processed; empty if the run continues by itself."""
    if action not in ACTION_NAMES:
        return []
    name = {"action": ACTION_NAMES[action]}
    texts = []
    if untried := len(result.untried):
        text = ngettext(
            "%(number)d instance was not processed in time. Click “%(action)s” again.",
            "%(number)d instances were not processed in time. Click “%(action)s” again.",
            untried,
        )
        texts.append(text % ({"number": untried} | name))
    if waiting := len(result.waiting):
        text = ngettext(
            "%(number)d cold migration was not requested because other cold migrations are in progress. Click "
            "“%(action)s” again when the other migrations have finished.",
            "%(number)d cold migrations were not requested because other cold migrations are in progress. Click "
            "“%(action)s” again when the other migrations have finished.",
            waiting,
        )
        texts.append(text % ({"number": waiting} | name))
    if skipped := len(result.skipped):
        text = ngettext(
            "%(number)d instance was skipped because its state changed or another request is processing the instance.",
            "%(number)d instances were skipped because their states changed or other requests are processing the "
            "instances.",
            skipped,
        )
        texts.append(text % {"number": skipped})
    return texts


def refusals_text(action: str, result: SubmitResult) -> str:
    """Return the message about Nova's refusals; empty without refusals.

    For an action of ACTION_NAMES, the message contains the first reason.  After a retry, the list still shows the
    earlier failure, and it never shows refusals of an abort or a confirmation.
    """
    number = len(result.refused)
    if not number:
        return ""
    if action in ACTION_NAMES:
        return _refused_action_text(number, next(iter(result.refused.values())))
    text = ngettext(
        "Nova refused %(number)d request. The list below shows the reason.",
        "Nova refused %(number)d requests. The list below shows the reasons.",
        number,
    )
    return text % {"number": number}


def _refused_action_text(number: int, first: Refusal) -> str:
    """Return how many requests of an action Nova refused, and the first reason."""
    if first.code == REFUSED:
        text = ngettext(
            "Nova refused %(number)d request. Reason: “%(reason)s”",
            "Nova refused %(number)d requests. First reason: “%(reason)s”",
            number,
        )
        return text % {"number": number, "reason": first.detail}
    text = ngettext("Nova refused %(number)d request.", "Nova refused %(number)d requests.", number)
    reason = "" if first.code == NO_REASON else refusal_text(first)
    return f"{text % {'number': number}} {reason}".strip()
