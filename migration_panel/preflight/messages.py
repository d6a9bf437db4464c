# SPDX-License-Identifier: Apache-2.0
"""The sentences of all findings, by their codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from migration_panel.preflight.destination_messages import DESTINATION_SENTENCES
from migration_panel.preflight.sentences import (
    ADMIN_NEEDED,
    COLD_IF_REFUSED,
    COLD_INSTEAD,
    CONTACT_ADMIN,
    Sentences,
)

# What is copied, by whether there are a disk and memory to copy.
COPIED = {
    (True, True): _("Data to copy: %(disk)s of disk and %(memory)s of memory."),
    (True, False): _("Data to copy: %(disk)s of disk."),
    (False, True): _("Data to copy: %(memory)s of memory."),
    (False, False): _("No data is copied."),
}

# Why capacities or evacuations are unknown, by PreflightInput.missing.  It follows the cause of a finding.
MISSING = {
    "not-allowed": _("Your role does not permit the request."),
    "absent": _("Your service catalog lists no Placement endpoint for this interface and region."),
    "gone": _("Placement returned an unexpected answer."),
    "trait": _("Placement does not have a trait that the flavor requires."),
    "refused": _("Placement or Nova refused the request."),
    "failed": _("Placement or Nova returned no usable answer."),
    "flavor": _("Nova does not report the resources of the instance's flavor."),
    "not-needed": _("The data is not loaded again when a form is submitted."),
}

SENTENCES = {
    "cell-down": Sentences(
        _("Nova cannot reach the cell of the instance, so the state of the instance is unknown."),
        _("Wait until the cell's database and message queue work again."),
        remedy_for_managers=ADMIN_NEEDED,
    ),
    "unconfirmed": Sentences(
        _("An earlier migration or resize is waiting for confirmation."),
        _("Confirm or revert the earlier migration or resize first."),
    ),
    "vm-state": Sentences(
        _("The status of the instance is %(state)s, but live migration requires an active or paused instance."),
        _("Choose another type, or change the status of the instance first."),
        cause_if_cold=_(
            "The status of the instance is %(state)s, but cold migration requires an active or shut off instance."
        ),
    ),
    "moving": Sentences(
        _("A migration or resize of the instance is already in progress."),
        _("Follow the migration on the board, and wait until it finishes."),
    ),
    "task-state": Sentences(_("The instance is busy with a task (%(task)s)."), _("Wait until the task finishes.")),
    "power-state": Sentences(
        _("Live migration does not support the power state of the instance (%(power)s)."),
        _("Start or hard-reboot the instance, or use cold migration."),
    ),
    "locked": Sentences(
        _("The instance is locked."),
        _("Unlock the instance first; administrators can also migrate a locked instance."),
        pgettext_lazy("reason in brief", "the instance is locked"),
        cause_with_reason=_("The instance is locked: “%(reason)s”."),
        remedy_for_managers=_("Unlock the instance first, or ask an administrator to unlock the instance."),
    ),
    "driver": Sentences(
        _("Nova's driver for the hypervisor type “%(type)s” does not support this type of migration."),
        _("Choose another type of migration, or leave the instance on its host."),
        pgettext_lazy("reason in brief", "not supported by the hypervisor type “%(type)s”"),
    ),
    "source-down": Sentences(
        _("The compute service on %(host)s is down: no instance can be migrated away."),
        _("Start the compute service again, or evacuate the instances if the host itself is lost."),
        remedy_for_managers=ADMIN_NEEDED,
    ),
    "evacuated-from": Sentences(
        _(
            "The instance was evacuated from %(host)s: if the instance returns, the next restart of nova-compute there "
            "deletes the instance."
        ),
        _("Restart nova-compute on %(host)s first, or disable this host."),
        pgettext_lazy("reason in brief", "the instance was evacuated from %(host)s"),
        remedy_for_managers=ADMIN_NEEDED,
    ),
    "evacuations-unknown": Sentences(
        _("It is unknown on which hosts nova-compute must be restarted after an evacuation."),
        _("After an evacuation, choose a host only if nova-compute was restarted there."),
        remedy_for_managers=_("Let the scheduler choose the host, or ask an administrator."),
    ),
    "source-disabled": Sentences(
        _("The compute service on %(host)s is disabled, but instances can still leave the host."),
        _("No action is needed, but the instance cannot return to the host until the service is enabled."),
        cause_with_reason=_(
            "The compute service on %(host)s is disabled (“%(reason)s”), but instances can still leave the host."
        ),
    ),
    "no-host": Sentences(
        _("The instance fits on no host (hosts checked: %(count)d)."),
        _("Check the reason for each host, then free capacity on a host or enable a host."),
        remedy_for_managers=ADMIN_NEEDED,
    ),
    "volume-backed": Sentences(
        _(
            "The libvirt driver refuses live block migration, because the instance boots from a volume and "
            "has no local disk."
        ),
        _("Choose live or cold migration, which copy no disk."),
        pgettext_lazy("reason in brief", "the instance has no local disk"),
        cause_if_cold=_("The instance boots from a volume and has no local disk, so there is no disk to copy."),
    ),
    "local-disk": Sentences(
        _("Nova refuses this type if the disk is local, and Nova does not report whether the disk is local."),
        _("Choose live block migration, which copies the disk, unless the hosts share storage."),
        pgettext_lazy("reason in brief", "fails if the disk is local"),
    ),
    "copied": Sentences(
        COPIED[True, True],
        _("Estimated duration: %(span)s, at an assumed rate of %(rate)d MiB/s (setting BANDWIDTH)."),
    ),
    "size-untold": Sentences(
        _("Nova does not report the size of this instance, so the duration is unknown."),
        _("Check the flavor of the instance."),
    ),
    "much-memory": Sentences(
        _("One copy of %(memory)s of memory takes %(seconds)d s at %(rate)d MiB/s, so the migration may not converge."),
        _("Choose a quiet time, use cold migration, or use force complete if the migration does not converge."),
        pgettext_lazy("reason in brief", "much memory, may take long"),
    ),
    "config-drive": Sentences(
        _("The instance has a config drive, a small disk on its host that is copied too."),
        _("If Nova refuses this, use cold migration, or live block migration if the instance has a local disk."),
    ),
    "pci": Sentences(
        _("Live migration of the PCI device (%(alias)s) requires that the alias is live_migratable."),
        COLD_INSTEAD,
        pgettext_lazy("reason in brief", "the instance has a PCI device"),
    ),
    "vgpu": Sentences(
        _("Live migration of a virtual GPU requires libvirt 8.6, QEMU 8.1 and the same GPU type on both hosts."),
        _("Check these requirements, or use cold migration."),
        pgettext_lazy("reason in brief", "the instance has a virtual GPU"),
        remedy_for_managers=COLD_INSTEAD,
    ),
    "vtpm": Sentences(
        _("Live migration of a virtual TPM requires hw:tpm_secret_security=host and Nova 33 or newer on all hosts."),
        COLD_INSTEAD,
        pgettext_lazy("reason in brief", "the instance has a virtual TPM"),
    ),
    "memory-encryption": Sentences(
        _("The processor of the host encrypts the memory of the instance: Nova refuses live migration."), COLD_INSTEAD
    ),
    "accelerator": Sentences(
        _("The flavor requests an accelerator (%(profile)s): Nova refuses to migrate the instance."),
        _("Shelve and unshelve the instance, or create the instance again on another host."),
    ),
    "accelerator-port": Sentences(
        _("A port of the instance has an accelerator: Nova refuses to migrate the instance."),
        _("Detach this port first."),
    ),
    "pinned": Sentences(
        _("The instance is pinned to processors or NUMA nodes: the destination needs matching free NUMA resources."),
        _("All hosts must run Nova 20 (Train) or newer; if Nova refuses, choose a host with more free capacity."),
        pgettext_lazy("reason in brief", "the instance is pinned to processors or NUMA nodes"),
        remedy_for_managers=COLD_IF_REFUSED,
    ),
    "persistent-memory": Sentences(
        _("The flavor requests persistent memory, which older hosts cannot live-migrate."),
        COLD_INSTEAD,
        pgettext_lazy("reason in brief", "the instance has persistent memory"),
    ),
    "sriov": Sentences(
        _("The migration detaches the passthrough devices of the instance's ports (%(ports)s)."),
        _("Bond these ports with another port in the guest, expect a network interruption, or use cold migration."),
        pgettext_lazy("reason in brief", "the network is interrupted for a while"),
    ),
    "vdpa": Sentences(
        _("Live migration of a vDPA port requires Nova 26 (Zed) or newer on all hosts."),
        COLD_INSTEAD,
        pgettext_lazy("reason in brief", "the instance has a vDPA port"),
    ),
    "specs-untold": Sentences(
        _("Your role cannot see the flavor's extra specs: devices that prevent a migration are unknown."),
        CONTACT_ADMIN,
    ),
    "ports-untold": Sentences(
        _("Neutron did not return the ports of the instance: passthrough devices are unknown."),
        _("Check the ports of the instance if the migration fails."),
        remedy_for_managers=CONTACT_ADMIN,
    ),
    "room-of-hypervisors": Sentences(
        _("The capacity figures are from the hypervisors and exclude overcommit."),
        _("A host that looks full may still have enough capacity: Nova decides."),
    ),
    "room-unknown": Sentences(
        _("The free capacity of the hosts is unknown."),
        _("Let the scheduler choose a host with enough free capacity."),
    ),
    "room-cut": Sentences(
        _("Placement returned an incomplete list, so some hosts may have free capacity that is not shown."),
        _("Let the scheduler choose if the host that you want shows no free capacity."),
    ),
    "hypervisors-cut": Sentences(
        _("Nova did not return all hypervisors, so the free capacity of some hosts is unknown."),
        _("Let the scheduler choose if the figures of the host that you want are missing."),
    ),
    "rules-untold": Sentences(
        _("It is unknown whether the instance's availability zone or server group excludes hosts."),
        _("Check the server group and the availability zone of the instance before you choose a host."),
    ),
    **DESTINATION_SENTENCES,
}
