# SPDX-License-Identifier: Apache-2.0
"""One embedded cloud: prepare, start, stop."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType

from devcloud.config import cell_database, write_configuration
from devcloud.layout import CELLS, PROJECT, REGIONS, CloudError, Options, Ports, outage_marker
from devcloud.locks import Report, hold_folder
from devcloud.prepared import copy_data, prepared_data
from devcloud.running import Services
from devcloud.virtualenv import virtualenv

# Longest wait for a database that Nova is writing to, s.
_PATIENCE = 60


class Cloud:
    """A cloud on five ports from `port` on (seven with two regions), over a state folder that is recreated.

    `cells` and `regions` are 1 or 2. `nova_clock` is the number of seconds that Nova's clock is ahead. `keystone_delay`
    is for tests: the number of seconds that Keystone starts after the other services, as on a machine that is busy.
    """

    def __init__(
        self,
        port: int = 15000,
        state: Path = PROJECT / ".demo" / "cloud",
        computes: int = 6,
        data: str = "demo",
        live_migrations: int = 1,
        report: Report = lambda line: None,
        *,
        cells: int = 1,
        regions: int = 1,
        nova_clock: float = 0,
        keystone_delay: float = 0,
    ) -> None:
        self.options = Options(computes, data, live_migrations, cells, regions)
        self.ports = Ports.from_base(port, self.options.services)
        self.state = Path(state).resolve()
        self.nova_clock = nova_clock
        self._keystone_delay = keystone_delay
        self._report = report
        self._services: Services | None = None
        self._held: int | None = None
        self._stopping = Lock()

    @property
    def auth_url(self) -> str:
        return self.ports.url("keystone")

    def start(self) -> None:
        """Return when every service answers and every host that runs is up."""
        self.ports.require_free()
        try:
            self._take_state()
            python = virtualenv(self._report)
            prepared = prepared_data(self.options, python, self._report)
            copy_data(prepared, self.state, self.ports, self.options)
            write_configuration(self.state, self.ports, self.options, python)
            self.ports.require_free()  # The preparation may have lasted minutes.
            self._report("Starting services...")
            self._services = Services(
                self.state, self.ports, self.options, python, self.options.down, self._keystone_delay
            )
            self._services.nova_clock = self.nova_clock
            self._services.start_all()
            self._services.wait_for_hosts()
        except BaseException:
            self.stop()
            raise

    def _take_state(self) -> None:
        """Lock and empty the state folder; refuse a folder that another cloud uses, or that was never a cloud's."""
        mark = self.state / "devcloud"
        self.state.mkdir(parents=True, exist_ok=True)
        if any(self.state.iterdir()) and not mark.exists():
            raise CloudError(f"{self.state} contains files that are not of a cloud")
        self._held = hold_folder(self.state)
        if self._held is None:
            raise CloudError(f"{self.state} is in use by a running cloud")
        mark.touch()
        for entry in self.state.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry != mark:
                entry.unlink()

    def stop(self) -> None:
        """End every process and keep the state for inspection.  Another thread may be starting the cloud."""
        with self._stopping:
            if self._services:
                self._services.stop()
                self._services = None
            if self._held is not None:
                os.close(self._held)
                self._held = None

    def kill(self, service: str) -> None:
        """End one service at once, like a crash."""
        self._running().kill(service)

    def restart(self, service: str) -> None:
        """End one service at once, and wait until it is back."""
        self.kill(service)
        self.revive(service)

    def revive(self, service: str) -> None:
        """Start a killed service again."""
        services = self._running()
        services.start(service)
        services.wait(service)
        services.wait_for_hosts()

    def set_nova_clock(self, seconds: float) -> None:
        """Restart Nova in every region and cell with its clock `seconds` ahead, or behind if negative."""
        services = self._running()
        self.nova_clock = services.nova_clock = seconds
        processes = services.nova
        for process in processes:
            services.kill(process)
        for process in processes:
            services.start(process)
        services.wait(*processes)
        services.wait_for_hosts()

    def take_down_cell(self, cell: str, region: str = REGIONS[0], delay: float = 0) -> None:
        """Make a cell's database unreachable for Nova's API and scheduler, from the next query on.

        Each query fails after `delay` seconds, as with a network that drops packets instead of refusing them.
        The compute hosts and the conductor of the cell keep their own connection and continue their work.
        """
        self._require_cell(cell, region)
        marker = outage_marker(self.state, cell, region)
        fresh = marker.with_suffix(".new")
        fresh.write_text(str(delay))
        fresh.replace(marker)

    def bring_up_cell(self, cell: str, region: str = REGIONS[0]) -> None:
        """Make a cell's database reachable again; no error if the cell is not down."""
        self._require_cell(cell, region)
        outage_marker(self.state, cell, region).unlink(missing_ok=True)

    def _require_cell(self, cell: str, region: str) -> None:
        if not cell_database(self.state / "data", cell, region).exists():
            raise CloudError(f"no such cell: {cell} of {region}")

    @contextmanager
    def nova_database(self, cell: str = CELLS[0], region: str = REGIONS[0]) -> Iterator[sqlite3.Connection]:
        """Open the database of a cell, for changes that Nova's API does not offer.

        One transaction, committed at the end. The database of a cell that is down can be opened too.
        """
        self._require_cell(cell, region)
        file = cell_database(self.state / "data", cell, region)
        with closing(sqlite3.connect(file, timeout=_PATIENCE)) as database, database:
            yield database

    def _running(self) -> Services:
        if self._services is None:
            raise CloudError("the cloud is not running")
        return self._services

    def __enter__(self) -> Cloud:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
