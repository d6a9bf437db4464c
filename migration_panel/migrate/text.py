# SPDX-License-Identifier: Apache-2.0
"""Texts of the four types and of their command lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.api.host_models import ComputeHost
from migration_panel.exceptions import MigrationPanelError, user_message
from migration_panel.formatting import MIB, format_range, format_size
from migration_panel.migration_types import Kind
from migration_panel.preflight.destination_checks import refused_for_cell
from migration_panel.preflight.estimate import Estimate
from migration_panel.preflight.messages import SENTENCES
from migration_panel.preflight.text import cell_hint


@dataclass(frozen=True)
class KindText:
    """The texts of one type."""

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

KIND_TEXTS = {
    "cold": KindText(
        name=gettext_lazy("Cold"),
        title=gettext_lazy("Cold migration"),
        summary=gettext_lazy("Off for a short while; for disks on shared storage or volumes."),
        downtime=COLD_DOWNTIME,
        storage=gettext_lazy("The disk stays where it is, on shared storage or a volume."),
        afterwards=CONFIRM,
    ),
    "live": KindText(
        name=gettext_lazy("Live"),
        title=gettext_lazy("Live migration"),
        summary=gettext_lazy("Stays on; only memory is copied. Needs shared storage or a volume."),
        downtime=LIVE_DOWNTIME,
        storage=gettext_lazy("The disk stays where it is, on shared storage or a volume; memory is copied."),
        afterwards=NOTHING,
    ),
    "cold-block": KindText(
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
    "live-block": KindText(
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

# Why a type is recommended, by the reason from recommend.py.
RECOMMENDED = {
    "running-volume": gettext_lazy("It is running, and its disk is on a volume: only memory has to be copied."),
    "running-disk": gettext_lazy(
        "It is running, and its disk is probably on the host (Nova does not tell): live block copies it without "
        "cutting anybody off. If the hosts share their storage, take live."
    ),
    "only-cold-volume": gettext_lazy(
        "It cannot be moved while it runs; its disk is on a volume: it is off but briefly."
    ),
    "only-cold-disk": gettext_lazy(
        "It cannot be moved while it runs; its disk is probably on the host (Nova does not tell) and is copied."
    ),
    "off-volume": gettext_lazy("It is off, so nobody is cut off, and its disk is on a volume: nothing is copied."),
    "off-disk": gettext_lazy(
        "It is off, so nobody is cut off; its disk is probably on the host (Nova does not tell) and is copied."
    ),
}


def destination_disabled_text(kind: Kind, *, may_name_host: bool) -> str:
    """Return why the destination cannot be chosen; empty if it can."""
    if not kind.accepts_destination:
        return str(SENTENCES["destination-cold"].cause)
    return "" if may_name_host else str(SENTENCES["destination-role"].cause)


def refusal_text(error: MigrationPanelError, destination: str, hosts: Iterable[ComputeHost] | None) -> str:
    """Return Nova's refusal, with the likely cause if Nova does not find a host that it lists."""
    if refused_for_cell(str(error.reason), destination, hosts):
        return f"{user_message(error)} {cell_hint(destination)}"
    return user_message(error)


def estimate_text(expected: Estimate | None) -> str:
    """Return how long the migration may last, and what is copied.  ``expected``: None if unknown."""
    if expected is None:
        return _("Not known: Nova does not tell the size of this instance.")
    span = format_range(expected.least, expected.most)
    facts = {
        "span": span,
        "disk": format_size(expected.disk_gib * 1024 * MIB),
        "memory": format_size(expected.memory_mib * MIB),
    }
    if expected.disk_gib and expected.memory_mib:
        return _("%(span)s to copy %(disk)s of disk and %(memory)s of memory.") % facts
    if expected.disk_gib:
        return _("%(span)s to copy %(disk)s of disk.") % facts
    if expected.memory_mib:
        return _("%(span)s to copy %(memory)s of memory.") % facts
    return _("%(span)s: nothing is copied.") % facts


def command_note(kind: Kind, destination: str) -> str:
    """Return how the command differs from the form's request; empty if it does not."""
    if kind.live:
        return (
            _("Naming a host needs “--os-compute-api-version 2.30” or newer, as an option or in the environment.")
            if destination
            else ""
        )
    scheduler = _("The command could name a host, from “--os-compute-api-version 2.56” on; this form never does.")
    if kind.block:
        flag = _("There is no flag for cold block: this is the command of a cold migration, which copies a local disk.")
        return f"{flag} {scheduler}"
    return scheduler
