# SPDX-License-Identifier: Apache-2.0
FEATURE = "migration_panel"
ADD_INSTALLED_APPS = ["migration_panel"]
ADD_SCSS_FILES = ["migration_panel/scss/migration_panel.scss"]
EXTRA_TABS = {
    f"openstack_dashboard.dashboards.{tabs}": ("migration_panel.board.detail.views.InstanceMigrationsTab",)
    for tabs in (
        "project.instances.tabs.InstanceDetailTabs",
        "admin.instances.tabs.AdminInstanceDetailTabs",
    )
}
EXTRA_TABS["openstack_dashboard.dashboards.admin.hypervisors.tabs.HypervisorHostTabs"] = (
    "migration_panel.hosts.listing.views.MaintenanceTab",
)
