# SPDX-License-Identifier: Apache-2.0
"""An operator's settings: the address of Keystone, and the folder for the files of this installation."""

import os
from pathlib import Path

# Horizon mistakes an ImportError in this file for a missing file, so only the standard library is imported.
STATE = Path(os.environ.get("HORIZON_STATE", ".demo/horizon")).absolute()

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Without a key, Horizon would write a key file among the installed packages.
SECRET_KEY = os.environ["HORIZON_SECRET_KEY"]

OPENSTACK_KEYSTONE_URL = os.environ.get("OPENSTACK_KEYSTONE_URL", "http://127.0.0.1:15000/v3")
OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT = False
OPENSTACK_KEYSTONE_DEFAULT_DOMAIN = "Default"

# Where sessions and shared values are stored.  "files" serves the workers of one machine, "memcached" several machines.
# The other names stand for caches of real installations, with the sessions in cookies: a memcached client that raises
# its errors, as Horizon's default does; a cache per worker, with Django's limit of 300 entries; no cache; a cache per
# worker for Horizon beside a memcached client for the panel that raises its errors.
CACHE = os.environ.get("HORIZON_CACHE", "files")
PYMEMCACHE = "django.core.cache.backends.memcached.PyMemcacheCache"
MEMCACHED = os.environ.get("HORIZON_MEMCACHED", "")
CACHES = {
    "default": {
        "files": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(STATE / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        },
        "memcached": {
            "BACKEND": PYMEMCACHE,
            "LOCATION": MEMCACHED,
            # If memcached is down, only the sessions are lost. It is used again some seconds after it is back.
            "OPTIONS": {"ignore_exc": True, "connect_timeout": 1, "timeout": 2, "dead_timeout": 3},
        },
        "memcached-raising": {"BACKEND": PYMEMCACHE, "LOCATION": MEMCACHED},
        "locmem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "dummy": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "panel-raising": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }[CACHE]
}
MIGRATION_PANEL = {}
if CACHE == "panel-raising":
    CACHES["migration_panel"] = {"BACKEND": PYMEMCACHE, "LOCATION": MEMCACHED}
    MIGRATION_PANEL["CACHE"] = "migration_panel"
if os.environ.get("HORIZON_PANEL_TIMEOUT"):
    MIGRATION_PANEL["TIMEOUT"] = float(os.environ["HORIZON_PANEL_TIMEOUT"])
SESSION_ENGINE = (
    "django.contrib.sessions.backends.cache"
    if CACHE in ("files", "memcached")
    else "django.contrib.sessions.backends.signed_cookies"
)

STATIC_ROOT = str(STATE / "static")
COMPRESS_OFFLINE = True
