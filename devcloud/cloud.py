# SPDX-License-Identifier: Apache-2.0
"""One embedded cloud: prepare, start, stop."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

from devcloud.config import cell_database, write_configuration
from devcloud.layout import PROJECT, CloudError, Options, Ports
from devcloud.locks import Report, hold_folder
from devcloud.prepared import copy_data, prepared_data
from devcloud.running import Services
from devcloud.virtualenv import virtualenv

# For a database that Nova is writing to, s.
_PATIENCE = 60


class Cloud:
    """A cloud on five ports from `port` on, over a state folder that is made afresh."""

    def __init__(
        self,
        port: int = 15000,
        state: Path = PROJECT / ".demo" / "cloud",
        computes: int = 6,
        data: str = "demo",
        live_migrations: int = 1,
        report: Report = lambda line: None,
    ) -> None:
        self.ports = Ports.from_base(port)
        self.state = Path(state).resolve()
        self.options = Options(computes, data, live_migrations)
        self._report = report
        self._services: Services | None = None
        self._held: int | None = None

    @property
    def auth_url(self) -> str:
        return self.ports.url("keystone")

    def start(self) -> None:
        """Return when every service answers and every living host is up."""
        self.ports.require_free()
        try:
            self._take_state()
            python = virtualenv(self._report)
            prepared = prepared_data(self.options, python, self._report)
            copy_data(prepared, self.state, self.ports)
            write_configuration(self.state, self.ports, self.options, python)
            self.ports.require_free()  # preparing may have taken minutes
            self._report("Starting services...")
            self._services = Services(self.state, self.ports, self.options, python)
            self._services.start_all()
            self._services.wait_for_hosts()
        except BaseException:
            self.stop()
            raise

    def _take_state(self) -> None:
        """Hold and empty the state folder, unless it is another cloud's or was never a cloud's."""
        mark = self.state / "devcloud"
        self.state.mkdir(parents=True, exist_ok=True)
        if any(self.state.iterdir()) and not mark.exists():
            raise CloudError(f"{self.state} holds something else than a cloud")
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
        """End every process; the state stays to be looked at."""
        if self._services:
            self._services.stop()
            self._services = None
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def kill(self, service: str) -> None:
        """End one service at once, as a crash would."""
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

    @contextmanager
    def nova_database(self) -> Iterator[sqlite3.Connection]:
        """Nova's cell, for what its API neither tells nor takes; one transaction, committed at the end."""
        with closing(sqlite3.connect(cell_database(self.state / "data"), timeout=_PATIENCE)) as database, database:
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
