# SPDX-License-Identifier: Apache-2.0
"""Nova: API, conductor, scheduler and every nova-compute, in one process.

They talk through oslo.messaging's fake:// transport, which does not leave a process.
"""

import os
import sys
from pathlib import Path


def _configure(etc: Path) -> None:
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    os.environ["OS_NOVA_CONFIG_DIR"] = str(etc)
    sys.argv = ["nova", "--config-file", str(etc / "nova.conf")]
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")


def application(etc: Path, hosts: list[str]):
    _configure(etc)
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    import os_vif
    from nova import context, objects
    from nova.wsgi.osapi_compute import application  # reads nova.conf and sets up RPC

    from devcloud.services import messages

    messages.deliver_at_once()
    objects.register_all()
    os_vif.initialize()
    _start_services(hosts)
    # As `nova-manage cell_v2 discover_hosts` does; a second process could find SQLite locked.
    objects.host_mapping.discover_hosts(context.get_admin_context())
    return application


def _start_services(hosts: list[str]) -> None:
    import nova.conf
    import nova.virt
    from nova import service
    from nova.cmd import conductor, scheduler  # noqa: F401  (they register options)
    from nova.compute import rpcapi
    from nova.servicegroup import api as servicegroup

    # A heartbeat at once: the last one in a prepared database is old.
    servicegroup.INITIAL_REPORTING_DELAY = 0
    # compute_driver is looked up under nova.virt only.
    nova.virt.__path__.append(str(Path(__file__).parent.parent / "virt"))
    conf = nova.conf.CONF
    state = Path(conf.state_path)
    for name in ("conductor", "scheduler"):
        service.Service.create(binary=f"nova-{name}", host=conf.host, topic=name).start()
    for host in hosts:
        # Each keeps its node's identity in a folder of its own.
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


def prepare(etc: Path, url: str) -> None:
    """Schemas of the API, cell0 and cell1, and the two cells."""
    _configure(etc)
    import nova.conf
    from nova import config, objects
    from nova.cmd import manage

    config.parse_args(sys.argv)
    objects.register_all()
    cell0 = nova.conf.CONF.database.connection.replace("cell1", "cell0")
    cells = manage.CellV2Commands()
    manage.ApiDbCommands().sync()
    cells.map_cell0(cell0)
    manage.DbCommands().sync()
    cells.create_cell("cell1")
