# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from horizon import views
from horizon.exceptions import NotFound as PageNotFound

from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, NotFound, as_page
from migration_panel.launch.types.cards import cards, facts
from migration_panel.scope import Scope


class ChooseView(views.HorizonTemplateView):
    """The four types for one instance, none of them chosen yet."""

    template_name = "migration_panel/choose.html"
    scope: Scope = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.server = Nova.of(request).server(str(kwargs["instance_id"]))
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
