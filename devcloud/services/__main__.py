# SPDX-License-Identifier: Apache-2.0
"""Serve one service: python -m devcloud.services NAME STATE PORT [COMPUTE HOST...]"""

import importlib
import os
import sys
import threading
import traceback
from pathlib import Path

# These open a transaction within another, so they cannot take the lock at BEGIN;
# a single thread keeps two writers from meeting.
SINGLE = ("placement", "neutron")
# Horizon leaves its connections open: at waitress's limit of 100, others wait for minutes until idle ones time out.
CONNECTIONS = 500


def _end_with_parent() -> None:
    """Exit as soon as whoever holds the other end of our standard input is gone."""

    def wait_for_end():
        os.read(0, 1)
        os._exit(0)

    threading.Thread(target=wait_for_end, daemon=True).start()


def main() -> None:
    name, state, port, *hosts = sys.argv[1:]
    _end_with_parent()
    from devcloud.services import sqlite

    sqlite.keep_connections()
    sqlite.wait_for_locks()
    if name not in SINGLE:
        sqlite.lock_at_begin()
    service = importlib.import_module(f"devcloud.services.{name}")
    application = service.application(Path(state) / "etc" / name, *([hosts] if hosts else []))
    from waitress import serve

    serve(
        application,
        host="127.0.0.1",
        port=int(port),
        threads=1 if name in SINGLE else 8,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() bears no more than 1,024 open files
    )


try:
    main()
finally:
    # Only a failure leads here, and Nova's threads would keep the process alive after it.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
