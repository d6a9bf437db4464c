# SPDX-License-Identifier: Apache-2.0
"""The evacuation page of a compute host."""

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
from migration_panel.formatting import SEPARATOR
from migration_panel.hosts.evacuate.forms import EvacuateForm
from migration_panel.hosts.evacuate.plan import is_confirmed_empty, namesakes
from migration_panel.hosts.evacuate.query import HostOutage, read_outage
from migration_panel.hosts.evacuate.service import EvacuateResult, evacuate
from migration_panel.hosts.evacuate.text import (
    MAX_REASONS,
    accepted_text,
    cautions,
    consequence_text,
    empty_text,
    not_attempted_text,
    not_restarted_text,
    other_reasons_text,
    progress_texts,
    refused_text,
)
from migration_panel.identifiers import MAX_FIELDS
from migration_panel.instance_states import state_label
from migration_panel.policy import EVACUATE, may, may_list
from migration_panel.scope import ADMIN, Scope


class EvacuateView(views.HorizonTemplateView):
    """List the instances of a host that is down, request their evacuations, and show the evacuations."""

    template_name = "migration_panel/hosts/evacuate.html"
    scope: Scope = ADMIN

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not (may_list(request) and may(request, EVACUATE)):
                raise NotAllowed()
            self.nova = Nova.connect(request)
            self.outage: HostOutage = async_to_sync(read_outage)(request, self.nova, kwargs["host"])
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
            return response
        except NotFound as error:
            raise PageNotFound(_("The compute host does not exist.")) from error
        except MigrationPanelError as error:
            return as_page(request, error)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self._form()
        return self._page()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if obstacle := self._host_obstacle():
            raise RequestRejected(obstacle)
        self.form = self._form(request.POST)
        if not self.form.is_valid():
            return self._page()
        data, host = self.form.cleaned_data, self.outage.host.name
        result = async_to_sync(evacuate)(self.nova, host, data["instances"], data["destination"] or None)
        # The list of hosts to restart changes with the evacuations.
        evacuated.forget(self.nova)
        self._add_messages(result)
        return HttpResponseRedirect(self.scope.url("evacuate", host))

    def _page(self) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(**self.kwargs))
        return response

    def _host_obstacle(self) -> str:
        """Return why no instance of the host can be evacuated; empty if no reason is known."""
        outage = self.outage
        host = {"host": outage.host.name}
        if outage.host.cell_down:
            return (
                _(
                    "Nova cannot reach the cell of %(host)s. The state of the host and its instances is unknown. "
                    "Wait until the cell's database and message queue work again."
                )
                % host
            )
        if outage.host.up:
            return _("The host is up. Nova evacuates only from hosts that are down.")
        if outage.unsupported_type:
            return _(
                "Nova's driver for the hypervisor type “%(type)s” cannot evacuate instances: they would end in Error. "
                "Start nova-compute on %(host)s, or let another nova-compute service manage the nodes of %(host)s."
            ) % (host | {"type": outage.unsupported_type})
        return ""

    def _form(self, *data: Any) -> EvacuateForm:
        outage = self.outage
        return EvacuateForm(
            *data,
            host=outage.host.name,
            instances=outage.instances,
            services=outage.services,
            not_restarted=outage.not_restarted or (),
            namesakes=namesakes(outage.host.name, outage.services),
        )

    def _add_messages(self, result: EvacuateResult) -> None:
        """Add messages for the next page.  The most frequent reasons are shown."""
        if result.accepted:
            messages.success(self.request, accepted_text(len(result.accepted)))
        if result.not_attempted:
            messages.warning(self.request, not_attempted_text(len(result.not_attempted)))
        refused = sorted(result.refused.items(), key=lambda pair: -len(pair[1]))
        for reason, servers in refused[:MAX_REASONS]:
            messages.error(self.request, refused_text([server.name or server.id for server in servers], reason))
        if others := sum(len(servers) for _reason, servers in refused[MAX_REASONS:]):
            messages.error(self.request, other_reasons_text(others))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        outage, name = self.outage, self.outage.host.name
        obstacle = self._host_obstacle()
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return (
            context
            | {
                # As an attribute of the view, Horizon would treat the title as the source of a template.
                "page_title": _("Evacuation of %(host)s") % {"host": name},
                "scope": self.scope,
                "host": outage.host,
                "form": self.form,
                "possible": not obstacle,
                "obstacle": "" if outage.host.up else obstacle,
                "namesakes": namesakes(name, outage.services),
                "types_unknown": outage.types is None,
                "not_restarted_unknown": outage.not_restarted is None,
                "not_restarted": _not_restarted_text(outage),
                "progress": SEPARATOR.join(progress_texts(outage.progress)),
            }
            | self._instances_context()
            | self._evacuations_context()
        )

    def _instances_context(self) -> dict[str, Any]:
        """Return the instances, those that can be selected first, or what an empty list means."""
        outage = self.outage
        instances = sorted(outage.instances, key=lambda instance: (not instance.selectable, instance.server.name or ""))
        return {
            "instances": [
                (instance, state_label(instance.server.status), consequence_text(instance), cautions(instance))
                for instance in instances
            ],
            "selectable": bool(self.form.selectable),
            "truncated": outage.truncated,
            "needs_script": len(self.form.selectable) > MAX_FIELDS,
            "empty": empty_text(outage.host.name, outage.evidence) if outage.evidence else "",
            "confirmed_empty": outage.evidence is not None and is_confirmed_empty(outage.evidence),
        }

    def _evacuations_context(self) -> dict[str, Any]:
        """Return the context of ``_listing.html`` for the evacuations of this outage only."""
        feed = self.outage.feed
        return {
            "fixed": True,
            "any": bool(feed.rows),
            "bulk": BULK_BUTTONS,
            "sections": [("results", "", list(map(present, offered(self.request, feed.rows))))],
            "cursor": cursor_text(self.request, feed.cursor),
        }


def _not_restarted_text(outage: HostOutage) -> str:
    """Return that nova-compute must be restarted on the host; empty if no restart is needed."""
    count = len({migration.instance_id for migration in outage.before_restart})
    return not_restarted_text(outage.host.name, count) if count else ""
