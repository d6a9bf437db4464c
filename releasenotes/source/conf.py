# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration of the release notes alone (``tox run -e releasenotes``)."""

from __future__ import annotations

import configparser
from pathlib import Path

setup_cfg = configparser.ConfigParser()
setup_cfg.read(Path(__file__).resolve().parents[2] / "setup.cfg", encoding="utf-8")

project = setup_cfg["metadata"]["name"]
author = setup_cfg["metadata"]["author"]
project_copyright = author

extensions = ["openstackdocstheme", "reno.sphinxext"]
# The pages look like those of doc/.
templates_path = ["../../doc/_templates"]

html_theme = "openstackdocs"
html_theme_options = {
    # The readers are not counted.
    "analytics_tracking_code": "",
    "display_badge": False,
}
openstackdocs_auto_version = False
