# SPDX-License-Identifier: Apache-2.0
"""Horizon's real settings with the demo's local settings, without parts that tests do not need."""

import os
import sys
import warnings
from pathlib import Path

import yaml

import migration_panel.enabled

os.environ.setdefault("HORIZON_SECRET_KEY", "known to all, for tests alone")
sys.path.insert(0, str(Path(__file__).parents[1] / "devcloud" / "dashboard" / "etc"))

# Horizon's settings relax the warning filters of the whole process; tests keep theirs.
with warnings.catch_warnings():
    from openstack_dashboard.local import enabled as local_enabled

    local_enabled.__path__.extend(migration_panel.enabled.__path__)
    from openstack_dashboard.settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# Shared by the threads of one process, gone with it: no cache to clean, no database at all.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Django keeps fragments of Horizon's templates here. They stay when a test clears the cache of the panel.
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "fragments"},
}
# For each page, Horizon decides which panels the menu lists: by the policy, or by calls to Keystone and Neutron.
# Tests need the panels that this plugin links to, and the first panel of each dashboard.
HORIZONS_PANELS = {
    ("project", "overview"),
    ("project", "instances"),
    ("project", "api_access"),
    ("admin", "overview"),
    ("admin", "instances"),
    ("admin", "hypervisors"),
    ("identity", "projects"),
}
OWN_PANELS = {("project", "migrations"), ("admin", "migrations")}
HORIZON_CONFIG["panel_customization"] = [  # noqa: F405
    added
    for added in HORIZON_CONFIG["panel_customization"]  # noqa: F405
    if "PANEL" not in added or (added["PANEL_DASHBOARD"], added["PANEL"]) in HORIZONS_PANELS | OWN_PANELS
]
# libyaml parses Horizon's policy files in a tenth of the time: at the start, and again for each test of other files.
yaml.SafeLoader = yaml.CSafeLoader

COMPRESS_ENABLED = False
COMPRESS_OFFLINE = False
# Even when it does not compress, django-compressor would compile every SCSS file into STATIC_ROOT.
COMPRESS_PRECOMPILERS = ()
