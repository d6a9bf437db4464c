# SPDX-License-Identifier: Apache-2.0
"""Glance: images."""

import os
import sys
from pathlib import Path


def application(etc: Path):
    sys.argv = ["glance"]
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(etc)
    os.environ["OS_GLANCE_CONFIG_FILES"] = "glance-api.conf"
    from glance.wsgi.api import application

    return application


def prepare(etc: Path, url: str) -> None:
    """Create the schema."""
    sys.argv = ["glance-manage", "--config-file", str(etc / "glance-api.conf"), "db_sync"]
    from glance.cmd.manage import main

    main()
