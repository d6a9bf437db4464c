# SPDX-License-Identifier: Apache-2.0
"""A separate process for a cell: its conductor and compute hosts, without an API."""

import sys
from pathlib import Path

from devcloud.bus import address
from devcloud.services import nova


def run(state: Path, name: str, hosts: list[str]) -> None:
    """Start the services, then deliver the messages that Nova's API sends to them, forever."""
    nova.configure(state / "etc" / name)
    from nova import config
    from oslo_log import log

    config.parse_args(sys.argv)
    log.setup(config.CONF, "nova")
    nova.start(hosts, ("conductor",))
    from devcloud.services import bus

    bus.receive(address(state, name))
