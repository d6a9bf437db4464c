# SPDX-License-Identifier: Apache-2.0
"""Horizon's own settings, with the two additions of an operator.

The additions are a local_settings.py, found as the package ``local`` on the path, and the plugin's enabled files. An
operator copies the enabled files into openstack_dashboard/local/enabled. Here that package also searches the checkout,
so that nothing is written among the installed packages.
"""

import sys
from pathlib import Path

from openstack_dashboard.local import enabled as local_enabled

import migration_panel.enabled

sys.path.insert(0, str(Path(__file__).with_name("etc")))
local_enabled.__path__.extend(migration_panel.enabled.__path__)

from openstack_dashboard.settings import *  # noqa: E402, F403
from openstack_dashboard.settings import HORIZON_CONFIG, TEMPLATES  # noqa: E402

# "Migrate instance" in the row menus of Horizon's own instance tables.
HORIZON_CONFIG["customization_module"] = "migration_panel.customization"

# The styles of the theme that the user selects.
COMPRESS_OFFLINE_CONTEXT = "devcloud.dashboard.themes.offline_context"
TEMPLATES[0]["DIRS"].insert(0, str(Path(__file__).with_name("templates")))
TEMPLATES[0]["OPTIONS"]["context_processors"].append("devcloud.dashboard.themes.theme")
