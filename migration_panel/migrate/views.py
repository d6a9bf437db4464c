# SPDX-License-Identifier: Apache-2.0
"""The pages that start one migration: choice of the type, form, and the checks as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from horizon import forms, views
from horizon.exceptions import NotFound as PageNotFound

from migration_panel.api.nova import Nova
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, ServiceUnavailable, as_json, as_page
from migration_panel.http import fresh_json
from migration_panel.instance_states import state_label
from migration_panel.migrate.cards import cards, query_string, server_facts
from migration_panel.migrate.checks import summarize_checks
from migration_panel.migrate.forms import FORMS, MigrateForm
from migration_panel.migrate.sent import MAX_REFERENCE
from migration_panel.migrate.text import KIND_TEXTS, command_note, estimate_text
from migration_panel.migration_types import KINDS, Kind
from migration_panel.policy import allowed
from migration_panel.preflight.assess import findings
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.query import read_case, read_for_submit
from migration_panel.preflight.text import finding_text
from migration_panel.scope import PROJECT, Scope


class MigrateView(forms.ModalFormView):
    """The form of one type.  After a successful submission, redirect to the board.

    Only a page that shows the form reads all hosts and judges them.
    """

    template_name = "migration_panel/migrate.html"
    modal_id = "migration_modal"
    form_id = "migration_form"
    submit_label = gettext_lazy("Migrate")
    scope: Scope = PROJECT

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.kind: Kind = KINDS[kwargs["kind"]]
        self.instance_id = str(kwargs["instance_id"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.nova = Nova.connect(request)
            self.case = self._read_case()
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except NotFound as error:
            raise PageNotFound(error.headline) from error
        except MigrationPanelError as error:
            return as_page(request, error)
        return response

    def _read_case(self) -> PreflightInput:
        read = read_for_submit if self.request.method == "POST" and not self.checking else read_case
        case = async_to_sync(read)(self.request, self.nova, self.kind, self.instance_id, self.destination)
        if not allowed(self.request, self.kind.rule, case.server.project_id):
            raise NotAllowed()
        return case

    def get_form_class(self) -> type[MigrateForm]:
        return FORMS[self.kind.slug]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Submit the form, or show the page again after "Refresh", which works without JavaScript."""
        answer = self.get if self.checking else super().post
        response: HttpResponse = answer(request, *args, **kwargs)
        return response

    @property
    def checking(self) -> bool:
        return "check" in self.request.POST

    def get_form_kwargs(self) -> dict[str, Any]:
        form_kwargs: dict[str, Any] = super().get_form_kwargs()
        if self.checking:
            form_kwargs |= {"data": None, "files": None}
        return form_kwargs | {"nova": self.nova, "case": self.case}

    @property
    def failed(self) -> str:
        """Return the host where an earlier attempt failed; empty if unknown."""
        failed: str = self.request.GET.get("failed", "")
        return failed

    def get_initial(self) -> dict[str, Any]:
        return {"destination": self.destination, "reference": self.reference}

    @cached_property
    def reference(self) -> str:
        """Return the reference in the request, as far as the field accepts it."""
        reference: str = (self.request.POST or self.request.GET).get("reference", "")
        return reference.strip()[:MAX_REFERENCE]

    @cached_property
    def destination(self) -> str:
        """Return the destination in the request; the links to the forms of other types contain it too."""
        destination: str = (self.request.POST or self.request.GET).get("destination", "")
        return destination

    def form_valid(self, form: MigrateForm) -> HttpResponse:
        """Redirect to the board.  Unlike Horizon's method, do not hide bugs."""
        if not form.handle(self.request, form.cleaned_data):
            return self.form_invalid(form)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: MigrateForm) -> HttpResponse:
        """Show the form again with everything that a submission does not read."""
        with suppress(ServiceUnavailable):
            self.case = async_to_sync(read_case)(self.request, self.nova, self.kind, self.instance_id)
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response

    def get_success_url(self) -> str:
        return self.scope.url("index")

    get_cancel_url = get_success_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind_text, server = KIND_TEXTS[self.kind.slug], self.case.server
        self.modal_header = str(kind_text.page_title) % {"instance": server.name or server.id}
        self.submit_url = self.scope.url("migrate", server.id, self.kind.slug) + query_string(failed=self.failed)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form: MigrateForm = context["form"]
        form.offer_hosts(self.case, self.failed)
        # If the field is disabled, the page only carries the destination to the forms of the other types.
        destination = "" if form.why_disabled else self.destination
        carried = {"destination": self.destination, "failed": self.failed, "reference": self.reference}
        return context | {
            # Horizon would read an attribute of this name as the source of a template.
            "page_title": self.modal_header,
            "scope": self.scope,
            "server": server,
            "facts": server_facts(server),
            "kind": self.kind,
            "texts": kind_text,
            "cards": cards(self.request, server, self.scope, self.kind, carried, known=self.case),
            "checks": summarize_checks(
                findings(replace(self.case, destination=destination)),
                self.kind,
                changes_hosts=self.case.changes_hosts,
            ),
            "command": self.kind.command(server.id, destination),
            "command_note": command_note(self.kind, destination),
            "estimate": estimate_text(estimate(self.kind, server, get_config().bandwidth)),
        }


class CheckView(View):
    """The pre-flight findings of one choice, as JSON."""

    scope: Scope = PROJECT

    async def get(self, request: HttpRequest, instance_id: UUID, kind: str) -> JsonResponse:
        destination = request.GET.get("destination", "")
        try:
            nova = await asyncio.to_thread(Nova.connect, request)
            case = await read_case(request, nova, KINDS[kind], str(instance_id), destination)
        except MigrationPanelError as error:
            return as_json(error)
        found = findings(case)
        body = check_body(case, found)
        # Only the form's script requests HTML.
        return fresh_json(body | html_parts(case, found) if request.GET.get("html") == "1" else body)


def check_body(case: PreflightInput, found: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings and the command, the same for every script."""
    texts = [finding_text(finding, case.kind, changes_hosts=case.changes_hosts) for finding in found]
    return {
        "findings": [
            {"level": text.level, "code": text.code, "message": text.message, "remedy": text.remedy} for text in texts
        ],
        "command": case.kind.command(case.server.id, case.destination),
    }


def html_parts(case: PreflightInput, found: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as the form shows them, and the parts of the form that depend on them."""
    checks = summarize_checks(found, case.kind, changes_hosts=case.changes_hosts)
    return {
        "html": render_to_string("migration_panel/_checks.html", {"checks": checks}),
        "summary": checks.summary,
        "blocked": checks.blocked,
        "note": command_note(case.kind, case.destination),
        "seen": case.server.updated,
    }


class ChooseView(views.HorizonTemplateView):
    """The four types for one instance, before a type is chosen.  ``?recommended`` leads on to the recommended type."""

    template_name = "migration_panel/choose.html"
    scope: Scope = PROJECT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.server = Nova.connect(request).server(str(kwargs["instance_id"]))
        except NotFound as error:
            raise PageNotFound(error.headline) from error
        except MigrationPanelError as error:
            return as_page(request, error)
        # Without a recommendation, the user chooses.
        if "recommended" in request.GET and (url := self._recommended_url()):
            return HttpResponseRedirect(url)
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def _recommended_url(self) -> str:
        """Return the address of the form of the recommended type; empty if no type is recommended."""
        types = cards(self.request, self.server, self.scope)
        return next((card.url for card in types if card.recommended), "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        types = cards(self.request, self.server, self.scope)
        return context | {
            "page_title": _("Migrate %(name)s") % {"name": self.server.name or self.server.id},
            "scope": self.scope,
            "server": self.server,
            "facts": server_facts(self.server),
            "state": state_label(self.server.status),
            "cards": types,
            "recommended": next((card for card in types if card.recommended), None),
        }
