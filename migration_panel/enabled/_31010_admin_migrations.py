# SPDX-License-Identifier: Apache-2.0
PANEL = "migrations"
PANEL_DASHBOARD = "admin"
PANEL_GROUP = "compute"
ADD_PANEL = "migration_panel.panels.admin.panel.Migrations"
