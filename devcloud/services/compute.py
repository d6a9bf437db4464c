# SPDX-License-Identifier: Apache-2.0
"""A nova-compute that can share a process with other hosts."""

import time

import futurist
import nova.conf
from nova import thread_pool_factory
from nova.compute import manager

from devcloud.virt.hold import wait_while_held
from devcloud.virt.knobs import Knobs

LIVE_MIGRATION = thread_pool_factory.ExecutorType.LIVE_MIGRATION


class HostComputeManager(manager.ComputeManager):
    """Queues the live migrations of its own host only, and makes cold migrations last some time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Nova has one pool in a process, so hosts that share a process would wait for each other.
        self._live_migrations = futurist.ThreadPoolExecutor(nova.conf.CONF.max_concurrent_live_migrations)

    def _start_recorded_task(self, executor_type, task_name, instance, context, func, *args, **kwargs):
        start = super()._start_recorded_task
        if executor_type is not LIVE_MIGRATION:
            return start(executor_type, task_name, instance, context, func, *args, **kwargs)

        def in_context():
            context.update_store()  # the log reads it from the thread
            return func(*args, **kwargs)

        return self._live_migrations.submit(in_context)

    def prep_resize(self, context, *, instance, **kwargs):
        time.sleep(Knobs.of(instance).cold_seconds("resize_prep"))
        wait_while_held(instance, "pre-migrating")
        return super().prep_resize(context, instance=instance, **kwargs)

    def finish_resize(self, context, *, instance, **kwargs):
        time.sleep(Knobs.of(instance).cold_seconds("resize_migrated"))
        wait_while_held(instance, "post-migrating")
        return super().finish_resize(context, instance=instance, **kwargs)
