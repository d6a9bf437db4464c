# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from horizon import views
from horizon.exceptions import NotFound as PageNotFound

from migration_panel import messages
from migration_panel.api import evacuated
from migration_panel.api.nova import Nova
from migration_panel.board.presenter import BULK_BUTTONS, present
from migration_panel.board.views import cursor_text, offered
from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, RequestRejected, as_page
from migration_panel.hosts.evacuate.forms import EvacuateForm
from migration_panel.hosts.evacuate.plan import Proof, namesakes
from migration_panel.hosts.evacuate.query import HostOutage, read_outage
from migration_panel.hosts.evacuate.service import EvacuateResult, evacuate
from migration_panel.hosts.evacuate.text import (
    MAX_REASONS,
    begun_text,
    caution_text,
    empty_text,
    fate_text,
    late_text,
    not_restarted_text,
    other_reasons_text,
    refused_text,
    tally_text,
)
from migration_panel.identifiers import MAX_FIELDS
from migration_panel.policy import EVACUATE, may, may_list
from migration_panel.scope import Scope


class EvacuateView(views.HorizonTemplateView):
    """What can be evacuated from a host that is down, the order to do so, and what has come of it."""

    template_name = "migration_panel/hosts/evacuate.html"
    scope: Scope = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not (may_list(request) and may(request, EVACUATE)):
                raise NotAllowed()
            self.nova = Nova.connect(request)
            self.outage: HostOutage = async_to_sync(read_outage)(request, self.nova, kwargs["host"])
            return super().dispatch(request, *args, **kwargs)
        except NotFound as error:
            raise PageNotFound(_("There is no such compute host.")) from error
        except MigrationPanelError as error:
            return as_page(request, error)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self._form()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if why := self._impossible():
            raise RequestRejected(why)
        self.form = self._form(request.POST)
        if not self.form.is_valid():
            return super().get(request, *args, **kwargs)
        data, host = self.form.cleaned_data, self.outage.host.name
        result = async_to_sync(evacuate)(self.nova, host, data["instances"], data["destination"] or None)
        evacuated.forget(self.nova)
        self._tell(result)
        return HttpResponseRedirect(self.scope.url("evacuate", host))

    def _impossible(self) -> str:
        """Return why no instance of the host can be evacuated; empty if no reason is known."""
        outage = self.outage
        host = {"host": outage.host.name}
        if outage.host.cell_down:
            return (
                _(
                    "Nova cannot reach the cell of %(host)s. The state of the host and its instances are unknown. Wait "
                    "until the cell's database and message queue work again."
                )
                % host
            )
        if outage.host.up:
            return _("The host is up: Nova evacuates only from hosts that are down.")
        if outage.unsupported:
            return _(
                "Nova's driver for the hypervisor type “%(type)s” cannot evacuate instances: they would end in Error. "
                "Start nova-compute on %(host)s, or let another nova-compute service manage the nodes of %(host)s."
            ) % (host | {"type": outage.unsupported})
        return ""

    def _form(self, *data: Any) -> EvacuateForm:
        outage = self.outage
        return EvacuateForm(
            *data,
            host=outage.host.name,
            instances=outage.instances,
            hosts=outage.hosts,
            unsafe=outage.unsafe or (),
            others=namesakes(outage.host.name, outage.hosts),
        )

    def _tell(self, result: EvacuateResult) -> None:
        if result.begun:
            messages.success(self.request, begun_text(len(result.begun)))
        if result.late:
            messages.warning(self.request, late_text(len(result.late)))
        refused = sorted(result.refused.items(), key=lambda pair: -len(pair[1]))
        for reason, servers in refused[:MAX_REASONS]:
            messages.error(self.request, refused_text([one.name or one.id for one in servers], reason))
        if others := sum(len(servers) for _reason, servers in refused[MAX_REASONS:]):
            messages.error(self.request, other_reasons_text(others))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        outage = self.outage
        instances = sorted(outage.instances, key=lambda one: (not one.selectable, one.server.name or ""))
        impossible = self._impossible()
        return super().get_context_data(**kwargs) | {
            # Given outright: Horizon would take an attribute of this name for the source of a template.
            "page_title": _("Evacuation of %(host)s") % {"host": outage.host.name},
            "scope": self.scope,
            "host": outage.host,
            "form": self.form,
            "possible": not impossible,
            "impossible": "" if outage.host.up else impossible,
            "ready": bool(self.form.ready),
            "others": namesakes(outage.host.name, outage.hosts),
            "types_unknown": outage.types is None,
            "unsafe_unknown": outage.unsafe is None,
            "instances": [(one, fate_text(one), caution_text(one)) for one in instances],
            "empty": empty_text(outage.host.name, outage.proof) if outage.proof else "",
            "proven": outage.proof is Proof.EMPTY,
            "not_restarted": (
                not_restarted_text(outage.host.name, len({one.instance_id for one in outage.uncleaned}))
                if outage.uncleaned
                else ""
            ),
            "tally": outage.tally,
            "summary": tally_text(outage.tally),
            "cut": outage.cut,
            "needs_script": len(self.form.ready) > MAX_FIELDS,
            # The listing, with these only.
            "fixed": True,
            "any": bool(outage.feed.rows),
            "bulk": BULK_BUTTONS,
            "sections": [("results", "", list(map(present, offered(self.request, outage.feed.rows))))],
            "cursor": cursor_text(self.request, outage.feed.cursor),
        }
