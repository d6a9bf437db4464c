# SPDX-License-Identifier: Apache-2.0
"""Make a cell's database unreachable for Nova's API and for all services that act across cells."""

import time
from functools import partial
from pathlib import Path

from nova.db.main import api
from oslo_db.exception import DBConnectionError
from sqlalchemy import event

from devcloud.layout import outage_marker


def fail_while_marked(state: Path, region: str) -> None:
    """Raise DBConnectionError for a cell while its marker exists, after the delay in seconds that the marker holds.

    Only connections by cell mapping fail. The cell's own conductor and compute hosts keep their connections.
    """
    create = api.create_context_manager

    def marked(connection=None):
        manager = create(connection)
        cell = str(connection).rpartition("nova_")[2].removesuffix(".db")
        manager.append_on_engine_create(partial(_watch, outage_marker(state, cell, region)))
        return manager

    api.create_context_manager = marked


def _watch(marker: Path, engine: object) -> None:
    @event.listens_for(engine, "engine_connect")
    def fail_while_down(connection):
        try:
            delay = marker.read_text()
        except FileNotFoundError:
            return
        time.sleep(float(delay))
        raise DBConnectionError
