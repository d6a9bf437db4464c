# SPDX-License-Identifier: Apache-2.0
"""What the forms say, apart from the rules that decide what applies."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.kinds import Kind
from migration_panel.launch.estimate import Estimate
from migration_panel.launch.preflight import Finding
from migration_panel.units import MIB, size_words, span_words


@dataclass(frozen=True)
class KindWords:
    name: Promise
    title: Promise
    summary: Promise
    downtime: Promise
    storage: Promise
    afterwards: Promise


COLD_DOWNTIME = gettext_lazy("The instance is off while it moves, and its users are cut off.")
LIVE_DOWNTIME = gettext_lazy("The instance goes on running; it stands still for a moment at the end.")
CONFIRM = gettext_lazy(
    "The move waits for your confirmation: look whether the instance works, then confirm, or revert to "
    "bring it back. Until then it takes up room on both hosts."
)
NOTHING = gettext_lazy("Nothing: the instance runs on its new host.")

KINDS = {
    "cold": KindWords(
        name=gettext_lazy("Cold"),
        title=gettext_lazy("Cold migration"),
        summary=gettext_lazy("Off for a short while; for disks on shared storage or volumes."),
        downtime=COLD_DOWNTIME,
        storage=gettext_lazy("The disk stays where it is, on shared storage or a volume."),
        afterwards=CONFIRM,
    ),
    "live": KindWords(
        name=gettext_lazy("Live"),
        title=gettext_lazy("Live migration"),
        summary=gettext_lazy("Stays on; only memory is copied. Needs shared storage or a volume."),
        downtime=LIVE_DOWNTIME,
        storage=gettext_lazy("The disk stays where it is, on shared storage or a volume; memory is copied."),
        afterwards=NOTHING,
    ),
    "cold-block": KindWords(
        name=gettext_lazy("Cold block"),
        title=gettext_lazy("Cold block migration"),
        summary=gettext_lazy("Off while its local disk is copied to the other host."),
        downtime=COLD_DOWNTIME,
        storage=gettext_lazy(
            "The local disk is copied to the other host. Nova gets the same request as for a cold "
            "migration: its hosts find out whether there is a disk to copy."
        ),
        afterwards=CONFIRM,
    ),
    "live-block": KindWords(
        name=gettext_lazy("Live block"),
        title=gettext_lazy("Live block migration"),
        summary=gettext_lazy("Stays on while its local disk and its memory are copied."),
        downtime=LIVE_DOWNTIME,
        storage=gettext_lazy(
            "The local disk is copied, then the memory. If the instance writes faster than the network "
            "carries, the move does not end by itself."
        ),
        afterwards=NOTHING,
    ),
}

FINDINGS = {
    "unconfirmed": gettext_lazy(
        "An earlier move or resize still waits for its confirmation: confirm or revert it first."
    ),
    "vm-state": gettext_lazy("The instance is %(state)s: this type takes %(accepted)s ones only."),
    "task-state": gettext_lazy("The instance is busy (%(task)s): wait until that is done."),
    "locked": gettext_lazy("The instance is locked%(because)s: unlock it first, unless you are an administrator."),
    "volume-backed": gettext_lazy(
        "The instance boots from a volume, so there is no local disk to copy: the type without block suits it."
    ),
    "local-disk": gettext_lazy(
        "Nova refuses this if the disk is on the host and not on shared storage (it does not tell which): "
        "live block copies the disk."
    ),
    "source-down": gettext_lazy("The compute service on %(host)s is down: nothing can be moved away from there."),
    "destination-cold": gettext_lazy("Nova's scheduler chooses the host for cold migrations: none can be named."),
    "destination-role": gettext_lazy("Your role lets the scheduler choose the host: none can be named."),
    "destination-name": gettext_lazy(
        "“%(host)s” is no name of a host: letters, digits, dots, hyphens and underscores only."
    ),
    "destination-source": gettext_lazy("The instance is on %(host)s already."),
    "destination-unknown": gettext_lazy("There is no compute host “%(host)s”."),
    "destination-down": gettext_lazy("%(host)s is down."),
    "destination-disabled": gettext_lazy("%(host)s is disabled%(because)s."),
}

# The same in a few words, where four types stand side by side.
DOUBTS = {
    "locked": gettext_lazy("the instance is locked"),
    "volume-backed": gettext_lazy("it has no local disk"),
    "local-disk": gettext_lazy("unless its disk is on the host"),
}

STATES = {
    True: gettext_lazy("running or paused"),
    False: gettext_lazy("running or shut off"),
}


def finding_words(finding: Finding, kind: Kind) -> str:
    reason = finding.facts.get("reason")
    because = _(" (“%(reason)s”)") % {"reason": reason} if reason else ""
    return str(FINDINGS[finding.code]) % {
        **finding.facts,
        "because": because,
        "accepted": STATES[kind.live],
    }


def doubt_words(finding: Finding, kind: Kind) -> str:
    return str(DOUBTS[finding.code]) if finding.code in DOUBTS else finding_words(finding, kind)


def why_disabled(kind: Kind, *, may_name_host: bool) -> str:
    """Why the destination cannot be chosen; empty where it can."""
    if not kind.takes_destination:
        return str(FINDINGS["destination-cold"])
    return "" if may_name_host else str(FINDINGS["destination-role"])


def estimate_words(told: Estimate | None) -> str:
    if told is None:
        return _("Not known: Nova does not tell the size of this instance.")
    span = span_words(told.least, told.most)
    facts = {"span": span, "disk": size_words(told.disk_gib * 1024 * MIB), "memory": size_words(told.memory_mib * MIB)}
    if told.disk_gib and told.memory_mib:
        return _("%(span)s to copy %(disk)s of disk and %(memory)s of memory.") % facts
    if told.disk_gib:
        return _("%(span)s to copy %(disk)s of disk.") % facts
    if told.memory_mib:
        return _("%(span)s to copy %(memory)s of memory.") % facts
    return _("%(span)s: nothing is copied.") % facts
