# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from horizon import views
from horizon.exceptions import NotFound as PageNotFound

from migration_panel import messages
from migration_panel.board.rules.actions import BULK
from migration_panel.board.views import offered
from migration_panel.errors import MigrationPanelError, NotAllowed, NotFound, Refused, as_page
from migration_panel.hosts.evacuate.form import EvacuateForm
from migration_panel.hosts.evacuate.plan import Fate
from migration_panel.hosts.evacuate.reading import Outage, read_outage
from migration_panel.hosts.evacuate.run import Result, evacuate
from migration_panel.hosts.evacuate.words import begun_words, fate_words, late_words, refused_words, tally_words
from migration_panel.hosts.rights import EVACUATE, may, may_list
from migration_panel.nova.evacuations import Evacuations
from migration_panel.scope import Scope


class EvacuateView(views.HorizonTemplateView):
    """What can be evacuated from a host that is down, the order to do so, and what has come of it."""

    template_name = "migration_panel/hosts/evacuate.html"
    scope: Scope = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not (may_list(request) and may(request, EVACUATE)):
                raise NotAllowed()
            self.nova = Evacuations.of(request)
            self.outage: Outage = async_to_sync(read_outage)(self.nova, kwargs["host"])
            return super().dispatch(request, *args, **kwargs)
        except NotFound as error:
            raise PageNotFound(_("There is no such compute host.")) from error
        except MigrationPanelError as error:
            return as_page(request, error)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self._form()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.outage.host.up:
            raise Refused(_("The host is up: Nova evacuates only from hosts that are down."))
        self.form = self._form(request.POST)
        if not self.form.is_valid():
            return super().get(request, *args, **kwargs)
        data = self.form.cleaned_data
        self._tell(async_to_sync(evacuate)(self.nova, data["instances"], data["destination"] or None))
        return HttpResponseRedirect(self.scope.url("evacuate", self.outage.host.name))

    def _form(self, *data: Any) -> EvacuateForm:
        outage = self.outage
        return EvacuateForm(*data, host=outage.host.name, instances=outage.instances, hosts=outage.hosts)

    def _tell(self, result: Result) -> None:
        if result.begun:
            messages.success(self.request, begun_words(len(result.begun)))
        if result.late:
            messages.warning(self.request, late_words(len(result.late)))
        for reason, servers in result.refused.items():
            messages.error(self.request, refused_words([one.name or one.id for one in servers], reason))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        outage = self.outage
        instances = sorted(outage.instances, key=lambda one: (one.fate is not Fate.READY, one.server.name or ""))
        return super().get_context_data(**kwargs) | {
            # Given outright: Horizon would take an attribute of this name for the source of a template.
            "page_title": _("Evacuation of %(host)s") % {"host": outage.host.name},
            "scope": self.scope,
            "host": outage.host,
            "form": self.form,
            "ready": bool(self.form.ready),
            "instances": [(one, fate_words(one)) for one in instances],
            "tally": outage.tally,
            "summary": tally_words(outage.tally),
            "cut": outage.cut,
            # The listing, with these only.
            "fixed": True,
            "any": bool(outage.feed.rows),
            "bulk": BULK,
            "sections": [("results", "", offered(self.request, outage.feed.rows))],
            "cursor": str(outage.feed.cursor or ""),
        }
