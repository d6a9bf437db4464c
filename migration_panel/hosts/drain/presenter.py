# SPDX-License-Identifier: Apache-2.0
"""Present a run: as JSON for scripts, and as the parts of its page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from migration_panel import messages
from migration_panel.api.nova import Nova
from migration_panel.board.actions import RESET_STATE
from migration_panel.conf import get_config
from migration_panel.exceptions import user_message
from migration_panel.formatting import SEPARATOR, format_time_left
from migration_panel.hosts.drain.action_text import ACTION_NAMES, refusals_text, unprocessed_texts
from migration_panel.hosts.drain.control import abortable, resettable
from migration_panel.hosts.drain.eta import remaining_time
from migration_panel.hosts.drain.lookups import failures_of, names_of, with_evidence
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.run_text import (
    counts,
    evidence_text,
    headline,
    warnings,
)
from migration_panel.hosts.drain.submit_result import SubmitResult
from migration_panel.hosts.drain.text import SECTIONS, reason_of, section_of, section_title, step_text
from migration_panel.http import fresh_json
from migration_panel.policy import may
from migration_panel.proof import sign_order
from migration_panel.scope import Scope
from migration_panel.times import utc_text


@dataclass(frozen=True)
class PresentedRun:
    """A run, and what both its JSON and its page show.  ``names`` and ``reasons``: by the instance's ID."""

    run: DrainRun
    names: Mapping[str, str | None]
    reasons: Mapping[str, str]
    headline: str
    counts: tuple[str, ...]

    @property
    def status(self) -> str:
        """Return the headline and the counts in one line, for scripts and screen readers."""
        return " ".join([self.headline, *([SEPARATOR.join(self.counts)] if self.counts else [])])


@dataclass(frozen=True)
class Line:
    """One instance in the table of a run."""

    step: Step
    name: str | None
    text: str
    reason: str


@dataclass(frozen=True)
class Group:
    """The instances of one section in the table of a run, which all have the same outcome."""

    outcome: str
    title: str
    lines: tuple[Line, ...]


async def present(request: HttpRequest, nova: Nova, run: DrainRun) -> PresentedRun:
    """Look up the evidence, the names and the failure reasons of a run."""
    run = await with_evidence(request, nova, run)
    names, failures = await names_of(nova, run), await failures_of(nova, run)
    reasons = {step.instance_id: reason_of(run, step, failures) for step in run.steps}
    return PresentedRun(run, names, reasons, headline(run), tuple(counts(run)))


async def run_json(
    request: HttpRequest,
    scope: Scope,
    nova: Nova,
    run: DrainRun,
    status: int = 200,
    result: SubmitResult | None = None,
    order: str = "",
    action: str = "",
) -> JsonResponse:
    """Return the answer of ``run/``: the contract in doc/api.rst.  Build the HTML of the page only for ``html=1``.

    ``order``: the proof with which the user may continue the run (proof.py), or an empty text; ``action``: the slug
    of the requested action, or an empty text if the request only continues the run.
    """
    problem = problem_text(result, action) if result else ""
    if result and action in ACTION_NAMES:
        problem = " ".join(filter(None, (problem, refusals_text(action, result))))
    presented = await present(request, nova, run)
    run, config = presented.run, get_config()
    answer = run.as_json(presented.names, presented.reasons) | {
        "headline": presented.status,
        "order": order,
        "goes_on": run.can_continue or bool(result and result.untried and not problem),
        "poll_after_ms": config.poll_ms if run.moving or run.can_continue else config.idle_poll_ms,
    }
    if problem:
        answer["error"] = problem
    if request.GET.get("html"):
        context = await page_context(request, scope, nova, presented, order)
        answer["html"] = await sync_to_async(render_to_string)("migration_panel/hosts/_run.html", context)
    return fresh_json(answer, status)


async def page_context(
    request: HttpRequest, scope: Scope, nova: Nova, presented: PresentedRun, order: str
) -> dict[str, Any]:
    """Return the context of ``_run.html``.  ``order``: the proof that the page holds, or an empty text."""
    run, config = presented.run, get_config()
    may_reset = await asyncio.to_thread(may, request, RESET_STATE.rule)
    remaining = remaining_time(run, nova.now(), config.bandwidth, config.cold_wave)
    return {
        "scope": scope,
        "run": run,
        "headline": presented.headline,
        "counts": SEPARATOR.join(presented.counts),
        "status": presented.status,
        "evidence": evidence_text(run),
        "warnings": warnings(run),
        "remaining": format_time_left(*remaining) if remaining else "",
        "draining": run.direction is Direction.DRAIN,
        "moved": run.count(Outcome.MOVED),
        "address": address(scope, run),
        "groups": groups(run, presented.names, presented.reasons),
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
    return with_proof(url, order)


def with_proof(url: str, order: str) -> str:
    """Return an address of the panel with the proof of an order added."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'order': order})}" if order else url


def new_proof(request: HttpRequest, run: DrainRun) -> str:
    """Return the proof of the order that the user has just given by a POST."""
    return sign_order(request, run.host, run.direction.value, run.started_at, run.ordered_at or run.started_at)


def groups(run: DrainRun, names: Mapping[str, str | None], reasons: Mapping[str, str]) -> list[Group]:
    """Return the instances of a run by section, in the order of SECTIONS and without empty groups."""
    lines: dict[str, list[Line]] = {section: [] for section in SECTIONS}
    for step in run.steps:
        line = Line(step, names.get(step.instance_id), step_text(run, step), reasons[step.instance_id])
        lines[section_of(step)].append(line)
    return [
        Group(found[0].step.outcome.value, section_title(section, run.direction), tuple(found))
        for section, found in lines.items()
        if found
    ]


def available_actions(nova: Nova, run: DrainRun, *, ordered: bool, may_reset: bool = False) -> list[tuple[str, str]]:
    """Return the slug and the label of each bulk action that the page offers.

    ``ordered``: whether the page continues the run by itself.
    """
    paused = (
        run.stopped or (run.direction is Direction.RETURN and not run.resumable) or (run.can_continue and not ordered)
    )
    numbers = {
        "confirm": sum(step.confirmable for step in run.steps),
        "retry": sum(step.retryable for step in run.steps),
        "reset-retry": len(resettable(nova, run)) if may_reset else 0,
        "abort": len(abortable(nova, run)),
        "resume": run.count(Outcome.TODO) if paused and run.up else 0,
    }
    labels = {
        "confirm": _("Confirm all (%(number)d)"),
        "retry": _("Retry (%(number)d)"),
        "reset-retry": _("Reset state and retry (%(number)d)"),
        "abort": _("Abort all (%(number)d)"),
        "resume": _("Resume (%(number)d)"),
    }
    return [(slug, labels[slug] % {"number": number}) for slug, number in numbers.items() if number]


def problem_text(result: SubmitResult, action: str) -> str:
    """Return why a batch ended early, or an empty text."""
    texts = [user_message(result.error)] if result.error else []
    return " ".join([*texts, *unprocessed_texts(action, result)])


def add_problems(request: HttpRequest, result: SubmitResult, action: str = "") -> None:
    """Add messages about problems and refusals, which the next page cannot read from Nova again.

    ``action``: the slug of the action that the user clicked, or an empty text.
    """
    for text in (problem_text(result, action), refusals_text(action, result)):
        if text:
            messages.error(request, text)
