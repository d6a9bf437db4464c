# SPDX-License-Identifier: Apache-2.0
"""Databases that are made once and copied at each start."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path

from devcloud import processes, seed
from devcloud.cache import made_once
from devcloud.config import cell_database, write_configuration
from devcloud.layout import CELLS, REGIONS, SERVICES, Options, Ports, Process, region_data
from devcloud.locks import Report
from devcloud.running import Services, environment
from devcloud.virtualenv import CONSTRAINTS

# Files that do not affect the databases.
_IRRELEVANT = ("dashboard", "demo.py", "starts.py", "__main__.py", "__pycache__")
_SEEN_LAST = "2020-01-01 00:00:00"


def prepared_data(options: Options, python: Path, report: Report) -> Path:
    """Return the folder of databases for these options; make it first if it does not exist."""
    digest, text = _digest(options), "Preparing databases, once..."
    return made_once("prepared", digest, report, text, lambda state: _prepare(state, options, python, report))


def _digest(options: Options | None = None) -> str:
    package = Path(__file__).parent
    digest = hashlib.sha256(repr(options).encode() + CONSTRAINTS.read_bytes())
    for file in sorted(package.rglob("*.py")):
        if not set(file.relative_to(package).parts) & set(_IRRELEVANT):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _schemas(state: Path, python: Path) -> None:
    """Make databases without records, of one region with all cells: the migration scripts run for many seconds."""
    options = Options(computes=len(CELLS), data="bare", cells=len(CELLS))
    data, ports = state / "data", Ports.free(options.services)
    for name in ("fernet", "credential", "images", "neutron", "nova"):
        (data / name).mkdir(parents=True)
        (data / name).chmod(0o700)  # Keystone warns if others can read the keys.
    write_configuration(state, ports, options, python)

    def make(process: Process) -> None:
        cells = CELLS if process.name == "nova" else ()
        command = [python, "-m", "devcloud.services.prepare", process.service, process.name, state]
        processes.run([*command, ports.url("keystone"), *cells], state / f"prepare-{process.name}.log", environment())

    longest_first = ("nova", "keystone", "neutron", "glance", "placement")
    made = [process for process in options.processes if process.name in longest_first]
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(make, sorted(made, key=lambda process: longest_first.index(process.name))))
    for file in data.rglob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode = WAL")


def _prepare(state: Path, options: Options, python: Path, report: Report) -> None:
    data, ports = state / "data", Ports.free(options.services)
    schemas = made_once("schemas", _digest(), report, "Making schemas, once...", lambda state: _schemas(state, python))
    shutil.copytree(schemas, data)
    _divide(data, options)
    _relocate(data, ports, options)
    write_configuration(state, ports, options, python)
    services = Services(state, ports, options, python)
    try:
        _fill(services, ports, options, report)
    finally:
        services.stop()
    _settle(data, options)


def _divide(data: Path, options: Options) -> None:
    """Copy the databases for a second region, which has one cell, and remove cells that the options do not include."""
    for region in options.region_names[1:]:
        own = region_data(data, region)
        (own / "nova").mkdir(parents=True)
        (own / "nova").chmod(0o700)
        for name in ("nova_api", "nova_cell0", "nova_cell1", "placement"):
            shutil.copy(data / f"{name}.db", own)
    for region in options.region_names:
        kept = CELLS[: options.cells if region == REGIONS[0] else 1]
        for cell in CELLS:
            if cell not in kept:
                cell_database(data, cell, region).unlink(missing_ok=True)
                with closing(sqlite3.connect(region_data(data, region) / "nova_api.db")) as database, database:
                    database.execute("DELETE FROM cell_mappings WHERE name = ?", (cell,))


def _fill(services: Services, ports: Ports, options: Options, report: Report) -> None:
    by_service = {
        service: [process.name for process in options.processes if process.service == service]
        for service in ("keystone", "placement", "glance", "neutron", "cell", "nova")
    }
    *first, cells, novas = by_service.values()
    others = list(chain(*first))
    for name in others:
        services.start(name)
    services.wait("keystone")
    seed.identity(ports, options)
    services.wait(*others)
    for group in (cells, novas):  # When Nova's API starts, it looks for the hosts of all cells.
        for name in group:
            services.start(name)
        services.wait(*group)
    services.wait_for_hosts()
    report("  services up")
    seed.resources(ports, options)
    if options.data == "demo":
        seed.demo(ports, options, report)
    elif options.data == "few":
        seed.few(ports, options)


def _settle(data: Path, options: Options) -> None:
    """Write back the journals, and set old heartbeats for the hosts that are down."""
    for cell in CELLS[: options.cells]:
        with closing(sqlite3.connect(cell_database(data, cell))) as database, database:
            for host in options.down:
                database.execute("UPDATE services SET last_seen_up = ? WHERE host = ?", (_SEEN_LAST, host))
    for file in data.rglob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("VACUUM")


def copy_data(prepared: Path, state: Path, ports: Ports, options: Options) -> None:
    """Copy prepared databases into a state folder, and set their paths and ports."""
    data = state / "data"
    shutil.copytree(prepared, data)
    _relocate(data, ports, options)


def _relocate(data: Path, ports: Ports, options: Options) -> None:
    for file, statement, arguments in _relocations(data, ports, options):
        with closing(sqlite3.connect(file)) as database, database:
            database.executemany(statement, arguments)


def _relocations(data: Path, ports: Ports, options: Options):
    endpoints = "region_id = ? AND service_id IN (SELECT id FROM service WHERE extra LIKE ?)"
    for region in options.region_names:
        yield (
            data / "keystone.db",
            f"UPDATE endpoint SET url = ? WHERE {endpoints}",  # noqa: S608 - from above
            [(ports.url(name, region), region, f'%"name": "{name}"%') for name in SERVICES],
        )
        yield (
            region_data(data, region) / "nova_api.db",
            "UPDATE cell_mappings SET database_connection = ? WHERE name = ?",
            [(f"sqlite:///{cell_database(data, cell, region)}", cell) for cell in ("cell0", *CELLS)],
        )
    yield (
        data / "glance.db",
        "UPDATE image_locations SET value = ? || image_id",
        [(f"file://{data}/images/",)],
    )
