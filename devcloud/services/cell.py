# SPDX-License-Identifier: Apache-2.0
"""A separate process for a cell: its conductor and compute hosts, without an API."""

import argparse
import sys

from devcloud.bus import address
from devcloud.services import nova


def run(arguments: argparse.Namespace) -> None:
    """Start the services, then deliver the messages that Nova's API sends to them, forever."""
    state, name = arguments.state, arguments.name
    nova.configure(state / "etc" / name)
    from nova import config
    from oslo_log import log

    config.parse_args(sys.argv)
    log.setup(config.CONF, "nova")
    nova.start(arguments.hosts, ("conductor",), arguments.needs)
    from devcloud.services import bus

    bus.receive(address(state, name))
