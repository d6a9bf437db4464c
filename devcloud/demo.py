# SPDX-License-Identifier: Apache-2.0
"""python -m devcloud.demo: Horizon with the panel over an embedded cloud, until SIGTERM or Ctrl-C.

DEMO_PORT     port of Horizon (8000)
CLOUD_PORT    first of the cloud's five ports (15000)
KEYSTONE_URL  serve Horizon over this Keystone, and start no cloud
DEMO_STATE    state folder, recreated at each start (.demo)

For tests of the start:
KEYSTONE_DELAY  number of seconds that Keystone starts after the other services (0)
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from devcloud import Cloud, CloudError
from devcloud.dashboard.server import Horizon
from devcloud.layout import PROJECT
from devcloud.locks import hold_folder
from devcloud.signals import run_until_signal

PR_SET_PDEATHSIG = 1
LOGINS = "admin/secret, helpdesk/secret, viewer/secret (domain Default)"

say = partial(print, flush=True)


@dataclass(frozen=True)
class Options:
    """The options, from the environment."""

    port: int
    cloud_port: int
    keystone_url: str | None
    state: Path
    keystone_delay: float

    @classmethod
    def from_environment(cls) -> Options:
        return cls(
            port=_port("DEMO_PORT", 8000),
            cloud_port=_port("CLOUD_PORT", 15000),
            keystone_url=os.environ.get("KEYSTONE_URL") or None,
            state=Path(os.environ.get("DEMO_STATE") or PROJECT / ".demo").resolve(),
            keystone_delay=float(os.environ.get("KEYSTONE_DELAY") or 0),
        )


def _port(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise CloudError(f"{name} is not a port number: {given}")
    return int(given)


def serve(options: Options, cloud: Cloud | None, horizon: Horizon) -> None:
    """Start the cloud and Horizon, and watch Horizon."""
    _take(options.state)
    horizon.require_free_port()
    if cloud:
        cloud.ports.require_free()
    with ThreadPoolExecutor(1) as beside:
        prepared = beside.submit(horizon.prepare, say)
        if cloud:
            cloud.start()
        prepared.result()
    horizon.start()
    announce(horizon, options)
    while True:
        horizon.require_running()
        time.sleep(1)


def _cloud(options: Options) -> Cloud:
    return Cloud(options.cloud_port, options.state / "cloud", report=say, keystone_delay=options.keystone_delay)


def _take(state: Path) -> None:
    state.mkdir(parents=True, exist_ok=True)
    if hold_folder(state) is None:
        raise CloudError(f"{state} is in use by a running demo")


def announce(horizon: Horizon, options: Options) -> None:
    """Print the ``Ready:`` line when a login works; with another cloud, when its Keystone answers a login."""
    works = horizon.first_login("admin", "secret")
    if not works and not options.keystone_url:
        raise CloudError("the embedded cloud refused its own admin")
    say(f"Ready: {horizon.url}/ log in as {LOGINS if works else 'a user of ' + str(options.keystone_url)}")


def main() -> None:
    if "MAKELEVEL" in os.environ:
        # If make is killed, only the kernel can notify this process.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        options = Options.from_environment()
        cloud = None if options.keystone_url else _cloud(options)
    except CloudError as error:
        sys.exit(f"demo: {error}")
    keystone_url = cloud.auth_url if cloud else options.keystone_url
    horizon = Horizon(options.port, options.state / "horizon", keystone_url)
    stops = [horizon.stop, cloud.stop] if cloud else [horizon.stop]
    run_until_signal("demo", partial(serve, options, cloud, horizon), stops)


if __name__ == "__main__":
    main()
