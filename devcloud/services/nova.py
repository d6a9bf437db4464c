# SPDX-License-Identifier: Apache-2.0
"""Nova: API, conductor, scheduler and every nova-compute, in one process.

They communicate through oslo.messaging's fake:// transport, which does not leave a process.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from devcloud.layout import outage_marker


def configure(etc: Path) -> None:
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    os.environ["OS_NOVA_CONFIG_DIR"] = str(etc)
    sys.argv = ["nova", "--config-file", str(etc / "nova.conf")]
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)


def application(arguments: argparse.Namespace):
    """Start all services except the compute hosts of a cell with a process of its own, and return the API."""
    state = arguments.state
    configure(state / "etc" / arguments.name)
    from devcloud.bus import address
    from devcloud.services import bus, cells

    # This comes before the import of the API, which opens the cells' databases.
    cells.fail_while_marked(state, arguments.region)
    if arguments.cell:
        bus.forward(address(state, arguments.cell), frozenset(arguments.cell_host))
    from nova import context, objects
    from nova.wsgi.osapi_compute import application  # reads nova.conf and sets up RPC

    start(arguments.hosts, ("conductor", "scheduler"), arguments.needs)
    # As `nova-manage cell_v2 discover_hosts` does; a second process could find SQLite locked.
    admin = context.get_admin_context()
    for mapping in objects.CellMappingList.get_all(admin):
        if not outage_marker(state, mapping.name, arguments.region).exists():
            objects.host_mapping.discover_hosts(admin, mapping.uuid)
    return application


def start(hosts: list[str], services: Iterable[str], needs: Iterable[str]) -> None:
    """Start services that communicate within this process, and compute hosts when the URLs in `needs` answer."""
    import os_vif
    from nova import objects

    from devcloud.services import messages

    messages.deliver_at_once()
    objects.register_all()
    os_vif.initialize()
    _start_services(hosts, services, needs)


def _start_services(hosts: list[str], services: Iterable[str], needs: Iterable[str]) -> None:
    import nova.conf
    import nova.virt
    from nova import service
    from nova.cmd import conductor, scheduler  # noqa: F401  (they register options)
    from nova.compute import rpcapi
    from nova.scheduler.client import report
    from nova.servicegroup import api as servicegroup

    from devcloud.services.needs import wait_for

    # Write a heartbeat at once: the last heartbeat in a prepared database is old.
    servicegroup.INITIAL_REPORTING_DELAY = 0
    # When an instance comes or goes, Nova 34 reads the allocations of all instances of the host, one by one, because a
    # driver may move them between resource providers. This driver has one provider.
    report.SchedulerReportClient.get_allocations_for_provider_tree = lambda self, context, nodename: {}
    # compute_driver is looked up under nova.virt only.
    nova.virt.__path__.append(str(Path(__file__).parent.parent / "virt"))
    conf = nova.conf.CONF
    state = Path(conf.state_path)
    # Wait only now, because the imports can run while the other services start. nova-compute authenticates as soon as
    # it is created and exits if Keystone refuses the connection. Without Placement, it has no inventory for a minute.
    wait_for(needs)
    for name in services:
        service.Service.create(binary=f"nova-{name}", host=conf.host, topic=name).start()
    for host in hosts:
        # Each host stores the identity of its node in a folder of its own.
        (state / host).mkdir(parents=True, exist_ok=True)
        conf.set_override("state_path", str(state / host))
        conf.set_override("host", host)
        service.Service.create(
            binary="nova-compute",
            host=host,
            topic=rpcapi.RPC_TOPIC,
            topic_alt=rpcapi.RPC_TOPIC_ALT,
            manager="devcloud.services.compute.HostComputeManager",
        ).start()
    conf.clear_override("state_path")
    conf.clear_override("host")


def prepare(etc: Path, url: str, names: Sequence[str] = ("cell1",)) -> None:
    """Create the schemas of the API, cell0 and the other cells, and the mappings of the cells."""
    configure(etc)
    import nova.conf
    from nova import config, objects
    from nova.cmd import manage

    config.parse_args(sys.argv)
    objects.register_all()
    first = nova.conf.CONF.database.connection
    cells = manage.CellV2Commands()
    manage.ApiDbCommands().sync()
    cells.map_cell0(first.replace("cell1", "cell0"))
    manage.DbCommands().sync()
    for name in names:
        connection = first.replace("cell1", name)
        # Nova wants another transport for each cell; fake:// ignores the host.
        cells.create_cell(name, connection, f"fake://{name}/")
        if connection != first:
            # No instance is in the database yet. Another run of the migration scripts would need many seconds for the
            # same result.
            shutil.copy(etc.parent.parent / "data" / "nova_cell0.db", connection.removeprefix("sqlite:///"))
