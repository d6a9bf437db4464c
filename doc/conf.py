# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration of the documentation (``tox run -e docs``).  The build needs no network."""

from __future__ import annotations

import configparser
import logging
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

ROOT = Path(__file__).resolve().parents[1]
setup_cfg = configparser.ConfigParser()
setup_cfg.read(ROOT / "setup.cfg", encoding="utf-8")
# An archive of the sources has no history, and a shallow clone only its end.
git = subprocess.run(["git", "rev-parse", "--is-shallow-repository"], cwd=ROOT, capture_output=True, text=True)
HAS_HISTORY = git.stdout.strip() == "false"

project = setup_cfg["metadata"]["name"]
author = setup_cfg["metadata"]["author"]
project_copyright = author
release = version = setup_cfg["metadata"]["version"]

extensions = ["openstackdocstheme", "reno.sphinxext"]
exclude_patterns = ["_templates"]
templates_path = ["_templates"]
suppress_warnings = []

html_theme = "openstackdocs"
html_theme_options = {
    # The readers of the documentation are not counted.
    "analytics_tracking_code": "",
    "display_badge": False,
}
# The theme would read the version from pbr's metadata; this project uses setuptools alone.
openstackdocs_auto_version = False


class CommitWarnings(logging.Filter):
    """Drop the theme's warning that the sources have no Git commit."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "cannot get gitsha" not in record.getMessage()


if not HAS_HISTORY:
    # reno reads the release notes from Git's history, and the theme the commit.
    exclude_patterns += ["release-notes.rst"]
    suppress_warnings += ["toc.excluded"]
    logging.getLogger("sphinx.openstackdocstheme.ext").addFilter(CommitWarnings())


def warn_of_dead_links(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of relative links, which lead to no built page.  Use the roles ``doc`` and ``download`` instead."""
    for link in doctree.findall(nodes.reference):
        target = urlsplit(link.get("refuri", ""))
        if target.path and not target.scheme:
            getLogger(__name__).warning("relative link to %s", target.path, location=link)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", warn_of_dead_links)
