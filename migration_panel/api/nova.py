# SPDX-License-Identifier: Apache-2.0
"""Nova: one class for all its resources, one method for each call."""

from migration_panel.api.nova_hosts import HostCalls
from migration_panel.api.nova_migrations import MigrationCalls
from migration_panel.api.nova_servers import ServerCalls


class Nova(MigrationCalls, ServerCalls, HostCalls):
    """One user's Nova.  Its constructor and ``connect`` may make a call, to find out Nova's microversion."""
