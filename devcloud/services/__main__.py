# SPDX-License-Identifier: Apache-2.0
"""Run one process of a cloud: python -m devcloud.services SERVICE NAME STATE PORT [COMPUTE HOST...]"""

import argparse
import importlib
import os
import sys
import threading
import time
import traceback
from pathlib import Path

# These open a transaction within another, so they cannot take the lock at BEGIN;
# a single thread keeps two writers from meeting.
SINGLE = ("placement", "neutron")
# Horizon leaves its connections open: with waitress's limit of 100, others wait for minutes until idle connections time
# out.
CONNECTIONS = 500


def _end_with_parent() -> None:
    """Exit when the process that holds the other end of the standard input has ended."""

    def wait_for_end():
        os.read(0, 1)
        os._exit(0)

    threading.Thread(target=wait_for_end, daemon=True).start()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devcloud.services")
    parser.add_argument("service")
    parser.add_argument("name")
    parser.add_argument("state", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("hosts", nargs="*")
    parser.add_argument("--clock", type=float, default=0, help="seconds that the clock is ahead")
    parser.add_argument("--delay", type=float, default=0, help="seconds until the service starts")
    parser.add_argument("--needs", action="append", default=[], help="for Nova: a URL that answers before it starts")
    parser.add_argument("--region", default="", help="for Nova: whose cells it has")
    parser.add_argument("--cell", default="", help="for Nova: a process that runs a cell")
    parser.add_argument("--cell-host", action="append", default=[], help="for Nova: a compute host of that cell")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    _end_with_parent()
    time.sleep(arguments.delay)
    if arguments.clock:
        from devcloud.services import clock

        clock.shift(arguments.clock)
    from devcloud.services import sqlite

    sqlite.keep_connections()
    sqlite.wait_for_locks()
    if arguments.service not in SINGLE:
        sqlite.lock_at_begin()
    service = importlib.import_module(f"devcloud.services.{arguments.service}")
    if arguments.service == "cell":
        service.run(arguments)
    elif arguments.service == "nova":
        _serve(arguments, service.application(arguments))
    else:
        _serve(arguments, service.application(arguments.state / "etc" / arguments.name))


def _serve(arguments: argparse.Namespace, application: object) -> None:
    from waitress import serve

    serve(
        application,
        host="127.0.0.1",
        port=arguments.port,
        threads=1 if arguments.service in SINGLE else 8,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() supports at most 1,024 open files
    )


try:
    main()
finally:
    # Only a failure leads here. Nova's threads would keep the process running after it.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
