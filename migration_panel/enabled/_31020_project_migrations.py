# SPDX-License-Identifier: Apache-2.0
PANEL = "migrations"
PANEL_DASHBOARD = "project"
PANEL_GROUP = "compute"
ADD_PANEL = "migration_panel.panels.project.panel.Migrations"
