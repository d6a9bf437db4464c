# SPDX-License-Identifier: Apache-2.0
"""Horizon, served as in production: assets compressed offline, several workers, shared sessions."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from pathlib import Path

from devcloud.dashboard.assets import compressed_assets
from devcloud.dashboard.login import can_log_in
from devcloud.layout import ADDRESS, PROJECT, CloudError, Ports
from devcloud.locks import Report
from devcloud.processes import Children, tail

_GUNICORN = Path(__file__).with_name("gunicorn.conf.py")
_PATIENCE = 120  # s, for the first login on a busy machine


def _silent(text: str) -> None:
    """Report nothing."""


class Horizon:
    """One Horizon on a port of its own, with a state folder that is recreated."""

    def __init__(
        self,
        port: int,
        state: Path,
        keystone_url: str,
        memcached: str | None = None,
        secret_key: str | None = None,
        cache: str = "",
        panel_timeout: float | None = None,
    ) -> None:
        """Prepare a Horizon.  Several servers that share a memcached, given as address and port, need the same key.

        ``cache``: a name from etc/local/local_settings.py; by default memcached if it is given, else files.
        ``panel_timeout``: the panel's TIMEOUT, s.
        """
        self.url = f"http://{ADDRESS}:{port}"
        self._ports = Ports({"Horizon": port})
        self._state = state.resolve()
        self._children = Children(self._state)
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "devcloud.dashboard.settings",
            "HORIZON_CACHE": cache or ("memcached" if memcached else "files"),
            "HORIZON_MEMCACHED": memcached or "",
            "HORIZON_PANEL_TIMEOUT": str(panel_timeout or ""),
            "HORIZON_SECRET_KEY": secret_key or secrets.token_urlsafe(32),
            "HORIZON_STATE": str(self._state),
            "OPENSTACK_KEYSTONE_URL": keystone_url,
            "PYTHONPATH": str(PROJECT),
        }

    def prepare(self, report: Report = _silent) -> None:
        """Empty the state folder, and copy the compressed assets into it."""
        shutil.rmtree(self._state, ignore_errors=True)
        self._state.mkdir(parents=True)
        shutil.copytree(compressed_assets(self._environment, report), self._state / "static")

    def require_free_port(self) -> None:
        self._ports.require_free()

    def start(self) -> None:
        self.require_free_port()  # the preparation may have lasted a while
        [port] = self._ports.numbers.values()
        command = [sys.executable, "-m", "gunicorn", "--config", _GUNICORN, "--bind", f"{ADDRESS}:{port}"]
        self._children.start("horizon", command, self._environment)

    def first_login(self, user: str, password: str) -> bool:
        """Return whether the user can log in, as soon as Horizon answers."""
        end = time.monotonic() + _PATIENCE
        while True:
            self.require_running()
            try:
                return can_log_in(self.url, user, password)
            except OSError as error:
                if time.monotonic() > end:
                    log = tail(self._children.log("horizon"))
                    raise CloudError(f"no login to Horizon works: {error}\n{log}") from error
            time.sleep(0.2)

    def require_running(self) -> None:
        self._children.require_running("horizon")

    def kill(self) -> None:
        """Kill all processes, like a crash of the machine.  Horizon can be started again."""
        self._children.kill("horizon")

    def stop(self) -> None:
        """End Horizon at once: the kernel ends its workers too."""
        self._children.kill_all()
