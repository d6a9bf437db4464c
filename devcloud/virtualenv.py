# SPDX-License-Identifier: Apache-2.0
"""The virtualenv of OpenStack's services, created once and stored in the cache."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from devcloud.layout import CACHE, CloudError
from devcloud.locks import Report, waiting_lock
from devcloud.processes import run

CONSTRAINTS = Path(__file__).with_name("constraints.txt")
PACKAGES = ("nova", "keystone", "openstack-placement", "glance", "neutron", "python-openstackclient", "waitress")
OLDEST = (3, 11)  # oldest Python for OpenStack's services; this package itself supports 3.10


def _interpreter() -> tuple[str, str]:
    """Return the Python for the services and its version: the running Python, or another if it is too old."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable, platform.python_version()
    for minor in range(13, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
            return found, version.split()[1]
    raise CloudError("OpenStack's services need Python 3.11 or newer")


def virtualenv(report: Report) -> Path:
    """Return the Python of the virtualenv; create the virtualenv if it does not exist."""
    interpreter, version = _interpreter()
    digest = hashlib.sha256(CONSTRAINTS.read_bytes() + version.encode()).hexdigest()[:12]
    folder = CACHE / f"venv-{digest}"
    done = folder / "complete"
    with waiting_lock(CACHE / f"venv-{digest}.lock", report):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            report("Installing OpenStack's services, once...")
            log = CACHE / f"venv-{digest}.log"
            run([interpreter, "-m", "venv", folder], log)
            # Most modules are tests, which are never imported: Python compiles the others when it imports them.
            install = ["-m", "pip", "install", "-q", "--no-compile", "-c", CONSTRAINTS, *PACKAGES]
            run([folder / "bin/python", *install], log)
            done.touch()
    return folder / "bin" / "python"
