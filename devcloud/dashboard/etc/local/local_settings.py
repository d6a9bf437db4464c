# SPDX-License-Identifier: Apache-2.0
"""What an operator sets: where Keystone is, and where this installation keeps its files."""

import os
from pathlib import Path

# Horizon takes an ImportError in this file for the file's absence, so nothing but the standard library is imported.
STATE = Path(os.environ.get("HORIZON_STATE", ".demo/horizon")).absolute()

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Without one, Horizon would write a key file among the installed packages.
SECRET_KEY = os.environ["HORIZON_SECRET_KEY"]

OPENSTACK_KEYSTONE_URL = os.environ.get("OPENSTACK_KEYSTONE_URL", "http://127.0.0.1:15000/v3")
OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT = False
OPENSTACK_KEYSTONE_DEFAULT_DOMAIN = "Default"

# Every worker must see the sessions that another began: from files on one machine, from a memcached on several.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
MEMCACHED = os.environ.get("HORIZON_MEMCACHED")
if MEMCACHED:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
            "LOCATION": MEMCACHED,
            # One that is gone costs the sessions and no more, and is noticed soon when it is back: in seconds.
            "OPTIONS": {"ignore_exc": True, "connect_timeout": 1, "timeout": 2, "dead_timeout": 3},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(STATE / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }

STATIC_ROOT = str(STATE / "static")
COMPRESS_OFFLINE = True
