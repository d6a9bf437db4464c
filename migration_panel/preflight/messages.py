# SPDX-License-Identifier: Apache-2.0
"""The sentences of all findings, by their codes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sentences:
    """The sentences of one finding."""

    cause: Promise
    # What the user can do.
    remedy: Promise
    # The cause in a few words, for a list of types or hosts.
    brief: Promise | str = ""


OTHER_HOST = _("Choose another host, or let the scheduler choose.")
COLD_INSTEAD = _("Move it cold instead.")
CONTACT_ADMIN = _("Ask an administrator if it fails.")

SENTENCES = {
    "cell-down": Sentences(
        _("Nova cannot reach the cell of the instance, so the state of the instance is unknown."),
        _("Wait until the cell's database and message queue work again."),
    ),
    "unconfirmed": Sentences(
        _("An earlier move or resize still waits for its confirmation."),
        _("Confirm or revert it first."),
    ),
    "vm-state": Sentences(
        _("The instance is %(state)s: this type takes %(accepted)s ones only."),
        _("Choose a type that takes it, or bring the instance to a state that this one takes."),
    ),
    "moving": Sentences(
        _("A migration or resize of the instance is under way already."),
        _("Follow it on the board, and wait until it is done."),
    ),
    "task-state": Sentences(_("The instance is busy (%(task)s)."), _("Wait until that is done.")),
    "power-state": Sentences(
        _("Nova has the instance as running, but its guest is %(power)s, which no live migration takes."),
        _("Start or hard-reboot the instance, or move it cold."),
    ),
    "locked": Sentences(
        _("The instance is locked%(because)s."),
        _("Unlock it first, unless you are an administrator, whom Nova lets move it nevertheless."),
        _("the instance is locked"),
    ),
    "driver": Sentences(
        _("Nova's driver for the hypervisor type “%(type)s” does not support this type of migration."),
        _("Choose another type of migration, or leave the instance where it is."),
        _("not supported by the hypervisor type “%(type)s”"),
    ),
    "source-down": Sentences(
        _("The compute service on %(host)s is down: nothing can be moved away from there."),
        _("Bring the service back; if the host itself is lost, evacuate its instances."),
    ),
    "evacuated-from": Sentences(
        _(
            "The instance was evacuated from %(host)s: if it returns there before nova-compute is restarted, the "
            "restart deletes the instance."
        ),
        _("Restart nova-compute on %(host)s first, or choose another host."),
        _("was evacuated from %(host)s"),
    ),
    "evacuations-unknown": Sentences(
        _("The hosts where nova-compute must be restarted first after an evacuation are unknown, because %(why)s."),
        _("After an evacuation from a host, choose the host only if nova-compute was restarted there."),
    ),
    "source-disabled": Sentences(
        _("The compute service on %(host)s is disabled%(because)s, which does not keep instances from leaving."),
        _("Nothing needs to be done; it cannot come back there until the service is enabled."),
    ),
    "no-host": Sentences(
        _("None of the %(count)d hosts can take the instance."),
        _("Look at the reason of each, make room on one, or enable one."),
    ),
    "volume-backed": Sentences(
        _(
            "The instance boots from a volume and has no disk on its host to copy: libvirt refuses a live block "
            "migration of such a one."
        ),
        _("Choose the type without block."),
        _("it has no local disk"),
    ),
    "local-disk": Sentences(
        _(
            "Nova refuses this if the disk is on the host and not on shared storage; its API does not tell which, so "
            "this is a supposition from the flavor and the image."
        ),
        _("Choose live block, which copies the disk, unless you know that the hosts share their storage."),
        _("unless its disk is on the host"),
    ),
    "copied": Sentences(
        _("To be copied: %(what)s."),
        _("%(span)s at %(rate)d MiB/s, which is a supposed rate (the setting BANDWIDTH)."),
    ),
    "size-untold": Sentences(
        _("Nova does not tell the size of this instance, so nothing can be said about how long it takes."),
        _("Look at its flavor."),
    ),
    "much-memory": Sentences(
        _(
            "Copying %(memory)s of memory once takes %(seconds)d s at %(rate)d MiB/s; what the instance writes to "
            "meanwhile is copied again, so that the move may not end by itself."
        ),
        _("Choose a quiet time, and force it to complete if it stalls, or move it cold."),
        _("much memory: it may take long"),
    ),
    "config-drive": Sentences(
        _("The instance has a config drive, a small disk on its host that moves along."),
        _("If Nova refuses this, use cold migration, or live block migration if the instance has a local disk."),
    ),
    "pci": Sentences(
        _("Its flavor has a PCI device (%(alias)s), which moves alive only if the alias is live_migratable."),
        COLD_INSTEAD,
        _("it has a PCI device"),
    ),
    "vgpu": Sentences(
        _("Its flavor asks for a virtual GPU, which needs libvirt 8.6 and QEMU 8.1 and the same type on both hosts."),
        _("Make sure of that, or move it cold."),
        _("it has a virtual GPU"),
    ),
    "vtpm": Sentences(
        _(
            "Its flavor asks for a virtual TPM, whose secret moves alive only with hw:tpm_secret_security=host and "
            "when all hosts run Nova 33 or newer."
        ),
        COLD_INSTEAD,
        _("it has a virtual TPM"),
    ),
    "memory-encryption": Sentences(
        _("Its memory is encrypted by the host's processor: Nova refuses to move it alive."), COLD_INSTEAD
    ),
    "accelerator": Sentences(
        _("Its flavor asks for an accelerator (%(profile)s): Nova refuses to move it."),
        _("Shelve and unshelve it, or build it anew elsewhere."),
    ),
    "accelerator-port": Sentences(
        _("One of its ports has an accelerator: Nova refuses to move it."), _("Detach that port first.")
    ),
    "pinned": Sentences(
        _("Its processors or memory are tied to parts of the host (NUMA): the other one needs the same free together."),
        _("All hosts must run Nova 20 (Train) or newer; if it is refused, choose a host with more room."),
        _("it is pinned to processors or NUMA nodes"),
    ),
    "persistent-memory": Sentences(
        _("Its flavor asks for persistent memory, which old hosts do not move alive."),
        COLD_INSTEAD,
        _("it has persistent memory"),
    ),
    "sriov": Sentences(
        _("It has ports that pass a network device through (%(ports)s): they are unplugged during the move."),
        _("Have the guest bond them with another port, expect a gap in its traffic, or move it cold."),
        _("its network is cut off for a while"),
    ),
    "vdpa": Sentences(
        _("It has a vDPA port, which moves alive only if all hosts run Nova 26 (Zed) or newer."),
        COLD_INSTEAD,
        _("it has a vDPA port"),
    ),
    "specs-untold": Sentences(
        _("Nova does not tell you the flavor's extra specs: devices that keep it from moving are not known."),
        CONTACT_ADMIN,
    ),
    "ports-untold": Sentences(
        _("Neutron did not tell the instance's ports: whether a device is passed through is not known."),
        CONTACT_ADMIN,
    ),
    "room-of-hypervisors": Sentences(
        _("What room hosts have is told by the hypervisors, without overcommit, since %(why)s."),
        _("A host that looks full may still take it: Nova decides."),
    ),
    "room-unknown": Sentences(
        _("What room hosts have is not known, since %(why)s."),
        _("Let the scheduler choose, which looks for room."),
    ),
    "room-cut": Sentences(
        _("Placement cut its answer, so that some hosts may have room that is not shown."),
        _("Let the scheduler choose if the host you want shows none."),
    ),
    "hypervisors-cut": Sentences(
        _("Nova did not return all hypervisors, so the room on some hosts is unknown."),
        _("Let the scheduler choose if the details of your host are missing."),
    ),
    "rules-untold": Sentences(
        _("This Nova does not tell whether the instance's zone or server group keeps it from some hosts."),
        _("Look at its server group and zone before you choose a host."),
    ),
    "destination-cold": Sentences(
        _("Nova's scheduler chooses the host for cold migrations: none can be named."),
        _("Leave the destination empty, or choose a live type."),
    ),
    "destination-role": Sentences(
        _("Your role lets the scheduler choose the host: none can be named."), _("Leave the destination empty.")
    ),
    "destination-name": Sentences(
        _("“%(host)s” is no name of a host: letters, digits, dots, hyphens and underscores only."), OTHER_HOST
    ),
    "destination-unknown": Sentences(_("There is no compute host “%(host)s”."), OTHER_HOST),
    "destination-source": Sentences(_("The instance is on %(host)s already."), OTHER_HOST, _("it is there already")),
    "destination-cell-down": Sentences(
        _("Nova cannot reach the cell of %(host)s, so the state of the host is unknown."),
        OTHER_HOST,
        _("unknown (cell unreachable)"),
    ),
    "destination-forced-down": Sentences(_("%(host)s is forced down."), OTHER_HOST, _("forced down")),
    "destination-down": Sentences(_("%(host)s is down."), OTHER_HOST, _("down")),
    "destination-disabled": Sentences(_("%(host)s is disabled%(because)s."), OTHER_HOST, _("disabled%(because)s")),
    "destination-evacuated": Sentences(
        _(
            "The nova-compute service on %(host)s has not been restarted since an evacuation: the next restart "
            "deletes all evacuated instances (%(count)d) there."
        ),
        _("Restart nova-compute on %(host)s first, or choose another host."),
        _("nova-compute not restarted since an evacuation"),
    ),
    "destination-evacuated-itself": Sentences(
        _(
            "The instance was evacuated from %(host)s, and nova-compute has not been restarted since: the next restart "
            "would delete the instance."
        ),
        _("Restart nova-compute on %(host)s first, or choose another host."),
        _("nova-compute not restarted since this instance was evacuated"),
    ),
    "destination-zone": Sentences(
        _("%(host)s is in zone %(zone)s, the instance is pinned to %(pinned)s."),
        _("Choose a host of that zone, or let the scheduler choose."),
        _("zone %(zone)s, pinned to %(pinned)s"),
    ),
    "destination-anti-affinity": Sentences(
        _("%(host)s has “%(member)s”, from which the group “%(group)s” keeps the instance apart."),
        OTHER_HOST,
        _("has “%(member)s” of the same anti-affinity group"),
    ),
    "destination-affinity": Sentences(
        _("%(host)s has no member of the group “%(group)s”, which keeps its instances together."),
        _("Choose a host that has one; a group that is on one host alone cannot be moved one by one."),
        _("has no member of its affinity group"),
    ),
    "destination-type": Sentences(
        _("The hypervisor on %(host)s is %(type)s, here it is %(source)s."),
        OTHER_HOST,
        _("another hypervisor: %(type)s"),
    ),
    "destination-older": Sentences(
        _("The hypervisor on %(host)s is older (%(version)s) than here (%(source)s)."),
        _(
            "Choose a host that is not older, or use cold migration, unless Nova's option "
            "skip_hypervisor_version_check_on_lm is set."
        ),
        _("its hypervisor is older"),
    ),
    "destination-vcpus": Sentences(
        _("%(host)s has too few vCPUs: %(free)d free, %(need)d needed."),
        OTHER_HOST,
        _("too few vCPUs: %(free)d free, %(need)d needed"),
    ),
    "destination-memory": Sentences(
        _("%(host)s has too little memory: %(free)s free, %(need)s needed."),
        OTHER_HOST,
        _("too little memory: %(free)s free, %(need)s needed"),
    ),
    "destination-disk": Sentences(
        _("%(host)s has too little disk: %(free)s free, %(need)s needed."),
        OTHER_HOST,
        _("too little disk: %(free)s free, %(need)s needed"),
    ),
    "destination-room": Sentences(
        _("Placement does not offer %(host)s for this flavor: it has too little room, or a trait is missing."),
        OTHER_HOST,
        _("too little room, or a trait is missing"),
    ),
    "destination-room-untold": Sentences(
        _(
            "The room on %(host)s is unknown: Nova or Placement returned an incomplete list, or the host has not "
            "reported its resources yet."
        ),
        OTHER_HOST,
        _("room unknown"),
    ),
    "destination-tight": Sentences(
        _("%(host)s has too little room unless it is overcommitted, which is not known."),
        OTHER_HOST,
        _("room only with overcommit"),
    ),
    "destination-cpu": Sentences(
        _("The processor of %(host)s is %(model)s, here it is %(source)s%(lacking)s."),
        _("The hosts refuse it unless the configured CPU model (cpu_mode, cpu_models) suits both."),
        _("another CPU: %(model)s"),
    ),
}
