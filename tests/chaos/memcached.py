# SPDX-License-Identifier: Apache-2.0
"""The memcached that Horizons share.  As a program, install Debian's package if it is missing and the user is root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devcloud.layout import ADDRESS, Ports
from devcloud.processes import Children

# memcached runs as root only with this option.
USER = ["-u", "root"] if os.geteuid() == 0 else []


class Memcached:
    """A memcached on a port of the loopback address, empty at each start."""

    def __init__(self, port: int, state: Path) -> None:
        self.address = f"{ADDRESS}:{port}"
        self._port = port
        self._children = Children(state)

    def start(self) -> None:
        Ports({"memcached": self._port}).require_free()
        command = [program(), "-l", ADDRESS, "-p", self._port, "-U", "0", *USER]
        self._children.start("memcached", command, os.environ)

    def kill(self) -> None:
        """Kill it, like a crash."""
        self._children.kill("memcached")

    def stop(self) -> None:
        self._children.kill_all()


def program() -> str:
    found = shutil.which("memcached")
    if not found:
        raise FileNotFoundError("there is no memcached: install one, or these tests cannot run")
    return found


def version() -> str:
    return subprocess.run([program(), "-V"], capture_output=True, text=True, check=True).stdout.split()[-1]


def main() -> int:
    if not shutil.which("memcached") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "--quiet"], ["install", "--yes", "--quiet", "memcached"]):
            subprocess.run(["apt-get", *words], check=False, env=environment, stdout=sys.stderr)
    if shutil.which("memcached"):
        return 0
    sys.stderr.write("There is no memcached: install one, or the fault tests cannot run.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
