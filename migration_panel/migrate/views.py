# SPDX-License-Identifier: Apache-2.0
"""The pages that start one migration: choice of the type, form, and the checks as JSON."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views import View
from horizon import forms, views
from horizon.exceptions import NotFound as PageNotFound

from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, ServiceUnavailable, as_json, as_page
from migration_panel.http import fresh_json
from migration_panel.migrate.cards import cards, carried, facts
from migration_panel.migrate.checks import checks_of
from migration_panel.migrate.forms import FORMS, MigrateForm
from migration_panel.migrate.text import KINDS as KIND_WORDS
from migration_panel.migrate.text import command_note, estimate_text, why_disabled
from migration_panel.migration_types import KINDS, Kind
from migration_panel.policy import allowed
from migration_panel.preflight.assess import findings
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.query import read_case, read_for_submit
from migration_panel.preflight.text import finding_text
from migration_panel.scope import Scope


class MigrateView(forms.ModalFormView):
    """The form of one type; its answer to a success is the board."""

    template_name = "migration_panel/migrate.html"
    modal_id = "migration_modal"
    form_id = "migration_form"
    submit_label = _("Migrate")
    scope: Scope = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.kind: Kind = KINDS[kwargs["kind"]]
        self.instance_id = str(kwargs["instance_id"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.nova = Nova.connect(request)
            self.case = self._read_case()
            return super().dispatch(request, *args, **kwargs)
        except NotFound as error:
            raise PageNotFound(error.headline) from error
        except MigrationPanelError as error:
            return as_page(request, error)

    def _read_case(self) -> PreflightInput:
        read = read_for_submit if self.request.method == "POST" and not self.checking else read_case
        case = async_to_sync(read)(self.request, self.nova, self.kind, self.instance_id, self.destination)
        if not allowed(self.request, self.kind.rule, case.server.project_id):
            raise NotAllowed()
        return case

    def get_form_class(self) -> type[MigrateForm]:
        return FORMS[self.kind.slug]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Without JavaScript the checks are made again by sending the form so."""
        return self.get(request, *args, **kwargs) if self.checking else super().post(request, *args, **kwargs)

    @property
    def checking(self) -> bool:
        return "check" in self.request.POST

    def get_form_kwargs(self) -> dict[str, Any]:
        given = super().get_form_kwargs()
        if self.checking:
            given |= {"data": None, "files": None}
        return given | {"nova": self.nova, "case": self.case, "failed": self.failed}

    @property
    def failed(self) -> str:
        """Where the last try failed."""
        return self.request.GET.get("failed", "")

    def get_initial(self) -> dict[str, Any]:
        return {"destination": self.destination}

    @cached_property
    def destination(self) -> str:
        """The one chosen so far, on whichever type's form."""
        return (self.request.POST or self.request.GET).get("destination", "")

    def form_valid(self, form: MigrateForm) -> HttpResponse:
        """Unlike Horizon's own, lets what is a bug of ours come out as one."""
        if not form.handle(self.request, form.cleaned_data):
            return self.form_invalid(form)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: MigrateForm) -> HttpResponse:
        """With all that a submission does not ask for, and as things stand after it."""
        try:
            self.case = async_to_sync(read_case)(self.request, self.nova, self.kind, self.instance_id)
            form.offer_hosts(self.case)
        except ServiceUnavailable:
            pass
        return super().form_invalid(form)

    def get_success_url(self) -> str:
        return self.scope.url("index")

    get_cancel_url = get_success_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = KIND_WORDS[self.kind.slug]
        server = self.case.server
        self.modal_header = title_of(words.title, server)
        self.submit_url = self.scope.url("migrate", server.id, self.kind.slug) + carried(failed=self.failed)
        # On a form whose field is disabled the destination is only carried to the other types.
        disabled = why_disabled(self.kind, may_name_host=self.case.may_name_host)
        destination = "" if disabled else self.destination
        return super().get_context_data(**kwargs) | {
            # Given outright: Horizon would take an attribute of this name for the source of a template.
            "page_title": self.modal_header,
            "scope": self.scope,
            "server": server,
            "facts": facts(server),
            "kind": self.kind,
            "words": words,
            "cards": cards(self.request, server, self.scope, self.kind, self.destination, self.failed, known=self.case),
            "checks": checks_of(findings(replace(self.case, destination=destination)), self.kind),
            "command": self.kind.command(server.id, destination),
            "command_note": command_note(self.kind, destination),
            "estimate": estimate_text(estimate(self.kind, server, get_config().bandwidth)),
        }


class CheckView(View):
    """The pre-flight findings of one choice, as JSON."""

    scope: Scope = None

    async def get(self, request: HttpRequest, instance_id: UUID, kind: str) -> JsonResponse:
        wanted, destination = KINDS[kind], request.GET.get("destination", "")
        try:
            nova = await asyncio.to_thread(Nova.connect, request)
            case = await read_case(request, nova, wanted, str(instance_id), destination)
        except MigrationPanelError as error:
            return as_json(error)
        found = findings(case)
        told = [finding_text(one, wanted) for one in found]
        body = {
            "findings": [
                {"level": one.level, "code": one.code, "message": one.message, "remedy": one.remedy} for one in told
            ],
            "command": wanted.command(str(instance_id), destination),
        }
        return fresh_json(body | (shown(case, found) if request.GET.get("html") == "1" else {}))


def shown(case: PreflightInput, found: list[Finding]) -> dict[str, Any]:
    """The same as the form shows it, and what else of the form depends on it."""
    checks = checks_of(found, case.kind)
    return {
        "html": render_to_string("migration_panel/_checks.html", {"checks": checks}),
        "summary": checks.summary,
        "blocked": checks.blocked,
        "note": command_note(case.kind, case.destination),
        "seen": case.server.updated,
    }


class ChooseView(views.HorizonTemplateView):
    """The four types for one instance, none of them chosen yet."""

    template_name = "migration_panel/choose.html"
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.server = Nova.connect(request).server(str(kwargs["instance_id"]))
        except NotFound as error:
            raise PageNotFound(error.headline) from error
        except MigrationPanelError as error:
            return as_page(request, error)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "page_title": title_of(_("Migration"), self.server),
            "scope": self.scope,
            "server": self.server,
            "facts": facts(self.server),
            "cards": cards(self.request, self.server, self.scope),
        }


def title_of(what: object, server: Server) -> str:
    return _("%(type)s of %(instance)s") % {"type": what, "instance": server.name or server.id}
