# SPDX-License-Identifier: Apache-2.0
"""What Nova's drivers can do with an instance: rules shared by plans and forms."""

from migration_panel.nova.drivers import can_cold_migrate, can_evacuate, can_live_migrate

__all__ = ["can_cold_migrate", "can_evacuate", "can_live_migrate"]
