# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.views import View

from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, as_json
from migration_panel.http import fresh_json
from migration_panel.launch.case.facts import Case
from migration_panel.launch.case.reading import read_case
from migration_panel.launch.checks.finding import Finding
from migration_panel.launch.checks.words import told_of
from migration_panel.launch.form.command_words import command_note
from migration_panel.launch.form.grouping import checks_of
from migration_panel.launch.preflight import findings
from migration_panel.migration_types import KINDS
from migration_panel.scope import Scope


class CheckView(View):
    """The pre-flight findings of one choice, as JSON."""

    scope: Scope = None

    async def get(self, request: HttpRequest, instance_id: UUID, kind: str) -> JsonResponse:
        wanted, destination = KINDS[kind], request.GET.get("destination", "")
        try:
            nova = await asyncio.to_thread(Nova.of, request)
            case = await read_case(request, nova, wanted, str(instance_id), destination)
        except MigrationPanelError as error:
            return as_json(error)
        found = findings(case)
        told = [told_of(one, wanted) for one in found]
        body = {
            "findings": [
                {"level": one.level, "code": one.code, "message": one.message, "remedy": one.remedy} for one in told
            ],
            "command": wanted.command(str(instance_id), destination),
        }
        return fresh_json(body | (shown(case, found) if request.GET.get("html") == "1" else {}))


def shown(case: Case, found: list[Finding]) -> dict[str, Any]:
    """The same as the form shows it, and what else of the form depends on it."""
    checks = checks_of(found, case.kind)
    return {
        "html": render_to_string("migration_panel/_checks.html", {"checks": checks}),
        "summary": checks.summary,
        "blocked": checks.blocked,
        "note": command_note(case.kind, case.destination),
        "seen": case.server.updated,
    }
