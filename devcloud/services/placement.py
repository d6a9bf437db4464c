# SPDX-License-Identifier: Apache-2.0
"""Placement: what each compute host has, and who uses it."""

import os
import sys
from pathlib import Path


def application(etc: Path):
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(etc)
    from placement.wsgi.api import application

    return application


def prepare(etc: Path, url: str) -> None:
    """Schema."""
    sys.argv = ["placement-manage", "--config-file", str(etc / "placement.conf"), "db", "sync"]
    from placement.cmd.manage import main

    main()
