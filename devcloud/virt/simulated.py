# SPDX-License-Identifier: Apache-2.0
"""Nova virt driver without a hypervisor, based on Nova's own fake driver: migrations last some time.

Nova's fake driver lacks these parts: guests that survive a restart, a paused and a suspended state, the libvirt
driver's rule for storage, and migrations with progress.
"""

import functools
import re
import time
import uuid

import nova.conf
from nova import context as nova_context
from nova import exception, objects
from nova.compute import power_state, task_states
from nova.virt import fake, node

from devcloud.config import REGION
from devcloud.virt.hold import wait_while_held
from devcloud.virt.knobs import Knobs
from devcloud.virt.moving import Moving
from devcloud.virt.storage import choose_block_migration


class SimulatedDriver(fake.FakeDriver):
    vcpus = 32
    memory_mb = 128 * 1024
    local_gb = 2000

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        self._moving: dict[str, Moving] = {}

    # The host

    def init_host(self, host):
        super().init_host(host)
        if node.read_local_node_uuid() is None:
            node.write_local_node_uuid(self._node_uuid())  # otherwise Nova refuses the next start
        # At the very first start, the service is new and must have no guests.
        for instance in objects.InstanceList.get_by_host(nova_context.get_admin_context(), host, expected_attrs=[]):
            self._put(instance, instance.power_state or power_state.RUNNING)

    def _node_uuid(self) -> str:
        """Derive the UUID from the host's name.  Hosts of the same name in two regions have different nodes."""
        region = nova.conf.CONF.placement.region_name
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self._host if region == REGION else f"{self._host}.{region}"))

    def get_available_resource(self, nodename):
        # Nova's fake node has another identity in each process.
        return super().get_available_resource(nodename) | {"uuid": self._node_uuid()}

    def get_nodenames_by_uuid(self, refresh=False):
        return {self._node_uuid(): self._host}

    def get_host_ip_addr(self):
        number = re.search(r"\d+$", self._host)
        return f"192.0.2.{int(number[0]) if number else 254}"

    # Guests

    def _put(self, instance, state):
        self.instances[instance.uuid] = fake.FakeInstance(instance.name, state, instance.uuid)

    def _guest(self, instance):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return self.instances[instance.uuid]

    def pause(self, instance):
        self._guest(instance).state = power_state.PAUSED

    def unpause(self, instance):
        self._guest(instance).state = power_state.RUNNING

    def suspend(self, context, instance):
        self._guest(instance).state = power_state.SUSPENDED

    def resume(self, context, instance, network_info, block_device_info=None, share_info=None):
        self._guest(instance).state = power_state.RUNNING

    def attach_interface(self, context, instance, image_meta, vif):
        pass  # the fake driver's list of interfaces does not move with the guest

    def detach_interface(self, context, instance, vif):
        pass

    # Live migration

    def check_can_live_migrate_destination(
        self, context, instance, src_compute_info, dst_compute_info, block_migration=False, disk_over_commit=False
    ):
        if refusal := Knobs.of(instance).refusal(self._host):
            raise exception.MigrationPreCheckError(reason=refusal)
        return super().check_can_live_migrate_destination(
            context, instance, src_compute_info, dst_compute_info, block_migration, disk_over_commit
        )

    def check_can_live_migrate_source(self, context, instance, dest_check_data, block_device_info=None):
        return choose_block_migration(dest_check_data, Knobs.of(instance).shared, self._host)

    def pre_live_migration(self, context, instance, block_device_info, network_info, disk_info, migrate_data):
        time.sleep(Knobs.of(instance).preparing_seconds())
        wait_while_held(instance, "preparing")
        return migrate_data

    def live_migration(
        self, context, instance, dest, post_method, recover_method, block_migration=False, migrate_data=None
    ):
        moving = self._moving[instance.uuid] = Moving.of(instance, migrate_data)
        try:
            moving.run(
                functools.partial(post_method, context, instance, dest, block_migration, migrate_data),
                functools.partial(recover_method, context, instance, dest, migrate_data),
            )
        finally:
            # The guest may have returned, and may already be leaving again.
            if self._moving.get(instance.uuid) is moving:
                del self._moving[instance.uuid]

    def _moving_now(self, instance) -> Moving:
        try:
            return self._moving[instance.uuid]
        except KeyError:
            raise exception.NoActiveMigrationForInstance(instance_id=instance.uuid) from None

    def live_migration_force_complete(self, instance):
        self._moving_now(instance).force()

    def live_migration_abort(self, instance):
        self._moving_now(instance).abort()

    def post_live_migration(self, context, instance, block_device_info, migrate_data=None):
        self.destroy(context, instance, None, block_device_info)

    def post_live_migration_at_source(self, context, instance, network_info):
        pass

    def post_live_migration_at_destination(
        self, context, instance, network_info, block_migration=False, block_device_info=None
    ):
        self._put(instance, instance.power_state)

    # Cold migration

    def migrate_disk_and_power_off(
        self, context, instance, dest, flavor, network_info, block_device_info=None, timeout=0, retry_interval=0
    ):
        time.sleep(Knobs.of(instance).cold_seconds("resize_migrating"))
        wait_while_held(instance, "migrating")
        self.power_off(instance)

    def finish_migration(self, context, migration, instance, *args, **kwargs):
        knobs = Knobs.of(instance)
        time.sleep(knobs.cold_seconds("resize_finish"))
        wait_while_held(instance, "resize_finish")
        if knobs.cold_fail:
            raise exception.MigrationError(reason=knobs.cold_fail)
        super().finish_migration(context, migration, instance, *args, **kwargs)

    # Evacuation

    def instance_on_disk(self, instance):
        return Knobs.of(instance).shared

    def spawn(self, context, instance, *args, **kwargs):
        if instance.task_state == task_states.REBUILD_SPAWNING:
            knobs = Knobs.of(instance)
            time.sleep(knobs.rebuild_seconds())
            if knobs.cold_fail:
                raise exception.MigrationError(reason=knobs.cold_fail)
        super().spawn(context, instance, *args, **kwargs)
