# SPDX-License-Identifier: Apache-2.0
"""The addresses below a panel, alike in both dashboards."""

from django.urls import URLPattern, path

from migration_panel.board.views import BoardView
from migration_panel.scope import Scope


def panel_urls(scope: Scope) -> list[URLPattern]:
    return [
        path("", BoardView.as_view(scope=scope), name="index"),
    ]
