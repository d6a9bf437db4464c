# SPDX-License-Identifier: Apache-2.0
"""The services' configuration files, written again at each start."""

from __future__ import annotations

import shutil
from pathlib import Path

from devcloud.layout import CELLS, REGIONS, Options, Ports, Process, region_data

PASSWORD = "secret"
REGION = REGIONS[0]
# pip puts the packages' own etc/ files under the virtualenv.
_PASTE = {"glance": "glance-api-paste.ini", "neutron": "api-paste.ini", "nova": "api-paste.ini"}


def cell_database(data: Path, cell: str = CELLS[0], region: str = REGION) -> Path:
    """Return the URL of the database in which Nova stores instances, migrations and services."""
    return region_data(data, region) / f"nova_{cell}.db"


def _section(name: str, **options: object) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()) + "\n"


def _database(path: Path, section: str = "database") -> str:
    # Nothing must survive a crash of the machine: the state is recreated at the next start.
    return _section(section, connection=f"sqlite:///{path}", sqlite_synchronous=False)


def _login(ports: Ports, section: str, **more: object) -> str:
    return _section(
        section,
        auth_url=ports.url("keystone"),
        auth_type="password",
        project_domain_name="Default",
        user_domain_name="Default",
        project_name="service",
        username="nova",
        password=PASSWORD,
        **more,
    )


def _auth(ports: Ports) -> str:
    return _login(
        ports,
        "keystone_authtoken",
        www_authenticate_uri=ports.url("keystone"),
        service_token_roles_required=True,
    )


def _keystone(data: Path, ports: Ports) -> str:
    return (
        _database(data / "keystone.db")
        + _section("identity", password_hash_rounds=4, max_password_length=72)  # Fast enough for a demo.
        + _section("token", provider="fernet", expiration=86400)
        + _section("fernet_tokens", key_repository=data / "fernet")
        + _section("fernet_receipts", key_repository=data / "fernet")
        + _section("credential", key_repository=data / "credential")
        + _section("cache", enabled=True, backend="dogpile.cache.memory")
    )


def _placement(data: Path, ports: Ports, process: Process) -> str:
    return (
        _section("api", auth_strategy="keystone")
        + _database(region_data(data, process.region) / "placement.db", "placement_database")
        + _auth(ports)
    )


def _glance(data: Path, ports: Ports) -> str:
    return (
        _section("DEFAULT", enabled_backends="local:file")
        + _database(data / "glance.db")
        + _section("glance_store", default_backend="local")
        + _section("local", filesystem_store_datadir=data / "images")
        + _section("paste_deploy", flavor="keystone")
        + _auth(ports)
    )


def _neutron(data: Path, ports: Ports) -> str:
    return (
        _section(
            "DEFAULT",
            state_path=data / "neutron",
            core_plugin="ml2",
            service_plugins="",
            transport_url="fake://",
            auth_strategy="keystone",
            notify_nova_on_port_status_changes=False,
            notify_nova_on_port_data_changes=False,
        )
        + _database(data / "neutron.db")
        + _section("oslo_concurrency", lock_path=data / "neutron" / "lock")
        + _section("ml2", type_drivers="local", tenant_network_types="local", mechanism_drivers="anyhost")
        + _auth(ports)
    )


def _nova(data: Path, ports: Ports, options: Options, process: Process) -> str:
    own, region = region_data(data, process.region), process.region
    return (
        _section(
            "DEFAULT",
            transport_url="fake://",
            state_path=own / "nova",
            compute_driver="simulated.SimulatedDriver",
            host="controller" if process.cell == CELLS[0] else f"controller-{process.cell}",
            # Long intervals, so that a busy machine never makes a running host look down.
            report_interval=5,
            service_down_time=60,
            max_concurrent_live_migrations=options.live_migrations,
        )
        + _database(own / "nova_api.db", "api_database")
        + _database(cell_database(data, process.cell, region))
        + _section("oslo_concurrency", lock_path=own / "nova" / "lock")
        + _section("compute", live_migration_wait_for_vif_plug=False)
        # Without this, Nova would serialize, parse and validate each of its own answers again.
        + _section("api", response_validation="ignore")
        # The scheduler's knowledge of migrations may be two minutes old, and it would refuse a suitable host: so it
        # reads the database.
        + _section("filter_scheduler", track_instance_changes=False)
        + _section("quota", instances=200, cores=800, ram=2097152, metadata_items=64)
        + _login(ports, "service_user", send_service_user_token=True)
        + _section("glance", region_name=region)
        + _auth(ports)
        + _login(ports, "placement", region_name=region)
        + _login(ports, "neutron", region_name=region)
    )


def write_configuration(state: Path, ports: Ports, options: Options, python: Path) -> None:
    """Write `<state>/etc/<process>/` for every process."""
    data = state / "data"
    texts = {
        "keystone/keystone.conf": _keystone(data, ports),
        "glance/glance-api.conf": _glance(data, ports),
        "neutron/neutron.conf": _neutron(data, ports),
    }
    for process in options.processes:
        # Without this file, oslo.policy searches several folders at each check.
        texts[f"{process.name}/policy.yaml"] = "{}\n"
        if process.service == "placement":
            texts[f"{process.name}/placement.conf"] = _placement(data, ports, process)
        elif process.service in ("nova", "cell"):
            texts[f"{process.name}/nova.conf"] = _nova(data, ports, options, process)
    for name, text in texts.items():
        file = state / "etc" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for process in options.processes:
        if name := _PASTE.get(process.service):
            shutil.copy(python.parent.parent / "etc" / process.service / name, state / "etc" / process.name)
