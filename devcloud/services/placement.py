# SPDX-License-Identifier: Apache-2.0
"""Placement: the resources of each compute host, and their consumers."""

import os
import sys
from pathlib import Path


def application(etc: Path):
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(etc)
    from placement.wsgi.api import application

    return application


def prepare(etc: Path, url: str) -> None:
    """Create the schema."""
    sys.argv = ["placement-manage", "--config-file", str(etc / "placement.conf"), "db", "sync"]
    from placement.cmd.manage import main

    main()
