# SPDX-License-Identifier: Apache-2.0
from migration_panel.scope import PROJECT
from migration_panel.urls import panel_urls

urlpatterns = panel_urls(PROJECT)
