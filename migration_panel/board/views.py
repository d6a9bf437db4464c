# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _
from horizon import views

from migration_panel.scope import Scope


class BoardView(views.HorizonTemplateView):
    template_name = "migration_panel/board.html"
    page_title = _("Migrations")
    scope: Scope = None
