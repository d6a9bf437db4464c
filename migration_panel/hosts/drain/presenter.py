# SPDX-License-Identifier: Apache-2.0
"""A run as the page shows it and as scripts get it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from migration_panel import messages
from migration_panel.api.hosts import Maintenance
from migration_panel.board.actions import RESET_STATE
from migration_panel.conf import get_config
from migration_panel.exceptions import user_message
from migration_panel.formatting import format_range
from migration_panel.hosts.drain.control import abortable, resettable
from migration_panel.hosts.drain.eta import remaining_time
from migration_panel.hosts.drain.evidence_query import with_evidence
from migration_panel.hosts.drain.names import failures_of, names_of
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit import SubmitResult
from migration_panel.hosts.drain.text import GROUPS, headline, reason_of, step_text, warnings
from migration_panel.http import fresh_json
from migration_panel.policy import may
from migration_panel.proof import sign_order
from migration_panel.scope import Scope
from migration_panel.times import utc_text


async def as_answer(
    request: HttpRequest,
    scope: Scope,
    nova: Maintenance,
    run: DrainRun,
    status: int = 200,
    result: SubmitResult | None = None,
    order: str = "",
) -> JsonResponse:
    """Return the answer of ``run/`` with what the page also needs; with ``html=1``, with the HTML of its parts.

    ``order``: the proof with which the caller may continue the run (proof.py), or an empty text.
    """
    run = await with_evidence(request, nova, run)
    may_reset = await asyncio.to_thread(may, request, RESET_STATE.rule)
    context = await context_of(scope, nova, run, order, may_reset=may_reset)
    config = get_config()
    answer = run.as_json(context["names"], context["reasons"]) | {
        "headline": context["headline"],
        "order": order,
        "goes_on": run.can_continue or bool(result and result.untried and not result.error),
        "poll_after_ms": config.poll_ms if run.moving or run.can_continue else config.idle_poll_ms,
    }
    if result and result.error:
        answer["error"] = user_message(result.error)
    if request.GET.get("html"):
        answer["html"] = await sync_to_async(render_to_string)("migration_panel/hosts/_run.html", context)
    return fresh_json(answer, status)


async def context_of(
    scope: Scope, nova: Maintenance, run: DrainRun, order: str = "", *, may_reset: bool = False
) -> dict[str, Any]:
    """Return the context of ``_run.html``.  ``order``: the proof that the page holds, or an empty text."""
    names, failures = await names_of(nova, run), await failures_of(nova, run)
    reasons = {step.instance_id: reason_of(run, step, failures) for step in run.steps}
    span = remaining_time(run, nova.now(), get_config().bandwidth, get_config().cold_wave)
    return {
        "scope": scope,
        "run": run,
        "names": names,
        "reasons": reasons,
        "headline": headline(run),
        "warnings": warnings(run),
        "ending": format_range(*span) if span else "",
        "draining": run.direction is Direction.DRAIN,
        "moved": run.count(Outcome.MOVED),
        "address": address(scope, run),
        "groups": groups(run, names, reasons),
        # Not "actions": Horizon shows that beside the title.
        "run_actions": available_actions(nova, run, ordered=bool(order), may_reset=may_reset),
        "order": order,
    }


def address(scope: Scope, run: DrainRun, order: str = "") -> str:
    """Return the address of the run's page.

    The address identifies the run: for a return by the start of its drain, which Nova no longer stores.  Only the
    proof shows that the run was ordered.
    """
    url = scope.url("run", run.host)
    if run.direction is Direction.RETURN:
        url += f"?{urlencode({'since': utc_text(run.started_at)})}"
    return with_order(url, order)


def with_order(url: str, order: str) -> str:
    """Return an address of the panel with the proof of an order added."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'order': order})}" if order else url


def signed(request: HttpRequest, run: DrainRun) -> str:
    """Return the proof of the order that the user has just given by a POST."""
    return sign_order(request, run.host, run.direction.value, run.started_at, run.ordered_at or run.started_at)


def groups(run: DrainRun, names: dict[str, str | None], reasons: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": one.value,
            "title": GROUPS[one],
            "steps": [_line(run, step, names, reasons) for step in run.with_outcome(one)],
        }
        for one in Outcome
        if run.count(one)
    ]


def _line(run: DrainRun, step: Step, names: dict[str, str | None], reasons: dict[str, str]) -> dict[str, Any]:
    return {
        "step": step,
        "name": names.get(step.instance_id),
        "words": step_text(run, step),
        "reason": reasons[step.instance_id],
        "migration": step.migration,
    }


def available_actions(
    nova: Maintenance, run: DrainRun, *, ordered: bool, may_reset: bool = False
) -> list[tuple[str, str]]:
    """Return the slug and the label of each bulk action that the page offers.

    ``ordered``: whether the page continues the run by itself.
    """
    retryable = sum(step.retryable for step in run.steps)
    confirmable = sum(step.confirmable for step in run.steps)
    stoppable = len(abortable(nova, run))
    paused = run.stopped or (run.direction is Direction.RETURN and not run.resumable) or (run.can_continue and not ordered)
    told = []
    if confirmable:
        told.append(("confirm", _("Confirm all (%(number)d)") % {"number": confirmable}))
    if retryable:
        told.append(("retry", _("Try again (%(number)d)") % {"number": retryable}))
    if may_reset and (number := len(resettable(nova, run))):
        told.append(("reset-retry", _("Reset state and retry (%(number)d)") % {"number": number}))
    if stoppable:
        told.append(("abort", _("Abort all (%(number)d)") % {"number": stoppable}))
    if paused and run.count(Outcome.TODO) and run.up:
        told.append(("resume", _("Resume (%(number)d)") % {"number": run.count(Outcome.TODO)}))
    return told


def refusal_texts(request: HttpRequest, run: DrainRun, result: SubmitResult) -> None:
    """What a page cannot read from Nova again."""
    if result.error:
        messages.error(request, user_message(result.error))
    if result.refused:
        number = {"number": len(result.refused)}
        messages.error(request, _("Nova refused %(number)d of them: the reasons stand beside them.") % number)
